/*
 * The rows of a predict request that come column by column, into struct predict_body: for
 * dialects that send a list, or a tensor, for each input. What is missing, not finite or
 * a level that training did not see is judged as in rows (api/predict_cells.h). Nothing
 * is allocated for a value.
 *
 * First each column that is there is given, so that a missing one is told before there
 * is memory for any; then the cells of all given columns are set, each once and in any
 * order; then the rows are finished. The caller locks.
 */
#ifndef LOGITD_API_PREDICT_COLUMNS_H
#define LOGITD_API_PREDICT_COLUMNS_H

#include "api/predict_rows.h"

/* Writes where the cell came from, for problems. Row SIZE_MAX: the column; input
 * SIZE_MAX: the row. */
typedef void predict_columns_point_fn(const void *context, size_t input, size_t row,
                                      char pointer[PROBLEM_POINTER_BYTES]);

struct predict_columns {
    const struct encoding *encoding; /* borrowed, as is `parsed` */
    struct predict_body *parsed;
    predict_columns_point_fn *point;
    const void *context;
    struct predict_rows rows; /* its problems and its text */
    size_t n_rows;
    bool all_given, *given; /* [n_inputs]; NULL: none so far */
    /* Of a model whose inputs are all sparse: what is not 0, as it came. */
    struct predict_columns_entry *entries;
    size_t n_entries, entries_capacity;
};

/* parsed: all zero but for its options, in which bad rows fail the request. */
void predict_columns_start(struct predict_columns *columns, const struct model *model,
                           struct predict_body *parsed, struct problem_list *problems,
                           predict_columns_point_fn *point, const void *context);
void predict_columns_free(struct predict_columns *columns); /* not `parsed` */

/* The input will have cells. 1, or 0: it was given before, or -1. */
int predict_columns_give(struct predict_columns *columns, size_t input,
                         struct error *err) MUST_CHECK;
void predict_columns_give_all(struct predict_columns *columns);

/*
 * Makes room against the budget. Inputs that were not given are a problem at `place`, and
 * so is n_rows 0; but sparse ones are 0 in all rows. 0, or -1 with err set, or with a
 * problem told.
 */
int predict_columns_begin(struct predict_columns *columns, size_t n_rows,
                          struct budget *budget, const char *place,
                          struct error *err) MUST_CHECK;

/*
 * Cells. What is wrong with them goes to the problems; -1 only for want of memory and
 * malformed text. A categorical input takes a number as the data wrote it, a number that
 * is NaN is a missing one, an infinite one is refused.
 */
int predict_columns_number(struct predict_columns *columns, size_t input, size_t row,
                           double value, struct error *err) MUST_CHECK;
int predict_columns_text(struct predict_columns *columns, size_t input, size_t row,
                         const char *text, size_t n, struct error *err) MUST_CHECK;
int predict_columns_missing(struct predict_columns *columns, size_t input, size_t row,
                            struct error *err) MUST_CHECK;
/* n doubles, which may lie at any address: of one input, from a row on. */
int predict_columns_run(struct predict_columns *columns, size_t input, size_t row,
                        const void *values, size_t n, struct error *err) MUST_CHECK;
/* The same of all inputs in order, row by row, from the cell `at` of n_rows × n_inputs
 * on. */
int predict_columns_span(struct predict_columns *columns, size_t at, const void *values,
                         size_t n, struct error *err) MUST_CHECK;

/* The value at the scan, whatever it is. */
int predict_columns_read(struct predict_columns *columns, struct json_scan *scan,
                         size_t input, size_t row, struct error *err) MUST_CHECK;
/* The array at the scan as all cells of the input; each may be alone in an array of its
 * own. A wrong number of them is a problem of the column. */
int predict_columns_read_list(struct predict_columns *columns, struct json_scan *scan,
                              size_t input, struct error *err) MUST_CHECK;
/* How many elements the array at the scan has, for n_rows; what is no array has 1. */
int predict_columns_count(struct json_scan scan, size_t *n, struct error *err) MUST_CHECK;

/* All cells are set: the rows are there, or problems were told. */
int predict_columns_finish(struct predict_columns *columns, struct error *err) MUST_CHECK;

#endif
