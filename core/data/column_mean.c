#include "core/data/column_mean.h"

#include <math.h>

#define PIECE_ROWS 1024U

struct sums {
    long double weights, values;
};

static void read_numbers(const struct table *table, size_t column, uint64_t first,
                         size_t n, double *numbers)
{
    if (column != COLUMN_MEAN_NONE)
        table_read_numbers(table, column, first, n, numbers);
    for (size_t i = 0; column == COLUMN_MEAN_NONE && i < n; i++)
        numbers[i] = 1;
}

double column_mean(const struct table *table, size_t column, const unsigned char *keep,
                   size_t weights, size_t trials)
{
    double x[PIECE_ROWS], w[PIECE_ROWS], t[PIECE_ROWS];
    uint64_t n_rows = table_summary(table)->n_rows;
    struct sums sums = {0, 0};
    for (uint64_t first = 0; first < n_rows; first += PIECE_ROWS) {
        size_t n = n_rows - first < PIECE_ROWS ? (size_t)(n_rows - first) : PIECE_ROWS;
        read_numbers(table, column, first, n, x);
        read_numbers(table, weights, first, n, w);
        read_numbers(table, trials, first, n, t);
        for (size_t i = 0; i < n; i++) {
            if ((keep && !keep[first + i]) || isnan(x[i]) || !(w[i] > 0) || !(t[i] > 0))
                continue;
            sums.weights += (long double)w[i] * t[i];
            sums.values += (long double)w[i] * t[i] * x[i];
        }
    }
    return sums.weights > 0 ? (double)(sums.values / sums.weights) : (double)NAN;
}
