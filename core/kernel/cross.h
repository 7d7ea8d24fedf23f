/*
 * Weighted cross-products of two blocks of columns of the same rows: A'HB, where a column
 * of ones may stand in front of either without being stored (gram.h).
 *
 * Thread-safe, no allocation. BLAS counts in 32 bits, as there.
 */
#ifndef LOGITD_CORE_KERNEL_CROSS_H
#define LOGITD_CORE_KERNEL_CROSS_H

#include "core/kernel/gram.h"

/* product[p_a × p_b], with this stride ≥ p_b, += sign · Â'HB̂; h[n_rows]; both dense or
 * both sparse. scratch: [rows × columns of A]; of sparse rows it is not used. */
void cross_add(const struct gram_rows *a, const struct gram_rows *b, const double *h,
               double sign, double *scratch, double *product, size_t stride);

#endif
