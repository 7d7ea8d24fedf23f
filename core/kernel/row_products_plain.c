#include "core/kernel/row_products.h"

#define PARTS 4U /* of a row's sum, that do not wait for each other */

void row_products_plain_margins(size_t n_rows, size_t d, const double *x, size_t stride,
                                const double *beta, double *z)
{
    for (size_t i = 0; i < n_rows; i++, x += stride) {
        double sum[PARTS] = {0};
        size_t j = 0;
        for (; j + PARTS <= d; j += PARTS)
            for (size_t k = 0; k < PARTS; k++)
                sum[k] += x[j + k] * beta[j + k];
        for (; j < d; j++)
            sum[0] += x[j] * beta[j];
        z[i] += (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
}

void row_products_plain_sum(size_t n_rows, size_t d, const double *x, size_t stride,
                            const double *v, double *product)
{
    for (size_t i = 0; i < n_rows; i++, x += stride)
        for (size_t j = 0; j < d; j++)
            product[j] += v[i] * x[j];
}

double row_products_plain_total(size_t n_rows, const double *v)
{
    double part[PARTS] = {0};
    size_t i = 0;
    for (; i + PARTS <= n_rows; i += PARTS)
        for (size_t k = 0; k < PARTS; k++)
            part[k] += v[i + k];
    for (; i < n_rows; i++)
        part[0] += v[i];
    return (part[0] + part[1]) + (part[2] + part[3]);
}
