#include "core/kernel/gram_sparse.h"

#include <math.h>

#define AHEAD 8U /* entries: so early is asked for what lies anywhere in memory */

/* to[n] += a·from[n] */
static inline void add_scaled(size_t n, double a, const double *restrict from,
                              double *restrict to)
{
    for (size_t k = 0; k < n; k++)
        to[k] += a * from[k];
}

/* The numbers of the term that entry e is of; those of a later one are fetched. */
static inline size_t term_of(const struct gram_rows *rows, size_t e, size_t n_blocks,
                             const double *terms)
{
    size_t last = rows->starts[rows->n_rows] - 1, later = e + AHEAD;
    const double *next =
        terms + (size_t)rows->columns[later < last ? later : last] * n_blocks;
    for (size_t k = 0; k < n_blocks; k += 8)
        __builtin_prefetch(next + k);
    return (size_t)rows->columns[e] * n_blocks;
}

/* ---- one vector ---- */

static void add_margins(const struct gram_rows *rows, const double *beta, double *z,
                        size_t z_stride)
{
    const double *terms = beta + rows->intercept;
    for (size_t i = 0; i < rows->n_rows; i++) {
        double sum = rows->intercept ? beta[0] : 0;
        for (size_t e = rows->starts[i]; e < rows->starts[i + 1]; e++)
            sum += rows->values[e] * terms[rows->columns[e]];
        z[i * z_stride] += sum;
    }
}

static void add_product(const struct gram_rows *rows, const double *v, size_t v_stride,
                        double *product)
{
    double *terms = product + rows->intercept;
    for (size_t i = 0; i < rows->n_rows; i++) {
        double factor = v[i * v_stride];
        if (rows->intercept)
            product[0] += factor;
        for (size_t e = rows->starts[i]; e < rows->starts[i + 1]; e++)
            terms[rows->columns[e]] += rows->values[e] * factor;
    }
}

/* ---- vectors of all classes ---- */

void gram_sparse_add_margins(const struct gram_rows *rows, const double *beta,
                             size_t n_blocks, double *z, size_t z_stride)
{
    if (n_blocks == 1) {
        add_margins(rows, beta, z, z_stride);
        return;
    }
    for (size_t i = 0; i < rows->n_rows; i++, z += z_stride) {
        const double *terms = beta;
        if (rows->intercept) {
            add_scaled(n_blocks, 1, beta, z);
            terms += n_blocks;
        }
        for (size_t e = rows->starts[i]; e < rows->starts[i + 1]; e++)
            add_scaled(n_blocks, rows->values[e],
                       terms + term_of(rows, e, n_blocks, terms), z);
    }
}

void gram_sparse_add_product(const struct gram_rows *rows, const double *v,
                             size_t n_blocks, size_t v_stride, double *product)
{
    if (n_blocks == 1) {
        add_product(rows, v, v_stride, product);
        return;
    }
    for (size_t i = 0; i < rows->n_rows; i++, v += v_stride) {
        double *terms = product;
        if (rows->intercept) {
            add_scaled(n_blocks, 1, v, product);
            terms += n_blocks;
        }
        for (size_t e = rows->starts[i]; e < rows->starts[i + 1]; e++)
            add_scaled(n_blocks, rows->values[e], v,
                       terms + term_of(rows, e, n_blocks, terms));
    }
}

void gram_sparse_add_squares(const struct gram_rows *rows, const double *h,
                             size_t n_blocks, size_t h_stride, double *squares)
{
    for (size_t i = 0; i < rows->n_rows; i++, h += h_stride) {
        double *terms = squares;
        if (rows->intercept) {
            add_scaled(n_blocks, 1, h, squares);
            terms += n_blocks;
        }
        for (size_t e = rows->starts[i]; e < rows->starts[i + 1]; e++)
            add_scaled(n_blocks, rows->values[e] * rows->values[e], h,
                       terms + term_of(rows, e, n_blocks, terms));
    }
}

static double sum_of_sizes(size_t n, const double *values)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += fabs(values[k]);
    return sum;
}

void gram_sparse_add_sizes(const struct gram_rows *rows, const double *beta,
                           size_t n_blocks, double *sizes)
{
    const double *terms = beta + (rows->intercept ? n_blocks : 0);
    for (size_t i = 0; i < rows->n_rows; i++) {
        sizes[i] += rows->intercept ? sum_of_sizes(n_blocks, beta) : 0;
        for (size_t e = rows->starts[i]; e < rows->starts[i + 1]; e++)
            sizes[i] += fabs(rows->values[e]) *
                        sum_of_sizes(n_blocks, terms + term_of(rows, e, n_blocks, terms));
    }
}

/* ---- cross-products ---- */

/* h·x_j x_k of a row's columns j ≥ k, at the rows of `gram` that follow the intercept's.
 */
static void add_row(const struct gram_rows *rows, size_t i, double weight, double *gram,
                    size_t stride)
{
    const double *x = rows->values;
    const uint32_t *columns = rows->columns;
    for (size_t e = rows->starts[i]; e < rows->starts[i + 1]; e++) {
        double *line = gram + columns[e] * stride, share = weight * x[e];
        if (rows->intercept)
            *line++ += share;
        for (size_t f = rows->starts[i]; f <= e; f++)
            line[columns[f]] += share * x[f];
    }
}

void gram_sparse_add(const struct gram_rows *rows, const double *h, double sign,
                     double *gram, size_t stride)
{
    for (size_t i = 0; i < rows->n_rows; i++) {
        double weight = sign * h[i];
        if (rows->intercept)
            gram[0] += weight;
        add_row(rows, i, weight, gram + rows->intercept * stride, stride);
    }
}
