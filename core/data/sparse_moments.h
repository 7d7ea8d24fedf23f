/*
 * Moments of a sparse column, entry by entry: those of the entries about the first of
 * them, to which the zeros of all other rows are added at the end (Chan, Golub and
 * LeVeque, as in core/data/moments.h). Sums are in extended precision, so that no number
 * of a double's range is lost in them.
 */
#ifndef LOGITD_CORE_DATA_SPARSE_MOMENTS_H
#define LOGITD_CORE_DATA_SPARSE_MOMENTS_H

#include <stdint.h>

#include "core/data/summary.h"

struct sparse_moments { /* all zero: no entry yet; one line of a cache */
    uint64_t n;
    double centre, min, max;  /* of the entries */
    long double sum, squares; /* of value - centre */
};

/* Most entries of most sparse columns are the same number, and then cost next to nothing.
 */
static inline void sparse_moments_add(struct sparse_moments *moments, double value)
{
    if (moments->n++ == 0)
        moments->centre = moments->min = moments->max = value;
    if (value == moments->centre)
        return;
    long double distance = (long double)value - moments->centre;
    moments->sum += distance;
    moments->squares += distance * distance;
    moments->min = value < moments->min ? value : moments->min;
    moments->max = value > moments->max ? value : moments->max;
}

/* Fills in min, max, mean and std over all rows, n_rows of them, at least one. */
void sparse_moments_finish(const struct sparse_moments *moments, uint64_t n_rows,
                           struct column_summary *column);

#endif
