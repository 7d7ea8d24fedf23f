/*
 * The inner loops of dense rows with several blocks of coefficients, once for each
 * instruction set; of rows x [n_rows × n_columns] with a stride ≥ n_columns and K blocks,
 *
 *   margins: z[i·z_stride + k] += Σ_j x_ij terms[j·K + k]          k < K
 *   product: terms[j·K + k] += Σ_i x_ij v[i·v_stride + k]
 *
 * A general matrix product is slow where one side is as thin as a handful of classes.
 * Here sums stay in registers: for margins those of some rows, their classes side by side
 * in a vector; for a product those of two vectors of columns, for as many classes as
 * there are registers, so that no lane is without work. Rows are read twice: of as many
 * as stay in the cache that is once from memory.
 *
 * Bound by the multipliers: of 54 columns and seven blocks margins reach 61 % of them
 * with AVX-512 (14 ns a row) and 68 % with AVX2, products 58 and 48 %
 * (build/kernel-bench).
 *
 * Products are fused with their sums where the set has that. Thread-safe, no allocation.
 */
#ifndef LOGITD_CORE_KERNEL_CLASS_ROWS_H
#define LOGITD_CORE_KERNEL_CLASS_ROWS_H

#include <stddef.h>

#include "core/kernel/instructions.h"

typedef void class_rows_margins_fn(size_t n_rows, size_t n_columns, const double *x,
                                   size_t stride, size_t n_blocks, const double *terms,
                                   double *z, size_t z_stride);
typedef void class_rows_product_fn(size_t n_rows, size_t n_columns, const double *x,
                                   size_t stride, size_t n_blocks, const double *v,
                                   size_t v_stride, double *terms);

struct class_rows {
    class_rows_margins_fn *margins;
    class_rows_product_fn *product;
};

const struct class_rows *class_rows_of(enum instructions set);

class_rows_margins_fn class_rows_plain_margins, class_rows_avx2_margins,
    class_rows_avx512_margins;
class_rows_product_fn class_rows_plain_product, class_rows_avx2_product,
    class_rows_avx512_product;

#endif
