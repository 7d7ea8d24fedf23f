#include "core/kernel/column_sums.h"

#include <math.h>
#include <stdint.h>

#include "core/base/memory.h"
#include "core/kernel/instructions.h"

#define LANES 8U
#define WIDE                                                                             \
    64U /* columns from which on a last vector that is not full does not count           \
         */

static void add(size_t n_rows, size_t n, const double *x, const double *w,
                struct column_sums *sums)
{
    static column_sums_fn *const variants[INSTRUCTIONS_N] = {
        [INSTRUCTIONS_PLAIN] = column_sums_plain_add,
        [INSTRUCTIONS_AVX2] = column_sums_avx2_add,
        [INSTRUCTIONS_AVX512] = column_sums_avx512_add};
    variants[instructions_best()](n_rows, n, x, w, sums);
}

/* The fewest that fill vectors. */
static size_t rows_beside(size_t n_columns)
{
    size_t n = 1;
    while (n_columns < WIDE && n * n_columns % LANES != 0)
        n *= 2;
    return n;
}

static void list_shifted(struct column_sums *sums)
{
    for (size_t j = 0; j < sums->n_columns; j++)
        if (sums->near[j] != 0)
            sums->shifted[sums->n_shifted++] = (uint32_t)j;
}

int column_sums_new(struct column_sums *sums, size_t n_columns, const double *near,
                    struct error *err)
{
    struct column_sums made = {.n_columns = n_columns, .n_rows = rows_beside(n_columns)};
    size_t n, n_cells;
    if (!memory_product(made.n_rows, n_columns, &n) || !memory_product(n, 5, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    made.near = memory_take_aligned(n_cells, sizeof(double), err);
    made.shifted = memory_new(n_columns, sizeof(*made.shifted), err);
    if (!made.near || !made.shifted) {
        column_sums_free(&made);
        return -1;
    }
    made.deviations = made.near + n;
    made.squares = made.deviations + n;
    made.least = made.squares + n;
    made.greatest = made.least + n;
    for (size_t i = 0; i < n; i += n_columns)
        for (size_t j = 0; j < n_columns; j++)
            made.near[i + j] = near ? near[j] : 0;
    list_shifted(&made);
    column_sums_clear(&made);
    *sums = made;
    return 0;
}

void column_sums_free(struct column_sums *sums)
{
    memory_free(sums->near);
    memory_free(sums->shifted);
    *sums = (struct column_sums){0};
}

void column_sums_clear(struct column_sums *sums)
{
    for (size_t i = 0; i < sums->n_rows * sums->n_columns; i++) {
        sums->deviations[i] = sums->squares[i] = 0;
        sums->least[i] = INFINITY;
        sums->greatest[i] = -INFINITY;
    }
}

void column_sums_add(struct column_sums *sums, size_t n_rows, const double *x,
                     const double *weights)
{
    size_t d = sums->n_columns, n_together = weights ? 0 : n_rows / sums->n_rows;
    size_t n_done = n_together * sums->n_rows;
    add(n_together, sums->n_rows * d, x, NULL, sums);
    add(n_rows - n_done, d, x + n_done * d, weights, sums);
}

/* ---- entries ---- */

static void add_number(struct column_sums *sums, size_t at, double w, double x)
{
    double a = x - sums->near[at];
    sums->deviations[at] += w * a;
    sums->squares[at] += w * (a * a);
    sums->least[at] = x < sums->least[at] ? x : sums->least[at];
    sums->greatest[at] = x > sums->greatest[at] ? x : sums->greatest[at];
}

/* A row among the sums of which the first is `first`. A 0 adds nothing but where near is
 * another number. */
static void add_row(struct column_sums *sums, size_t first, size_t n,
                    const uint32_t *columns, const double *values, double w)
{
    const uint32_t *shifted = sums->shifted, *end = shifted + sums->n_shifted;
    for (size_t e = 0; e < n; e++) {
        for (; shifted < end && *shifted < columns[e]; shifted++)
            add_number(sums, first + *shifted, w, 0);
        shifted += shifted < end && *shifted == columns[e];
        add_number(sums, first + columns[e], w, values[e]);
    }
    for (; shifted < end; shifted++)
        add_number(sums, first + *shifted, w, 0);
}

/* The same of a row of weight 1, where near is 0. */
static void add_plain_row(const struct column_sums *sums, size_t first, size_t n,
                          const uint32_t *columns, const double *values)
{
    double *restrict deviations = sums->deviations + first;
    double *restrict squares = sums->squares + first;
    double *restrict least = sums->least + first;
    double *restrict greatest = sums->greatest + first;
    for (size_t e = 0; e < n; e++) {
        uint32_t j = columns[e];
        double x = values[e], low = least[j], high = greatest[j];
        deviations[j] += x;
        squares[j] += x * x;
        least[j] = x < low ? x : low;
        greatest[j] = x > high ? x : high;
    }
}

void column_sums_add_entries(struct column_sums *sums, size_t n_rows,
                             const uint64_t *starts, const uint32_t *columns,
                             const double *values, const double *weights)
{
    size_t n_together = weights ? 0 : n_rows - n_rows % sums->n_rows;
    for (size_t i = 0; i < n_rows; i++) {
        double w = weights ? weights[i] : 1;
        size_t place = i < n_together ? i % sums->n_rows : 0;
        size_t n = starts[i + 1] - starts[i], first = place * sums->n_columns;
        if (w == 1 && sums->n_shifted == 0)
            add_plain_row(sums, first, n, columns + starts[i], values + starts[i]);
        else if (w > 0)
            add_row(sums, first, n, columns + starts[i], values + starts[i], w);
    }
}

struct column_sum column_sums_fold(const struct column_sums *sums, size_t column)
{
    struct column_sum sum = {.least = INFINITY, .greatest = -INFINITY};
    for (size_t i = 0, at = column; i < sums->n_rows; i++, at += sums->n_columns) {
        sum.deviations += sums->deviations[at];
        sum.squares += sums->squares[at];
        sum.least = sums->least[at] < sum.least ? sums->least[at] : sum.least;
        sum.greatest =
            sums->greatest[at] > sum.greatest ? sums->greatest[at] : sum.greatest;
    }
    return sum;
}
