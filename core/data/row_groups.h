/*
 * Rows grouped by the cells of one column: the clusters of a covariance, the folds of a
 * cross-validation.
 */
#ifndef LOGITD_CORE_DATA_ROW_GROUPS_H
#define LOGITD_CORE_DATA_ROW_GROUPS_H

#include "core/data/table.h"

#define ROW_GROUPS_MOST_ROWS ((uint64_t)UINT32_MAX)

/*
 * group_of[n_kept]: for each row that is kept (core/data/kept_rows.h), in order, the
 * number of its group. Groups are the different cells of rows that are kept, numbers
 * ascending, or levels in their order, and last the missing ones; none is empty. n_kept
 * is at most ROW_GROUPS_MOST_ROWS. -1 without memory.
 */
int row_groups_number(const struct table *table, size_t column, const unsigned char *keep,
                      uint64_t n_kept, uint32_t *group_of, size_t *n_groups,
                      struct error *err) MUST_CHECK;

/* How many there are among all rows of the table, n_most + 1 if they are more; missing
 * cells are none. Reads rows only where the summary does not tell, and as few as tell.
 * SIZE_MAX with err set without memory. */
size_t row_groups_count(const struct table *table, size_t column, size_t n_most,
                        struct error *err) MUST_CHECK;

#endif
