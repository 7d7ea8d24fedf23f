#include "core/kernel/gram_classes.h"

/* to[n] += a·from[n] */
static inline void add_scaled(size_t n, double a, const double *restrict from,
                              double *restrict to)
{
    for (size_t q = 0; q < n; q++)
        to[q] += a * from[q];
}

void gram_classes_plain_product(const struct gram_rows *rows, size_t n_weights,
                                const double *h, double *sums)
{
    size_t intercept = rows->intercept;
    for (size_t r = 0; r < rows->n_rows; r++, h += n_weights) {
        if (intercept)
            add_scaled(n_weights, 1, h, sums);
        for (size_t e = rows->starts[r]; e < rows->starts[r + 1]; e++)
            add_scaled(n_weights, rows->values[e], h,
                       sums + (rows->columns[e] + intercept) * n_weights);
    }
}

/* One entry of a row, with those up to it; some weights, for which there is room. */
static void cross_entry(const struct gram_rows *rows, size_t first, size_t e,
                        size_t n_weights, const double *h, double *sums)
{
    double shares[GRAM_CLASSES_WIDTH];
    size_t intercept = rows->intercept, term = rows->columns[e] + intercept;
    double *line = sums + term * (term + 1) / 2 * n_weights;
    for (size_t q = 0; q < GRAM_CLASSES_WIDTH; q++)
        shares[q] = rows->values[e] * h[q];
    if (intercept)
        add_scaled(GRAM_CLASSES_WIDTH, 1, shares, line);
    line += intercept * n_weights;
    for (size_t f = first; f <= e; f++)
        add_scaled(GRAM_CLASSES_WIDTH, rows->values[f], shares,
                   line + rows->columns[f] * n_weights);
}

void gram_classes_plain_cross(const struct gram_rows *rows, size_t n_weights,
                              const double *h, double *sums)
{
    for (size_t r = 0; r < rows->n_rows; r++, h += n_weights)
        for (size_t q = 0; q < n_weights; q += GRAM_CLASSES_WIDTH) {
            if (rows->intercept)
                add_scaled(GRAM_CLASSES_WIDTH, 1, h + q, sums + q);
            for (size_t e = rows->starts[r]; e < rows->starts[r + 1]; e++)
                cross_entry(rows, rows->starts[r], e, n_weights, h + q, sums + q);
        }
}
