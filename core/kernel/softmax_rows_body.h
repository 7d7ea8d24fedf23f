/*
 * What the files of softmax_rows.h are made of, once for each instruction set: loops over
 * the rows of a group, which the compiler turns into vectors where their number n is a
 * constant. t [n_classes × n]: a group turned on its side. See softmax_rows.h.
 */
#ifndef LOGITD_CORE_KERNEL_SOFTMAX_ROWS_BODY_H
#define LOGITD_CORE_KERNEL_SOFTMAX_ROWS_BODY_H

#include <math.h>
#include <stddef.h>

#include "core/kernel/exponential.h"
#include "core/kernel/softmax_rows.h"

#define GROUP SOFTMAX_ROWS_GROUP
#define INLINE static inline __attribute__((always_inline))

INLINE void turn_over(size_t n, size_t n_classes, const double *restrict rows,
                      double *restrict t)
{
    for (size_t k = 0; k < n_classes; k++)
        for (size_t i = 0; i < n; i++)
            t[k * n + i] = rows[i * n_classes + k];
}

INLINE void turn_back(size_t n, size_t n_classes, const double *restrict t,
                      double *restrict rows)
{
    for (size_t k = 0; k < n_classes; k++)
        for (size_t i = 0; i < n; i++)
            rows[i * n_classes + k] = t[k * n + i];
}

/* ---- probabilities ---- */

/* Margins less the greatest become powers; others = the sum of all but that of the class
 * which has it. */
INLINE void find_powers(size_t n, size_t n_classes, const double *restrict greatest,
                        const double *restrict which, double *restrict t,
                        double *restrict others)
{
    for (size_t i = 0; i < n; i++)
        others[i] = 0;
    for (size_t k = 0; k < n_classes; k++, t += n)
        for (size_t i = 0; i < n; i++) {
            double power = exponential_of_negative(t[i] - greatest[i]);
            others[i] += which[i] == (double)k ? 0 : power;
            t[i] = power;
        }
}

/* Powers become probabilities; wrong = the sum of those of other classes than the
 * label's. */
INLINE void find_shares(size_t n, size_t n_classes, const double *restrict others,
                        const double *restrict y, double *restrict t,
                        double *restrict wrong)
{
    double factor[GROUP];
    for (size_t i = 0; i < n; i++) {
        factor[i] = 1 / (1 + others[i]);
        wrong[i] = 0;
    }
    for (size_t k = 0; k < n_classes; k++, t += n)
        for (size_t i = 0; i < n; i++) {
            t[i] *= factor[i];
            wrong[i] += y[i] == (double)k ? 0 : t[i];
        }
}

/* Loops with one choice each, which the compiler makes vectors of. */
INLINE void keep_greater(size_t n, const double *restrict numbers,
                         double *restrict greatest)
{
    for (size_t i = 0; i < n; i++)
        greatest[i] = numbers[i] > greatest[i] ? numbers[i] : greatest[i];
}

/* And which class has it, the first one of several. */
INLINE void find_greatest(size_t n, size_t n_classes, const double *restrict t,
                          double *restrict greatest, double *restrict which)
{
    for (size_t i = 0; i < n; i++) {
        greatest[i] = t[i];
        which[i] = 0;
    }
    for (size_t k = 1; k < n_classes; k++) {
        for (size_t i = 0; i < n; i++)
            which[i] = t[k * n + i] > greatest[i] ? (double)k : which[i];
        keep_greater(n, t + k * n, greatest);
    }
}

INLINE double group_losses(size_t n, size_t n_classes, double *z, const double *y,
                           const double *weights, double *residual)
{
    double greatest[GROUP], which[GROUP], others[GROUP], wrong[GROUP];
    double logs[GROUP], sum = 0, *t = residual;
    turn_over(n, n_classes, z, t);
    find_greatest(n, n_classes, t, greatest, which);
    for (size_t i = 0; i < n; i++)
        sum += weights[i] * (greatest[i] - z[i * n_classes + (size_t)y[i]]);
    find_powers(n, n_classes, greatest, which, t, others);
    find_shares(n, n_classes, others, y, t, wrong);
    turn_back(n, n_classes, t, z);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n_classes; k++)
            residual[i * n_classes + k] = weights[i] * z[i * n_classes + k];
        residual[i * n_classes + (size_t)y[i]] = -weights[i] * wrong[i];
    }
    for (size_t i = 0; i < n; i++)
        logs[i] = exponential_log1p_of_any(others[i]);
    for (size_t i = 0; i < n; i++)
        sum += weights[i] * logs[i];
    return sum;
}

INLINE double all_losses(size_t n, size_t n_classes, double *z, const double *y,
                         const double *weights, double *residual)
{
    double sum = 0;
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP)
        sum += group_losses(GROUP, n_classes, z + i * n_classes, y + i, weights + i,
                            residual + i * n_classes);
    if (i < n)
        sum += group_losses(n - i, n_classes, z + i * n_classes, y + i, weights + i,
                            residual + i * n_classes);
    return sum;
}

/* ---- products with the second derivative ---- */

INLINE void turn_group(size_t n, size_t n_classes, const double *restrict p,
                       const double *restrict weights, double *restrict d)
{
    double best[GROUP], shift[GROUP], mean[GROUP];
    for (size_t i = 0; i < n; i++) {
        best[i] = p[i];
        shift[i] = d[i];
        mean[i] = 0;
    }
    for (size_t k = 1; k < n_classes; k++) {
        for (size_t i = 0; i < n; i++)
            shift[i] = p[k * n + i] > best[i] ? d[k * n + i] : shift[i];
        keep_greater(n, p + k * n, best);
    }
    for (size_t k = 0; k < n_classes; k++)
        for (size_t i = 0; i < n; i++) {
            d[k * n + i] -= shift[i];
            mean[i] += p[k * n + i] * d[k * n + i];
        }
    for (size_t k = 0; k < n_classes; k++)
        for (size_t i = 0; i < n; i++)
            d[k * n + i] = weights[i] * p[k * n + i] * (d[k * n + i] - mean[i]);
}

INLINE void turn_rows(size_t n, size_t n_classes, const double *p, const double *weights,
                      double *scratch, double *d)
{
    double *of_p = scratch, *of_d = scratch + n * n_classes;
    turn_over(n, n_classes, p, of_p);
    turn_over(n, n_classes, d, of_d);
    turn_group(n, n_classes, of_p, weights, of_d);
    turn_back(n, n_classes, of_d, d);
}

INLINE void turn_all(size_t n, size_t n_classes, const double *p, const double *weights,
                     double *scratch, double *d)
{
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP)
        turn_rows(GROUP, n_classes, p + i * n_classes, weights + i, scratch,
                  d + i * n_classes);
    if (i < n)
        turn_rows(n - i, n_classes, p + i * n_classes, weights + i, scratch,
                  d + i * n_classes);
}

#endif
