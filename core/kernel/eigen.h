/*
 * The least and the greatest eigenvalue of a symmetric matrix, by reduction to
 * tridiagonal form (4/3 n³ flops; LAPACK dsyevr of up to 512 rows). Absolute error of
 * about n·2^-53 times the greatest: a small least eigenvalue is better had as the inverse
 * of the greatest of the inverse matrix.
 */
#ifndef LOGITD_CORE_KERNEL_EIGEN_H
#define LOGITD_CORE_KERNEL_EIGEN_H

#include <stddef.h>

#include "core/base/error.h"
#include "core/base/stop.h"

/* a[n × n] row-major, lower triangle, finite, n ≥ 1: destroyed. Asks `stop` (NULL is
 * fine) every n² operations or so: ERROR_CANCELLED. ERROR_INTERNAL where the iteration
 * does not end, which finite numbers do not bring about. */
int eigen_extremes(size_t n, double *a, const struct stop *stop, double *least,
                   double *greatest, struct error *err) MUST_CHECK;

/* The greatest alone, of a matrix without negative eigenvalues, to a relative 10⁻⁹: by a
 * few dozen products with vectors where that does (Lanczos), else as above. The same
 * arguments and errors. */
int eigen_greatest(size_t n, double *a, const struct stop *stop, double *greatest,
                   struct error *err) MUST_CHECK;

#endif
