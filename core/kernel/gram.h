/*
 * Weighted cross-products of a block of rows: X'HX and the like, where a column of ones
 * (the intercept) may stand in front of X without being stored.
 *
 * X[n_rows × n_columns] row-major without gaps, h[n_rows] ≥ 0, p = n_columns + intercept.
 * The product is made of tiles of 8×8 sums in registers (gram_tile.h), of which only
 * those that reach into the lower triangle are formed. They read X̂ packed into panels of
 * eight columns, in a scratch of gram_scratch cells on a 64-byte boundary: with a few
 * hundred rows it stays in the cache.
 *
 * Thread-safe, no allocation. BLAS counts in 32 bits: n_rows·n_columns and the strides
 * must fit.
 */
#ifndef LOGITD_CORE_KERNEL_GRAM_H
#define LOGITD_CORE_KERNEL_GRAM_H

#include <stdbool.h>
#include <stddef.h>

struct gram_rows {
    size_t n_rows, n_columns;
    const double *x;
    bool intercept;
};

/* Numbers in the scratch for so many rows and columns, with or without intercept; false
 * if they cannot be counted. */
bool gram_scratch(size_t n_rows, size_t n_columns, size_t *n_cells);

/* gram += sign · X̂'HX̂, lower triangle of [p × p] row-major with this stride. */
void gram_add(const struct gram_rows *rows, const double *h, double sign, double *scratch,
              double *gram, size_t stride);

/* The same in two steps, for several weights in turn; the second one uses what is behind
 * the panels. */
void gram_pack(const struct gram_rows *rows, double *packed);
void gram_add_packed(const struct gram_rows *rows, double *packed, const double *h,
                     double sign, double *gram, size_t stride);

/* product[p] += X̂'v, v[n_rows] with this stride. */
void gram_add_product(const struct gram_rows *rows, const double *v, size_t v_stride,
                      double *product);

/* squares[p] += the diagonal of X̂'HX̂. */
void gram_add_squares(const struct gram_rows *rows, const double *h, double *squares);

/* z[n_rows] with this stride += X̂β, β[p]. */
void gram_add_margins(const struct gram_rows *rows, const double *beta, double *z,
                      size_t z_stride);

/*
 * The same for many vectors at once, one matrix product each; of K blocks (of a
 * multinomial model: the classes but one):
 *   z[i·z_stride + k] += (X̂β_k)_i            β_k = beta + k·beta_stride, [p]
 *   product[k·product_stride + j] += Σ_i v[i·v_stride + k] X̂_ij
 * z_stride, v_stride ≥ K; beta_stride, product_stride ≥ p.
 */
void gram_add_margins_classes(const struct gram_rows *rows, const double *beta,
                              size_t n_blocks, size_t beta_stride, double *z,
                              size_t z_stride);
void gram_add_product_classes(const struct gram_rows *rows, const double *v,
                              size_t n_blocks, size_t v_stride, double *product,
                              size_t product_stride);

#endif
