#include "core/kernel/gram_sparse.h"

#include <math.h>

#include "core/kernel/gram_entries.h"

/* to[n] += a·from[n] */
static inline void add_scaled(size_t n, double a, const double *restrict from,
                              double *restrict to)
{
    for (size_t k = 0; k < n; k++)
        to[k] += a * from[k];
}

/* ---- one vector ---- */

/* In four sums, so that an addition need not wait for the one before. */
static double sum_entries(size_t n, const uint32_t *columns, const double *values,
                          const double *terms)
{
    double a = 0, b = 0, c = 0, d = 0;
    size_t e = 0;
    for (; e + 4 <= n; e += 4) {
        a += values[e] * terms[columns[e]];
        b += values[e + 1] * terms[columns[e + 1]];
        c += values[e + 2] * terms[columns[e + 2]];
        d += values[e + 3] * terms[columns[e + 3]];
    }
    for (; e < n; e++)
        a += values[e] * terms[columns[e]];
    return (a + b) + (c + d);
}

static void add_margins(const struct gram_rows *rows, const double *beta, double *z,
                        size_t z_stride)
{
    const double *terms = beta + rows->intercept;
    for (size_t i = 0; i < rows->n_rows; i++) {
        size_t first = rows->starts[i];
        double sum = rows->intercept ? beta[0] : 0;
        z[i * z_stride] +=
            sum + sum_entries(rows->starts[i + 1] - first, rows->columns + first,
                              rows->values + first, terms);
    }
}

/* Columns of a row differ, so that none waits for the one before. */
static void add_entries(size_t n, const uint32_t *restrict columns,
                        const double *restrict values, double factor,
                        double *restrict terms)
{
    size_t e = 0;
    for (; e + 4 <= n; e += 4) {
        double a = terms[columns[e]] + values[e] * factor;
        double b = terms[columns[e + 1]] + values[e + 1] * factor;
        double c = terms[columns[e + 2]] + values[e + 2] * factor;
        double d = terms[columns[e + 3]] + values[e + 3] * factor;
        terms[columns[e]] = a;
        terms[columns[e + 1]] = b;
        terms[columns[e + 2]] = c;
        terms[columns[e + 3]] = d;
    }
    for (; e < n; e++)
        terms[columns[e]] += values[e] * factor;
}

static void add_product(const struct gram_rows *rows, const double *v, size_t v_stride,
                        double *product)
{
    for (size_t i = 0; i < rows->n_rows; i++) {
        size_t first = rows->starts[i];
        double factor = v[i * v_stride];
        if (rows->intercept)
            product[0] += factor;
        add_entries(rows->starts[i + 1] - first, rows->columns + first,
                    rows->values + first, factor, product + rows->intercept);
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
    const struct gram_entries *entries = gram_entries_of(instructions_best());
    for (size_t i = 0; i < rows->n_rows; i++, z += z_stride) {
        size_t first = rows->starts[i], n = rows->starts[i + 1] - first;
        if (rows->intercept)
            add_scaled(n_blocks, 1, beta, z);
        entries->margins(n, rows->columns + first, rows->values + first, n_blocks,
                         beta + rows->intercept * n_blocks, z);
    }
}

void gram_sparse_add_product(const struct gram_rows *rows, const double *v,
                             size_t n_blocks, size_t v_stride, double *product)
{
    if (n_blocks == 1) {
        add_product(rows, v, v_stride, product);
        return;
    }
    const struct gram_entries *entries = gram_entries_of(instructions_best());
    for (size_t i = 0; i < rows->n_rows; i++, v += v_stride) {
        size_t first = rows->starts[i], n = rows->starts[i + 1] - first;
        if (rows->intercept)
            add_scaled(n_blocks, 1, v, product);
        entries->product(n, rows->columns + first, rows->values + first, n_blocks, v,
                         product + rows->intercept * n_blocks);
    }
}

void gram_sparse_add_squares(const struct gram_rows *rows, const double *h,
                             size_t n_blocks, size_t h_stride, double *squares)
{
    double *terms = squares + rows->intercept * n_blocks;
    for (size_t i = 0; i < rows->n_rows; i++, h += h_stride) {
        if (rows->intercept)
            add_scaled(n_blocks, 1, h, squares);
        for (size_t e = rows->starts[i]; e < rows->starts[i + 1]; e++)
            add_scaled(n_blocks, rows->values[e] * rows->values[e], h,
                       terms + rows->columns[e] * n_blocks);
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
                        sum_of_sizes(n_blocks, terms + rows->columns[e] * n_blocks);
    }
}

/* ---- cross-products ---- */

/* One row: its entries, and where the rows of `gram` that follow the intercept's begin.
 */
struct row {
    size_t n;
    const uint32_t *columns;
    const double *x;
    bool has_ones; /* alone: as a product with 1 changes nothing, none is formed */
    double *gram;
    size_t stride, intercept;
};

static bool has_ones(size_t n, const double *x)
{
    bool has = true;
    for (size_t e = 0; e < n; e++)
        has &= x[e] == 1;
    return has;
}

/* The line of an entry, behind the intercept's share of h·x, which it takes. */
static double *begin_line(const struct row *row, size_t e, double share)
{
    double *line = row->gram + row->columns[e] * row->stride;
    if (row->intercept)
        *line += share;
    return line + row->intercept;
}

static void add_line(const struct row *row, size_t e, double weight)
{
    double share = weight * row->x[e], *line = begin_line(row, e, share);
    for (size_t f = 0; f <= e; f++)
        line[row->columns[f]] += share * row->x[f];
}

/* Of two entries at once, which read each column once. */
static void add_lines(const struct row *row, size_t e, double weight)
{
    double share = weight * row->x[e], other = weight * row->x[e + 1];
    double *restrict line = begin_line(row, e, share);
    double *restrict next = begin_line(row, e + 1, other);
    const uint32_t *columns = row->columns;
    for (size_t f = 0; row->has_ones && f <= e; f++) {
        line[columns[f]] += weight;
        next[columns[f]] += weight;
    }
    for (size_t f = 0; !row->has_ones && f <= e; f++) {
        line[columns[f]] += share * row->x[f];
        next[columns[f]] += other * row->x[f];
    }
    next[columns[e + 1]] += other * row->x[e + 1];
}

void gram_sparse_add(const struct gram_rows *rows, const double *h, double sign,
                     double *gram, size_t stride)
{
    struct row row = {.gram = gram + rows->intercept * stride,
                      .stride = stride,
                      .intercept = rows->intercept};
    for (size_t i = 0; i < rows->n_rows; i++) {
        double weight = sign * h[i];
        size_t e = 0;
        row.n = rows->starts[i + 1] - rows->starts[i];
        row.columns = rows->columns + rows->starts[i];
        row.x = rows->values + rows->starts[i];
        row.has_ones = has_ones(row.n, row.x);
        if (rows->intercept)
            gram[0] += weight;
        for (; e + 2 <= row.n; e += 2)
            add_lines(&row, e, weight);
        if (e < row.n)
            add_line(&row, e, weight);
    }
}
