#include "core/kernel/class_rows.h"

#include <cblas.h>

void class_rows_plain_margins(size_t n_rows, size_t n_columns, const double *x,
                              size_t stride, size_t n_blocks, const double *terms,
                              double *z, size_t z_stride)
{
    blasint n = (blasint)n_rows, d = (blasint)n_columns, k = (blasint)n_blocks;
    if (n > 0 && d > 0 && k > 0)
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, k, d, 1, x,
                    (blasint)stride, terms, k, 1, z, (blasint)z_stride);
}

void class_rows_plain_product(size_t n_rows, size_t n_columns, const double *x,
                              size_t stride, size_t n_blocks, const double *v,
                              size_t v_stride, double *terms)
{
    blasint n = (blasint)n_rows, d = (blasint)n_columns, k = (blasint)n_blocks;
    if (n > 0 && d > 0 && k > 0)
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, d, k, n, 1, x,
                    (blasint)stride, v, (blasint)v_stride, 1, terms, k);
}
