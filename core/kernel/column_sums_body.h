/* What the files of column_sums.h are made of, once for each instruction set. */
#ifndef LOGITD_CORE_KERNEL_COLUMN_SUMS_BODY_H
#define LOGITD_CORE_KERNEL_COLUMN_SUMS_BODY_H

#include "core/kernel/column_sums.h"

static inline double column_sums_less(double a, double b)
{
    return a < b ? a : b;
}

static inline double column_sums_more(double a, double b)
{
    return a > b ? a : b;
}

/* What the processor fetches ahead by itself ends with each page. */
#define COLUMN_SUMS_AHEAD 1024U

static inline void column_sums_fetch(size_t n, const double *x)
{
    for (size_t j = 0; j < n; j += 8)
        __builtin_prefetch(x + COLUMN_SUMS_AHEAD + j);
}

/* Two rows at once: half of the loads and stores of sums. */
static inline void column_sums_two(size_t n, const double *restrict x,
                                   const double *restrict near,
                                   double *restrict deviations, double *restrict squares,
                                   double *restrict least, double *restrict greatest)
{
    for (size_t j = 0; j < n; j++) {
        double first = x[j], second = x[n + j];
        double a = first - near[j], b = second - near[j];
        deviations[j] = deviations[j] + a + b;
        squares[j] = squares[j] + a * a + b * b;
        least[j] = column_sums_less(second, column_sums_less(first, least[j]));
        greatest[j] = column_sums_more(second, column_sums_more(first, greatest[j]));
    }
}

static inline void column_sums_one(size_t n, double w, const double *restrict x,
                                   const double *restrict near,
                                   double *restrict deviations, double *restrict squares,
                                   double *restrict least, double *restrict greatest)
{
    for (size_t j = 0; j < n; j++) {
        double a = x[j] - near[j];
        deviations[j] += w * a;
        squares[j] += w * (a * a);
        least[j] = column_sums_less(x[j], least[j]);
        greatest[j] = column_sums_more(x[j], greatest[j]);
    }
}

static inline void column_sums_all(size_t n_rows, size_t n, const double *x,
                                   const double *w, struct column_sums *sums)
{
    size_t i = 0;
    for (; !w && i + 2 <= n_rows; i += 2) {
        column_sums_fetch(2 * n, x + i * n);
        column_sums_two(n, x + i * n, sums->near, sums->deviations, sums->squares,
                        sums->least, sums->greatest);
    }
    for (; i < n_rows; i++)
        column_sums_one(n, w ? w[i] : 1, x + i * n, sums->near, sums->deviations,
                        sums->squares, sums->least, sums->greatest);
}

#endif
