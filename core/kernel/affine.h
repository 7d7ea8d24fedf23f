/*
 * Rows of numbers, each column scaled and shifted: u_ij = x_ij·factor_j - centre_j, both
 * [n_rows × n_columns] row-major without gaps; one rounding a product and one a
 * difference, on every machine. The loops are compiled once for each instruction set.
 *
 * Thread-safe, no allocation. x and u do not overlap.
 */
#ifndef LOGITD_CORE_KERNEL_AFFINE_H
#define LOGITD_CORE_KERNEL_AFFINE_H

#include <stddef.h>

typedef void affine_rows_fn(size_t n_rows, size_t n_columns, const double *x,
                            const double *factor, const double *centre, double *u);

affine_rows_fn affine_rows;

affine_rows_fn affine_plain_rows, affine_avx2_rows, affine_avx512_rows;

#endif
