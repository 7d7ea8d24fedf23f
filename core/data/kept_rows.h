/*
 * Numeric cells of those rows of a table that a fit keeps, in order, without gaps.
 */
#ifndef LOGITD_CORE_DATA_KEPT_ROWS_H
#define LOGITD_CORE_DATA_KEPT_ROWS_H

#include "core/data/array_file.h"
#include "core/data/table.h"

/* keep[n_rows of the table] is 0 for rows left out; NULL: none are. */
uint64_t kept_rows_count(const struct table *table, const unsigned char *keep);

/* keep[row] = 0 where the column's cell is missing. */
void kept_rows_drop_missing(const struct table *table, size_t column,
                            unsigned char *keep);

/* How many of its cells are missing. */
uint64_t kept_rows_count_missing(const struct table *table, size_t column,
                                 const unsigned char *keep);

/* values[n_kept] of a numeric column, NaN: missing; an array of the file's, or with NULL
 * in memory. */
void kept_rows_read_numbers(const struct table *table, size_t column,
                            const unsigned char *keep, struct array_file *file,
                            double *values);

/* codes[n_kept] of a categorical column, TABLE_MISSING_CODE: missing. */
void kept_rows_read_codes(const struct table *table, size_t column,
                          const unsigned char *keep, uint32_t *codes);

/* Number of the i-th kept row (both from 0) in the table. For messages: linear. */
uint64_t kept_rows_place(const unsigned char *keep, uint64_t i);

#endif
