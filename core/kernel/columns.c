#include "core/kernel/columns.h"

#include <string.h>

#include "core/kernel/row_products.h"

#define LANES 8U

static double add_up(const double *sums)
{
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) +
           ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

static double dense_dot(const double *u, const double *v, size_t n)
{
    double sums[LANES] = {0}, rest = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            sums[k] += u[i + k] * v[i + k];
    for (; i < n; i++)
        rest += u[i] * v[i];
    return add_up(sums) + rest;
}

static double dense_square(const double *u, const double *h, size_t n)
{
    double sums[LANES] = {0}, rest = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            sums[k] += h[i + k] * u[i + k] * u[i + k];
    for (; i < n; i++)
        rest += h[i] * u[i] * u[i];
    return add_up(sums) + rest;
}

/* Four sums, as one alone would wait for itself. */
static double sparse_dot(const uint32_t *rows, const double *values, uint64_t n,
                         const double *v)
{
    double a = 0, b = 0, c = 0, d = 0;
    uint64_t e = 0;
    for (; e + 4 <= n; e += 4) {
        a += values[e] * v[rows[e]];
        b += values[e + 1] * v[rows[e + 1]];
        c += values[e + 2] * v[rows[e + 2]];
        d += values[e + 3] * v[rows[e + 3]];
    }
    for (; e < n; e++)
        a += values[e] * v[rows[e]];
    return (a + b) + (c + d);
}

double columns_dot(const struct columns *columns, size_t j, const double *v)
{
    if (!columns->starts)
        return dense_dot(columns->x + j * columns->stride, v, columns->n_rows);
    uint64_t first = columns->starts[j];
    return sparse_dot(columns->rows + first, columns->values + first,
                      columns->starts[j + 1] - first, v);
}

double columns_square(const struct columns *columns, size_t j, const double *h)
{
    double sum = 0;
    if (!columns->starts)
        return dense_square(columns->x + j * columns->stride, h, columns->n_rows);
    for (uint64_t e = columns->starts[j]; e < columns->starts[j + 1]; e++)
        sum += columns->values[e] * columns->values[e] * h[columns->rows[e]];
    return sum;
}

void columns_add(const struct columns *columns, size_t j, double factor, double *v)
{
    if (!columns->starts) {
        const double *restrict u = columns->x + j * columns->stride;
        double *restrict to = v;
        for (size_t i = 0; i < columns->n_rows; i++)
            to[i] += factor * u[i];
        return;
    }
    for (uint64_t e = columns->starts[j]; e < columns->starts[j + 1]; e++)
        v[columns->rows[e]] += factor * columns->values[e];
}

void columns_add_weighted(const struct columns *columns, size_t j, double factor,
                          const double *h, double *v)
{
    if (!columns->starts) {
        const double *restrict u = columns->x + j * columns->stride;
        double *restrict to = v;
        for (size_t i = 0; i < columns->n_rows; i++)
            to[i] += factor * h[i] * u[i];
        return;
    }
    for (uint64_t e = columns->starts[j]; e < columns->starts[j + 1]; e++) {
        uint32_t row = columns->rows[e];
        v[row] += factor * columns->values[e] * h[row];
    }
}

/* Dense columns are the rows of a matrix. */
void columns_product(const struct columns *columns, const double *v, double *product)
{
    if (columns->starts) {
        for (size_t j = 0; j < columns->n; j++)
            product[j] = columns_dot(columns, j, v);
        return;
    }
    memset(product, 0, columns->n * sizeof(*product));
    row_products_of(instructions_best())
        ->margins(columns->n, columns->n_rows, columns->x, columns->stride, v, product);
}
