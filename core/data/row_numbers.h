/*
 * A number for each row of a table: the sum of expressions of its columns. Immutable once
 * made: thread-safe.
 */
#ifndef LOGITD_CORE_DATA_ROW_NUMBERS_H
#define LOGITD_CORE_DATA_ROW_NUMBERS_H

#include "core/data/expression.h"
#include "core/data/table.h"

struct row_numbers;

/*
 * Borrows the table, copies the expressions. A text that no row has is equal to none.
 * ERROR_UNKNOWN_COLUMN, ERROR_NOT_A_NUMBER (text where a number is needed) and
 * ERROR_INVALID_TYPE (a number compared with a text), with the column's name as place.
 */
struct row_numbers *row_numbers_new(const struct table *table,
                                    struct expression *const *expressions,
                                    size_t n_expressions, struct error *err) MUST_CHECK;
void row_numbers_free(struct row_numbers *numbers);

/* Of rows first_row…; NaN: a cell is missing; infinite: all are there, and there is no
 * number still, such as log(-1). */
void row_numbers_read(const struct row_numbers *numbers, uint64_t first_row,
                      size_t n_rows, double *values);

/* The same as columns of a table (core/data/table.h); the context is the row_numbers. */
void row_numbers_compute(const void *context, uint64_t first_row, size_t n_rows,
                         double *values);

#endif
