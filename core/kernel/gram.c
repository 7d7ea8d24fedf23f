#include "core/kernel/gram.h"

#include <math.h>

#include <cblas.h>

static double sum_of(const double *values, size_t n, size_t stride)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i * stride];
    return sum;
}

static void scale_rows(const struct gram_rows *rows, const double *h, double *scaled)
{
    const double *x = rows->x;
    for (size_t i = 0; i < rows->n_rows; i++) {
        double root = sqrt(h[i]);
        for (size_t j = 0; j < rows->n_columns; j++)
            *scaled++ = root * *x++;
    }
}

void gram_add(const struct gram_rows *rows, const double *h, double sign, double *scratch,
              double *gram, size_t stride)
{
    blasint n = (blasint)rows->n_rows, d = (blasint)rows->n_columns;
    double *columns = gram + (rows->intercept ? stride + 1 : 0);
    if (rows->intercept)
        gram[0] += sign * sum_of(h, rows->n_rows, 1);
    if (d == 0)
        return;
    if (rows->intercept)
        cblas_dgemv(CblasRowMajor, CblasTrans, n, d, sign, rows->x, d, h, 1, 1,
                    gram + stride, (blasint)stride);
    scale_rows(rows, h, scratch);
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, d, n, sign, scratch, d, 1, columns,
                (blasint)stride);
}

void gram_add_product(const struct gram_rows *rows, const double *v, size_t v_stride,
                      double *product)
{
    blasint d = (blasint)rows->n_columns;
    if (rows->intercept)
        *product++ += sum_of(v, rows->n_rows, v_stride);
    if (d > 0)
        cblas_dgemv(CblasRowMajor, CblasTrans, (blasint)rows->n_rows, d, 1, rows->x, d, v,
                    (blasint)v_stride, 1, product, 1);
}

void gram_add_squares(const struct gram_rows *rows, const double *h, double *squares)
{
    const double *x = rows->x;
    if (rows->intercept)
        *squares++ += sum_of(h, rows->n_rows, 1);
    for (size_t i = 0; i < rows->n_rows; i++)
        for (size_t j = 0; j < rows->n_columns; j++, x++)
            squares[j] += h[i] * *x * *x;
}

void gram_add_margins(const struct gram_rows *rows, const double *beta, double *z,
                      size_t z_stride)
{
    blasint d = (blasint)rows->n_columns;
    if (rows->intercept) {
        for (size_t i = 0; i < rows->n_rows; i++)
            z[i * z_stride] += beta[0];
        beta++;
    }
    if (d > 0)
        cblas_dgemv(CblasRowMajor, CblasNoTrans, (blasint)rows->n_rows, d, 1, rows->x, d,
                    beta, 1, 1, z, (blasint)z_stride);
}

void gram_add_margins_classes(const struct gram_rows *rows, const double *beta,
                              size_t n_blocks, size_t beta_stride, double *z,
                              size_t z_stride)
{
    blasint n = (blasint)rows->n_rows, d = (blasint)rows->n_columns;
    if (n == 0 || n_blocks == 0)
        return;
    for (size_t i = 0; rows->intercept && i < rows->n_rows; i++)
        for (size_t k = 0; k < n_blocks; k++)
            z[i * z_stride + k] += beta[k * beta_stride];
    if (d > 0)
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, (blasint)n_blocks, d, 1,
                    rows->x, d, beta + rows->intercept, (blasint)beta_stride, 1, z,
                    (blasint)z_stride);
}

void gram_add_product_classes(const struct gram_rows *rows, const double *v,
                              size_t n_blocks, size_t v_stride, double *product,
                              size_t product_stride)
{
    blasint n = (blasint)rows->n_rows, d = (blasint)rows->n_columns;
    if (n == 0 || n_blocks == 0)
        return;
    for (size_t k = 0; rows->intercept && k < n_blocks; k++)
        product[k * product_stride] += sum_of(v + k, rows->n_rows, v_stride);
    if (d > 0)
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)n_blocks, d, n, 1,
                    v, (blasint)v_stride, rows->x, d, 1, product + rows->intercept,
                    (blasint)product_stride);
}
