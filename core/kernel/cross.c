#include "core/kernel/cross.h"

#include <cblas.h>

/* ---- sparse ---- */

/* Of one row, whose a is taken times h. */
static void add_row(const struct gram_rows *b, size_t i, double a, double *product)
{
    if (b->intercept)
        *product++ += a;
    for (size_t e = b->starts[i]; e < b->starts[i + 1]; e++)
        product[b->columns[e]] += a * b->values[e];
}

static void add_sparse(const struct gram_rows *a, const struct gram_rows *b,
                       const double *h, double sign, double *product, size_t stride)
{
    double *columns = product + (a->intercept ? stride : 0);
    for (size_t i = 0; i < a->n_rows; i++) {
        if (a->intercept)
            add_row(b, i, sign * h[i], product);
        for (size_t e = a->starts[i]; e < a->starts[i + 1]; e++)
            add_row(b, i, sign * h[i] * a->values[e], columns + a->columns[e] * stride);
    }
}

/* ---- dense ---- */

static void weigh(const struct gram_rows *a, const double *h, double *weighted)
{
    const double *x = a->x;
    for (size_t i = 0; i < a->n_rows; i++, x += a->stride)
        for (size_t j = 0; j < a->n_columns; j++)
            *weighted++ = h[i] * x[j];
}

/* Column sums of the rows by h: what a column of ones has with them. */
static void add_sums(const struct gram_rows *rows, const double *h, double sign,
                     double *sums, size_t stride)
{
    blasint n = (blasint)rows->n_rows, d = (blasint)rows->n_columns;
    if (d > 0)
        cblas_dgemv(CblasRowMajor, CblasTrans, n, d, sign, rows->x, (blasint)rows->stride,
                    h, 1, 1, sums, (blasint)stride);
}

static void add_dense(const struct gram_rows *a, const struct gram_rows *b,
                      const double *h, double sign, double *scratch, double *product,
                      size_t stride)
{
    blasint n = (blasint)a->n_rows, p = (blasint)a->n_columns, q = (blasint)b->n_columns;
    if (a->intercept) {
        for (size_t i = 0; b->intercept && i < a->n_rows; i++)
            product[0] += sign * h[i];
        add_sums(b, h, sign, product + b->intercept, 1);
        product += stride;
    }
    if (b->intercept)
        add_sums(a, h, sign, product, stride);
    if (p == 0 || q == 0)
        return;
    weigh(a, h, scratch);
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, p, q, n, sign, scratch, p, b->x,
                (blasint)b->stride, 1, product + b->intercept, (blasint)stride);
}

void cross_add(const struct gram_rows *a, const struct gram_rows *b, const double *h,
               double sign, double *scratch, double *product, size_t stride)
{
    if (a->x)
        add_dense(a, b, h, sign, scratch, product, stride);
    else
        add_sparse(a, b, h, sign, product, stride);
}
