#include "core/kernel/product.h"

#include <cblas.h>

void product_symmetric(size_t n, const double *a, const double *b, double *c)
{
    blasint side = (blasint)n;
    if (n > 0)
        cblas_dsymm(CblasRowMajor, CblasLeft, CblasLower, side, side, 1, a, side, b, side,
                    0, c, side);
}

double product_quadratic(size_t n, const double *a, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0)
            sum += x[i] * cblas_ddot((blasint)n, a + i * n, 1, x, 1);
    return sum;
}
