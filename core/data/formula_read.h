/*
 * The two sides of a formula, read word by word.
 */
#ifndef LOGITD_CORE_DATA_FORMULA_READ_H
#define LOGITD_CORE_DATA_FORMULA_READ_H

#include "core/data/formula_algebra.h"
#include "core/data/formula_factors.h"

struct formula_reader {
    struct formula_scan scan;
    struct formula_factors factors;
    struct formula_algebra algebra;
    const char *const *columns; /* what a point stands for; borrowed */
    size_t n_columns;
    size_t n_offsets;
    struct expression **offsets; /* owned */
};

void formula_read_free(struct formula_reader *reader); /* what it has read */

/* The left side, as far as it goes; into an all-zero factor. */
int formula_read_response(struct formula_reader *reader, struct formula_factor *response,
                          struct error *err) MUST_CHECK;
/* The right side, to the end; into an empty sum. */
int formula_read_terms(struct formula_reader *reader, struct formula_sum *sum,
                       struct error *err) MUST_CHECK;

#endif
