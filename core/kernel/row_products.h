/*
 * Dense rows x[n_rows × n_columns] with this stride, times one vector. Compiled once for
 * each instruction set, with sums in another order.
 *
 *   margins:  z[i] += Σ_j x_ij beta_j
 *   sum:      product[j] += Σ_i v_i x_ij
 *   total:    Σ_i v_i, what a column of ones has with v
 *
 * Vectors are read whole: up to the next multiple of 8 numbers there stand zeros behind
 * the last column of each row.
 *
 * Roofline: reading x once, from the first cache. Of what that gives margins reach half
 * with 23 columns and more, and sums 50 to 90 %, with AVX-512; 60 and 65 to 95 % with
 * AVX2 (build/kernel-bench).
 *
 * Pure functions: thread-safe, no allocation.
 */
#ifndef LOGITD_CORE_KERNEL_ROW_PRODUCTS_H
#define LOGITD_CORE_KERNEL_ROW_PRODUCTS_H

#include <stddef.h>

#include "core/kernel/instructions.h"

typedef void row_products_margins_fn(size_t n_rows, size_t n_columns, const double *x,
                                     size_t stride, const double *beta, double *z);
typedef void row_products_sum_fn(size_t n_rows, size_t n_columns, const double *x,
                                 size_t stride, const double *v, double *product);

typedef double row_products_total_fn(size_t n_rows, const double *v);

struct row_products {
    row_products_margins_fn *margins;
    row_products_sum_fn *sum;
    row_products_total_fn *total;
};

const struct row_products *row_products_of(enum instructions set);

row_products_margins_fn row_products_plain_margins, row_products_avx2_margins,
    row_products_avx512_margins;
row_products_sum_fn row_products_plain_sum, row_products_avx2_sum,
    row_products_avx512_sum;

row_products_total_fn row_products_plain_total, row_products_avx2_total,
    row_products_avx512_total;

#endif
