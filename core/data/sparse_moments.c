#include "core/data/sparse_moments.h"

#include <math.h>

void sparse_moments_widen(struct sparse_moments *moments)
{
    const sparse_moments_pair least = moments->of.narrow.least,
                              sums = moments->of.narrow.sums,
                              rests = moments->of.narrow.rests;
    moments->of.wide.min = least[0];
    moments->of.wide.max = -least[1];
    moments->of.wide.sum = (long double)sums[0] + rests[0];
    moments->of.wide.squares = (long double)sums[1] + rests[1];
}

void sparse_moments_add_wide(struct sparse_moments *moments, double value)
{
    if (moments->n++ == 0)
        moments->centre = moments->of.wide.min = moments->of.wide.max = value;
    long double distance = (long double)value - moments->centre;
    moments->of.wide.sum += distance;
    moments->of.wide.squares += distance * distance;
    moments->of.wide.min = fmin(value, moments->of.wide.min);
    moments->of.wide.max = fmax(value, moments->of.wide.max);
}

void sparse_moments_finish(const struct sparse_moments *moments, uint64_t n_rows,
                           struct column_summary *column)
{
    bool has_zeros = moments->n < n_rows;
    long double n = (long double)moments->n, all = (long double)n_rows;
    long double sum = moments->of.wide.sum, squares = moments->of.wide.squares;
    long double mean = n > 0 ? moments->centre + sum / n : 0;
    squares = n > 0 ? squares - sum * sum / n : 0;
    /* n entries about their mean and all-n zeros, which are mean away from it */
    squares = fmaxl(squares, 0) + mean * mean * n * ((all - n) / all);
    column->mean = (double)(mean * (n / all));
    column->std = n_rows > 1 ? (double)sqrtl(squares / (all - 1)) : (double)NAN;
    column->min = has_zeros ? fmin(moments->of.wide.min, 0) : moments->of.wide.min;
    column->max = has_zeros ? fmax(moments->of.wide.max, 0) : moments->of.wide.max;
}
