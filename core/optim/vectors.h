/* Vectors of the dimension of an objective. Sums run from front to back: same bits. */
#ifndef LOGITD_CORE_OPTIM_VECTORS_H
#define LOGITD_CORE_OPTIM_VECTORS_H

#include <stdbool.h>
#include <stddef.h>

double vectors_norm(const double *v, size_t n); /* Euclidean */
double vectors_sum(const double *v, size_t n);
double vectors_dot(const double *a, const double *b, size_t n);
/* y += factor · x */
void vectors_add(double factor, const double *x, double *y, size_t n);
bool vectors_all_finite(const double *v, size_t n);
/* The first of v[first…n-1] that is not 0; n: none is. Where most are 0, eight at a time.
 */
size_t vectors_next_nonzero(const double *v, size_t first, size_t n);

#endif
