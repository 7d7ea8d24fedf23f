/*
 * The mean of a numeric column over the rows that a fit keeps: what stands for its
 * missing cells.
 */
#ifndef LOGITD_CORE_DATA_COLUMN_MEAN_H
#define LOGITD_CORE_DATA_COLUMN_MEAN_H

#include "core/data/table.h"

#define COLUMN_MEAN_NONE SIZE_MAX

/*
 * Σωx / Σω over the cells that are there, in order, with sums that no double over- or
 * underflows. `keep` [n_rows of the table] is 0 for rows that do not count; NULL: all do.
 * ω: the product of the columns weights and trials (COLUMN_MEAN_NONE: 1); a row where it
 * is not above 0 does not count. NaN where no row does.
 */
double column_mean(const struct table *table, size_t column, const unsigned char *keep,
                   size_t weights, size_t trials);

#endif
