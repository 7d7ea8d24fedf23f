#include "core/data/sparse_moments.h"

#include <math.h>

void sparse_moments_finish(const struct sparse_moments *moments, uint64_t n_rows,
                           struct column_summary *column)
{
    bool has_zeros = moments->n < n_rows;
    long double n = (long double)moments->n, all = (long double)n_rows;
    long double mean = n > 0 ? moments->centre + moments->sum / n : 0;
    long double squares = n > 0 ? moments->squares - moments->sum * moments->sum / n : 0;
    /* n entries about their mean and all-n zeros, which are mean away from it */
    squares = fmaxl(squares, 0) + mean * mean * n * ((all - n) / all);
    column->mean = (double)(mean * (n / all));
    column->std = n_rows > 1 ? (double)sqrtl(squares / (all - 1)) : (double)NAN;
    column->min = has_zeros ? fmin(moments->min, 0) : moments->min;
    column->max = has_zeros ? fmax(moments->max, 0) : moments->max;
}
