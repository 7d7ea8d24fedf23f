/*
 * Rows of numbers, each column scaled and shifted: u_ij = x_ij·factor_j - centre_j,
 * x[n_rows × n_columns] row-major without gaps, u[n_rows × n_columns] with this stride,
 * zeros behind the last column; one rounding a product and one a difference, on every
 * machine. Compiled once for each instruction set.
 *
 * Roofline: reading x from memory, of which 65 to 90 % are reached; less where x is in
 * the cache already, since rows are not where vectors begin (build/kernel-bench).
 *
 * Thread-safe, no allocation. x and u do not overlap.
 */
#ifndef LOGITD_CORE_KERNEL_AFFINE_H
#define LOGITD_CORE_KERNEL_AFFINE_H

#include <stddef.h>

/* The stride is n_columns, or more up to the next multiple of 8. */
typedef void affine_rows_fn(size_t n_rows, size_t n_columns, const double *x,
                            const double *factor, const double *centre, double *u,
                            size_t stride);

affine_rows_fn affine_rows;

affine_rows_fn affine_plain_rows, affine_avx2_rows, affine_avx512_rows;

#endif
