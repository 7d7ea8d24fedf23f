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

void product_of_rows(size_t n_columns, const double *x, size_t first, size_t n, double *k,
                     size_t stride)
{
    blasint d = (blasint)n_columns, m = (blasint)n, ld = (blasint)stride;
    const double *rows = x + first * n_columns;
    double *out = k + first * stride;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, (blasint)first, d, 1, rows, d,
                x, d, 0, out, ld);
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, m, d, 1, rows, d, 0, out + first,
                ld);
}

void product_by_vector(size_t n_rows, size_t n_columns, const double *a, const double *v,
                       double *out)
{
    cblas_dgemv(CblasRowMajor, CblasNoTrans, (blasint)n_rows, (blasint)n_columns, 1, a,
                (blasint)n_columns, v, 1, 0, out, 1);
}

void product_by_transpose(size_t n_rows, size_t n_columns, const double *a, size_t stride,
                          const double *v, double *out)
{
    cblas_dgemv(CblasRowMajor, CblasTrans, (blasint)n_rows, (blasint)n_columns, 1, a,
                (blasint)stride, v, 1, 0, out, 1);
}

double product_quadratic(size_t n, const double *a, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0)
            sum += x[i] * cblas_ddot((blasint)n, a + i * n, 1, x, 1);
    return sum;
}
