/*
 * The inner loops of rows with several classes, once for each instruction set: the same
 * code (softmax_rows_body.h), compiled for it, with the same bits as results. Rows are
 * taken some at a time and turned on their side, so that each lane of a vector has a row
 * of its own. loss.h is what others call.
 *
 * Bound by the multipliers, of which a sixth is reached: turning rows, choices and
 * divisions take more than powers do. Losses of seven classes take 20 ns a row with
 * AVX-512, 27 with AVX2, 400 without either (build/kernel-bench).
 *
 * Pure functions: thread-safe, no allocation.
 */
#ifndef LOGITD_CORE_KERNEL_SOFTMAX_ROWS_H
#define LOGITD_CORE_KERNEL_SOFTMAX_ROWS_H

#include <stddef.h>

#include "core/kernel/instructions.h"

/* Rows that are seen to at a time. Loops over 16 or fewer the compiler unrolls as a
 * whole, and then makes no vectors of them. */
#define SOFTMAX_ROWS_GROUP 32U

/* As loss_multinomial, with weights. */
typedef double softmax_rows_losses_fn(size_t n, size_t n_classes, double *z,
                                      const double *y, const double *weights,
                                      double *residual);
/* As loss_multinomial_turn. */
typedef void softmax_rows_turn_fn(size_t n, size_t n_classes, const double *p,
                                  const double *weights, double *scratch, double *d);

struct softmax_rows {
    softmax_rows_losses_fn *losses;
    softmax_rows_turn_fn *turn;
};

const struct softmax_rows *softmax_rows_of(enum instructions set);

softmax_rows_losses_fn softmax_rows_plain_losses, softmax_rows_avx2_losses,
    softmax_rows_avx512_losses;
softmax_rows_turn_fn softmax_rows_plain_turn, softmax_rows_avx2_turn,
    softmax_rows_avx512_turn;

#endif
