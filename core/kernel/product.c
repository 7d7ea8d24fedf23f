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

void product_of_rows(size_t n_rows, size_t n_columns, const double *x, double *k)
{
    blasint m = (blasint)n_rows, n = (blasint)n_columns;
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, m, n, 1, x, n, 0, k, m);
    for (size_t i = 0; i < n_rows; i++)
        for (size_t j = 0; j < i; j++)
            k[j * n_rows + i] = k[i * n_rows + j];
}

void product_by_vector(size_t n_rows, size_t n_columns, const double *a, const double *v,
                       double *out)
{
    cblas_dgemv(CblasRowMajor, CblasNoTrans, (blasint)n_rows, (blasint)n_columns, 1, a,
                (blasint)n_columns, v, 1, 0, out, 1);
}

void product_by_transpose(size_t n_rows, size_t n_columns, const double *a,
                          const double *v, double *out)
{
    cblas_dgemv(CblasRowMajor, CblasTrans, (blasint)n_rows, (blasint)n_columns, 1, a,
                (blasint)n_columns, v, 1, 0, out, 1);
}

double product_quadratic(size_t n, const double *a, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0)
            sum += x[i] * cblas_ddot((blasint)n, a + i * n, 1, x, 1);
    return sum;
}
