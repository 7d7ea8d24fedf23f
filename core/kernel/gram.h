/*
 * Weighted cross-products of a block of rows: X'HX and the like, where a column of ones
 * (the intercept) may stand in front of X without being stored.
 *
 * X[n_rows × n_columns], h[n_rows] ≥ 0, p = n_columns + intercept.
 * The product is made of strips of sums for eight columns (gram_tile.h), of which only
 * those that reach into the lower triangle are formed; products with one vector by the
 * loops of row_products.h. With a few hundred rows all stay in the cache.
 *
 * Rows are stored dense, row-major with a stride of gram_stride numbers and zeros behind
 * the last column, so that vectors are read whole; or sparse, by what is not 0 of each
 * (gram_sparse.c): whoever calls these need not know. Of sparse rows a product takes as
 * many operations as there are entries, a cross-product the sum of their squares by rows.
 *
 * Thread-safe, no allocation. BLAS counts in 32 bits: n_rows·n_columns and the strides
 * must fit.
 */
#ifndef LOGITD_CORE_KERNEL_GRAM_H
#define LOGITD_CORE_KERNEL_GRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gram_rows {
    size_t n_rows, n_columns;
    const double *x; /* NULL: sparse */
    size_t stride;   /* of dense rows */
    /* Bytes that will be read after these dense rows, of whatever: gram_add brings them
     * into the cache on its way. */
    const void *ahead;
    size_t n_ahead;
    /* Row i has the entries starts[i]…starts[i+1]-1; columns ascend in a row. */
    const uint64_t *starts;
    const uint32_t *columns;
    const double *values;
    bool intercept;
};

/* Numbers from one dense row to the next: a multiple of 8. */
size_t gram_stride(size_t n_columns);

/* Numbers in the scratch of gram_add for so many rows: eight columns of them, weighted.
 * False if they cannot be counted. */
bool gram_scratch(size_t n_rows, size_t *n_cells);

/* gram += sign · X̂'HX̂, lower triangle of [p × p] row-major with this stride. */
void gram_add(const struct gram_rows *rows, const double *h, double sign, double *scratch,
              double *gram, size_t stride);

/* product[p] += X̂'v, v[n_rows] with this stride. */
void gram_add_product(const struct gram_rows *rows, const double *v, size_t v_stride,
                      double *product);

/* squares[p] += the diagonal of X̂'HX̂. */
void gram_add_squares(const struct gram_rows *rows, const double *h, double *squares);

/* z[n_rows] with this stride += X̂β, β[p]. */
void gram_add_margins(const struct gram_rows *rows, const double *beta, double *z,
                      size_t z_stride);

/*
 * The same for many vectors at once; of K blocks (of a multinomial model: the classes but
 * one), whose numbers for a term lie side by side:
 *   z[i·z_stride + k] += Σ_j X̂_ij beta[j·K + k]
 *   product[j·K + k] += Σ_i v[i·v_stride + k] X̂_ij
 *   squares[j·K + k] += Σ_i h[i·h_stride + k] X̂_ij²
 * The strides are ≥ K.
 */
void gram_add_margins_classes(const struct gram_rows *rows, const double *beta,
                              size_t n_blocks, double *z, size_t z_stride);
void gram_add_product_classes(const struct gram_rows *rows, const double *v,
                              size_t n_blocks, size_t v_stride, double *product);
void gram_add_squares_classes(const struct gram_rows *rows, const double *h,
                              size_t n_blocks, size_t h_stride, double *squares);

/* sizes[n_rows] += Σ_jk |X̂_ij beta[j·K + k]|: rounding of margins goes with it. */
void gram_add_sizes(const struct gram_rows *rows, const double *beta, size_t n_blocks,
                    double *sizes);

#endif
