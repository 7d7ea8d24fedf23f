/*
 * Where the rows of a predict request are kept while it is read, against the budget: the
 * part of predict_rows.c that knows memory.
 */
#ifndef LOGITD_API_PREDICT_KEPT_H
#define LOGITD_API_PREDICT_KEPT_H

#include "api/predict_body.h"

/* `block` with room for twice as many elements of `bytes` (`least` at first), against the
 * budget; NULL without memory, and the block stays. */
void *predict_kept_grow(struct predict_body *parsed, void *block, size_t *capacity,
                        size_t least, size_t bytes, struct error *err) MUST_CHECK;

/* A place for the n_inputs cells of the next row. A bad row's place is used again, so
 * that memory follows the rows that can be scored, not the length of a list of empty
 * ones. */
double *predict_kept_cells(struct predict_body *parsed, size_t n_inputs,
                           struct error *err) MUST_CHECK;

/* Of a row told by its entries: once before the first, and one more entry. */
int predict_kept_begin_entries(struct predict_body *parsed, struct error *err) MUST_CHECK;
int predict_kept_add_entry(struct predict_body *parsed, uint32_t input, double value,
                           struct error *err) MUST_CHECK;
/* Puts them in order and leaves out those that are 0. Which input stands twice, or
 * SIZE_MAX. */
size_t predict_kept_end_entries(struct predict_body *parsed);

/* The row is one that can be scored; or one that cannot, for which reason. */
void predict_kept_good(struct predict_body *parsed);
int predict_kept_bad(struct predict_body *parsed, enum error_code code, size_t input,
                     struct error *err) MUST_CHECK;

#endif
