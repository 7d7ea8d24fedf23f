/*
 * The distinct cells of a column as sorted levels, each with its count: of a categorical
 * column those that a row has, of a numeric one its numbers in their shortest text.
 */
#ifndef LOGITD_CORE_DATA_LEVEL_COUNT_H
#define LOGITD_CORE_DATA_LEVEL_COUNT_H

#include "core/data/table.h"

/*
 * Over the rows that `keep` [n_rows of the table] does not mark with 0; NULL: all.
 * Missing cells are passed over. One block of memory, free with memory_free; n = 0 is no
 * failure. ERROR_TOO_LARGE for more than n_most levels, with the column's name.
 */
struct level *level_count_of(const struct table *table, size_t column,
                             const unsigned char *keep, size_t n_most, size_t *n,
                             struct error *err) MUST_CHECK;

#endif
