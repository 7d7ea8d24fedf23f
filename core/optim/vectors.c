#include "core/optim/vectors.h"

#include <math.h>

#define LANES 8U /* at a time */

double vectors_sum(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    return sum;
}

double vectors_dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

double vectors_norm(const double *v, size_t n)
{
    return sqrt(vectors_dot(v, v, n));
}

void vectors_add(double factor, const double *x, double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += factor * x[i];
}

/* What is finite is 0 times 0; anything else a NaN, which stays one. */
bool vectors_all_finite(const double *v, size_t n)
{
    double zero[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            zero[k] += v[i + k] * 0;
    for (; i < n; i++)
        sum += v[i] * 0;
    for (size_t k = 0; k < LANES; k++)
        sum += zero[k];
    return sum == 0;
}

static bool are_zero(const double *v)
{
    double sum = 0;
    for (size_t k = 0; k < LANES; k++)
        sum += fabs(v[k]);
    return sum == 0;
}

size_t vectors_next_nonzero(const double *v, size_t first, size_t n)
{
    while (first + LANES <= n && are_zero(v + first))
        first += LANES;
    while (first < n && v[first] == 0)
        first++;
    return first;
}
