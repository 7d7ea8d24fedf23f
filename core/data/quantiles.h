/*
 * Quantiles of columns of numbers, from one pass over their rows in bounded memory.
 *
 * Exact, of type 7 (R's default; Hyndman and Fan, "Sample quantiles in statistical
 * packages", 1996), where all rows of a column fit its share of QUANTILES_BYTES: 131072
 * rows of up to 10 columns, 1310 of a thousand. Of more than 131072 rows one is taken of
 * each of so many strata of rows that follow each other, at a place that is a hash of the
 * stratum's number, so that a pattern in the rows does no harm; a rank then has a
 * standard error of at most 0.14 % of the rows. What still does not fit is thinned out as
 * by Karnin, Lang and Liberty ("Optimal quantile approximation in streams", FOCS 2016): a
 * full buffer is sorted, and every other value of it goes on to the next one with twice
 * the weight. In all a rank is right to 0.5 % of the rows; but with a thousand columns,
 * as each has less room, to 1 %, with three thousand to 2.5 %. The same rows give the
 * same result.
 *
 * The caller locks.
 */
#ifndef LOGITD_CORE_DATA_QUANTILES_H
#define LOGITD_CORE_DATA_QUANTILES_H

#include <stdbool.h>

#include "core/data/summary.h"

#define QUANTILES_BYTES (10U << 20) /* of all columns together */

struct quantiles;

/* Of n_columns columns with n_rows rows each. */
struct quantiles *quantiles_new(uint64_t n_rows, size_t n_columns,
                                struct error *err) MUST_CHECK;
void quantiles_free(struct quantiles *quantiles); /* NULL is fine */

/* The next n rows of a column. NaN: missing, passed over. */
void quantiles_add(struct quantiles *quantiles, size_t column, const double *values,
                   size_t n);

/* Those of summary_shares, once, after the last row; false where no number was seen. */
bool quantiles_find(struct quantiles *quantiles, size_t column,
                    double found[SUMMARY_QUANTILES]);

#endif
