/*
 * The losses' inner loops, once for each instruction set: the same code
 * (loss_rows_body.h), compiled for it, with the same bits as results. Which one a machine
 * runs is looked up at run time. loss.h is what others call.
 *
 * Roofline: the multipliers, of whose peak a fifth is reached: 3 ns a row with
 * AVX-512, 4.5 with AVX2, 64 without vectors (build/kernel-bench).
 *
 * Pure functions: thread-safe, no allocation.
 */
#ifndef LOGITD_CORE_KERNEL_LOSS_ROWS_H
#define LOGITD_CORE_KERNEL_LOSS_ROWS_H

#include <stddef.h>

/* As loss_binomial, with weights. */
typedef double loss_rows_binomial_fn(size_t n, const double *z, const double *y,
                                     const double *weights, double *residual,
                                     double *curvature);
/* As loss_binomial_misplaced. */
typedef double loss_rows_misplaced_fn(size_t n, const double *z, const double *offset,
                                      const double *y, const double *weights);

/* As loss_binomial_labels. */
typedef void loss_rows_labels_fn(size_t n, const double *y, size_t *n_zeros,
                                 size_t *n_ones);

struct loss_rows {
    const char *name;
    loss_rows_binomial_fn *binomial;
    loss_rows_misplaced_fn *misplaced;
    loss_rows_labels_fn *labels;
};

/* The fastest that this machine can run; and the i-th, the plain one first, NULL behind
 * the last one that it can. */
const struct loss_rows *loss_rows_best(void);
const struct loss_rows *loss_rows_at(size_t i);

loss_rows_binomial_fn loss_rows_plain_binomial, loss_rows_avx2_binomial,
    loss_rows_avx512_binomial;
loss_rows_misplaced_fn loss_rows_plain_misplaced, loss_rows_avx2_misplaced,
    loss_rows_avx512_misplaced;
loss_rows_labels_fn loss_rows_plain_labels, loss_rows_avx2_labels,
    loss_rows_avx512_labels;

#endif
