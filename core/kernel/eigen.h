/*
 * The least and the greatest eigenvalue of a symmetric matrix, by reduction to
 * tridiagonal form (LAPACK dsyevr; 4/3 n³ flops). Absolute error of about n·2^-53 times
 * the greatest: a small least eigenvalue is better had as the inverse of the greatest of
 * the inverse matrix.
 */
#ifndef LOGITD_CORE_KERNEL_EIGEN_H
#define LOGITD_CORE_KERNEL_EIGEN_H

#include <stddef.h>

#include "core/base/error.h"

/* a[n × n] row-major, lower triangle, finite, n ≥ 1: destroyed. ERROR_INTERNAL where the
 * iteration does not end, which finite numbers do not bring about. */
int eigen_extremes(size_t n, double *a, double *least, double *greatest,
                   struct error *err) MUST_CHECK;

#endif
