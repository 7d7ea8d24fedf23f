/*
 * Products with a symmetric matrix.
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

/* x'ax of the symmetric a [n × n], whole. */
double product_quadratic(size_t n, const double *a, const double *x);

#endif
