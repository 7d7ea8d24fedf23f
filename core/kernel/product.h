/*
 * Products with a symmetric matrix.
 *
 * Thread-safe, no allocation. BLAS counts in 32 bits: n must fit.
 */
#ifndef LOGITD_CORE_KERNEL_PRODUCT_H
#define LOGITD_CORE_KERNEL_PRODUCT_H

#include <stddef.h>

/* c = a·b, all [n × n] row-major; of the symmetric a the lower triangle is read. */
void product_symmetric(size_t n, const double *a, const double *b, double *c);

/* x'ax of the symmetric a [n × n], whole. */
double product_quadratic(size_t n, const double *a, const double *x);

#endif
