/*
 * What the files of loss_rows.h are made of, once for each instruction set: loops over a
 * fixed number of rows, which the compiler turns into vectors. See loss_rows.h.
 */
#ifndef LOGITD_CORE_KERNEL_LOSS_ROWS_BODY_H
#define LOGITD_CORE_KERNEL_LOSS_ROWS_BODY_H

#include <stddef.h>
#include <string.h>

#include "core/kernel/exponential.h"

#define GROUP 64 /* rows */
#define PARTS 8  /* of a sum: row i goes to part i mod 8 */

struct loss_rows_group {
    double z[GROUP], y[GROUP], weights[GROUP];
    double residual[GROUP], curvature[GROUP], loss[GROUP];
};

static inline void loss_rows_group(const double *restrict z, const double *restrict y,
                                   const double *restrict weights,
                                   double *restrict residual, double *restrict curvature,
                                   double *restrict loss)
{
    for (size_t i = 0; i < GROUP; i++) {
        double e = exponential_of_negative(-fabs(z[i]));
        double large = 1 / (1 + e), small = e * large;
        double success = z[i] >= 0 ? large : small, failure = z[i] >= 0 ? small : large;
        double above = z[i] > 0 ? z[i] : 0, below = z[i] < 0 ? -z[i] : 0;
        /* Neither 1 - p nor log(1+e^z) - z is ever formed: a label of 1 keeps the
         * relative accuracy that a label of 0 has. */
        residual[i] = weights[i] * ((1 - y[i]) * success - y[i] * failure);
        curvature[i] = weights[i] * (large * small);
        loss[i] = weights[i] * (exponential_log1p(e) + (1 - y[i]) * above + y[i] * below);
    }
}

static inline void loss_rows_add(const double *restrict loss, double *restrict parts)
{
    for (size_t i = 0; i < GROUP; i += PARTS)
        for (size_t k = 0; k < PARTS; k++)
            parts[k] += loss[i + k];
}

/* The last rows, with others of weight 0 behind them. */
static inline void loss_rows_rest(size_t n, const double *z, const double *y,
                                  const double *weights, double *residual,
                                  double *curvature, double *parts)
{
    struct loss_rows_group group = {.z = {0}};
    memcpy(group.z, z, n * sizeof(*z));
    memcpy(group.y, y, n * sizeof(*y));
    memcpy(group.weights, weights, n * sizeof(*weights));
    loss_rows_group(group.z, group.y, group.weights, group.residual, group.curvature,
                    group.loss);
    memcpy(residual, group.residual, n * sizeof(*residual));
    memcpy(curvature, group.curvature, n * sizeof(*curvature));
    loss_rows_add(group.loss, parts);
}

static inline double loss_rows_sum(const double *parts)
{
    return ((parts[0] + parts[4]) + (parts[2] + parts[6])) +
           ((parts[1] + parts[5]) + (parts[3] + parts[7]));
}

static inline double loss_rows_all(size_t n, const double *z, const double *y,
                                   const double *weights, double *residual,
                                   double *curvature)
{
    double parts[PARTS] = {0}, loss[GROUP];
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP) {
        loss_rows_group(z + i, y + i, weights + i, residual + i, curvature + i, loss);
        loss_rows_add(loss, parts);
    }
    if (i < n)
        loss_rows_rest(n - i, z + i, y + i, weights + i, residual + i, curvature + i,
                       parts);
    return loss_rows_sum(parts);
}

/* Without a branch: on data that are hard to tell apart each would be a coin toss. */
static inline double loss_rows_wrong(double z, double y, double weight)
{
    int is_right = ((y == 1) & (z > 0)) | ((y == 0) & (z < 0));
    return is_right ? 0 : weight;
}

static inline double loss_rows_misplaced(size_t n, const double *restrict z,
                                         const double *restrict offset,
                                         const double *restrict y,
                                         const double *restrict weights)
{
    double parts[PARTS] = {0};
    size_t i = 0;
    for (; i + PARTS <= n; i += PARTS)
        for (size_t k = 0; k < PARTS; k++)
            parts[k] +=
                loss_rows_wrong(z[i + k] - offset[i + k], y[i + k], weights[i + k]);
    for (size_t k = 0; i + k < n; k++)
        parts[k] += loss_rows_wrong(z[i + k] - offset[i + k], y[i + k], weights[i + k]);
    return loss_rows_sum(parts);
}

static inline void loss_rows_count(size_t n, const double *y, size_t *n_zeros,
                                   size_t *n_ones)
{
    size_t zeros = 0, ones = 0;
    for (size_t i = 0; i < n; i++) {
        zeros += y[i] == 0;
        ones += y[i] == 1;
    }
    *n_zeros = zeros;
    *n_ones = ones;
}

#endif
