/*
 * Products with a symmetric matrix, or with rows.
 *
 * Thread-safe, no allocation. BLAS counts in 32 bits: n must fit. A large one is formed
 * some rows at a time, so that it can be stopped.
 */
#ifndef LOGITD_CORE_KERNEL_PRODUCT_H
#define LOGITD_CORE_KERNEL_PRODUCT_H

#include <stddef.h>

#include "core/base/stop.h"

/* c = a·b, all [n × n] row-major; a is whole. What is left once it is stopped is undone.
 */
void product_square(size_t n, const double *a, const double *b, double *c,
                    const struct stop *stop);

/* Of k = x·x', of rows x[· × n_columns], the rows first…first+n-1 up to the diagonal; k
 * has rows of so many numbers. */
void product_of_rows(size_t n_columns, const double *x, size_t first, size_t n, double *k,
                     size_t stride);

/* out[n_rows] = a·v, out[n_columns] = a'·v, of a[n_rows × n_columns] row-major; the
 * latter with rows that many numbers apart. */
void product_by_vector(size_t n_rows, size_t n_columns, const double *a, const double *v,
                       double *out);
void product_by_transpose(size_t n_rows, size_t n_columns, const double *a, size_t stride,
                          const double *v, double *out);

/* x'ax of the symmetric a [n × n], whole. */
double product_quadratic(size_t n, const double *a, const double *x);

#endif
