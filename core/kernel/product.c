#include "core/kernel/product.h"

#include <cblas.h>

#define PANEL_ROWS 64U /* of a few thousand columns: milliseconds */

void product_square(size_t n, const double *a, const double *b, double *c,
                    const struct stop *stop)
{
    blasint side = (blasint)n;
    for (size_t i = 0; i < n && !stop_is_asked(stop); i += PANEL_ROWS) {
        blasint n_rows = n - i < PANEL_ROWS ? (blasint)(n - i) : (blasint)PANEL_ROWS;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n_rows, side, side, 1,
                    a + i * n, side, b, side, 0, c + i * n, side);
    }
}

double product_quadratic(size_t n, const double *a, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0)
            sum += x[i] * cblas_ddot((blasint)n, a + i * n, 1, x, 1);
    return sum;
}
