/*
 * A matrix u[n_rows × n] by its columns, for methods that move one coordinate after
 * another: sparse, or dense with few rows. Sums run from front to back; of dense columns
 * in eight parts.
 *
 * Roofline: reading the entries once. A sparse entry takes 1 to 1.5 ns, for which what is
 * gathered is in the first cache.
 *
 * Pure functions: thread-safe, no allocation.
 */
#ifndef LOGITD_CORE_KERNEL_COLUMNS_H
#define LOGITD_CORE_KERNEL_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

struct columns { /* borrowed */
    size_t n, n_rows;
    /* Sparse: column j has the entries starts[j]…starts[j+1]-1; NULL: dense. */
    const uint64_t *starts; /* [n + 1] */
    const uint32_t *rows;
    const double *values;
    /* Dense: column j begins at x[j · stride]; the stride is a multiple of 8, and behind
     * the last row there are zeros. */
    const double *x;
    size_t stride;
};

/* Of column j: u_j'v; Σ h u_j²; v += factor·u_j; v += factor·(h∘u_j). */
double columns_dot(const struct columns *columns, size_t j, const double *v);
double columns_square(const struct columns *columns, size_t j, const double *h);
void columns_add(const struct columns *columns, size_t j, double factor, double *v);
void columns_add_weighted(const struct columns *columns, size_t j, double factor,
                          const double *h, double *v);

/* product[n] = U'v */
void columns_product(const struct columns *columns, const double *v, double *product);

#endif
