#include "tests/support/coded_design.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/base/random.h"

#define SEED 71

size_t coded_design_level(const struct coded_factors *factors, size_t row, size_t factor)
{
    struct random random = random_start(SEED, factor);
    random_jump(&random, row);
    double u = random_uniform(&random);
    return (size_t)(u * (1 + u) / 2 * (double)factors->n_levels[factor]);
}

static bool lacks(const struct coded_factors *factors, size_t factor)
{
    return factors->lacks_first && factor > 0;
}

size_t coded_design_column(const struct coded_factors *factors, size_t factor,
                           size_t level)
{
    size_t first = factors->n_numbers;
    for (size_t f = 0; f < factor; f++)
        first += factors->n_levels[f] - lacks(factors, f);
    return lacks(factors, factor) && level == 0 ? SIZE_MAX
                                                : first + level - lacks(factors, factor);
}

static void *numbers(size_t n, size_t size)
{
    void *made = memory_new_aligned(n, size, NULL);
    ck_assert_ptr_nonnull(made);
    return made;
}

static void add_entry(struct design *design, size_t row, size_t column, double value)
{
    size_t at = design->starts[row + 1]++;
    design->columns[at] = (uint32_t)column;
    design->values[at] = value;
}

static void fill_row(struct design *design, const struct coded_factors *factors,
                     size_t row)
{
    design->starts[row + 1] = design->starts[row];
    for (size_t k = 0; k < factors->n_numbers; k++)
        add_entry(design, row, k, sin((double)(row * 7 + k * 3)) + (double)k);
    for (size_t f = 0; f < factors->n_factors; f++) {
        size_t level = coded_design_level(factors, row, f);
        size_t column = coded_design_column(factors, f, level);
        if (column != SIZE_MAX)
            add_entry(design, row, column, 1);
    }
    design->y[row] = (double)((row * row + row / 3) % 7 > 3);
}

void coded_design_new(struct design *design, const struct coded_factors *factors,
                      size_t n_rows)
{
    size_t most = factors->n_numbers + factors->n_factors, last = factors->n_factors - 1;
    *design = (struct design){
        .storage = DESIGN_CSR_F64,
        .n_rows = n_rows,
        .n_columns = coded_design_column(factors, last, factors->n_levels[last] - 1) + 1,
        .n_blocks = (n_rows + DESIGN_BLOCK_ROWS - 1) / DESIGN_BLOCK_ROWS,
        .n_classes = 2,
        .sum_weights = (double)n_rows,
        .longest_row = most,
        .y = numbers(n_rows, sizeof(double)),
        .starts = numbers(n_rows + 1, sizeof(uint64_t)),
        .columns = numbers(n_rows * most, sizeof(uint32_t)),
        .values = numbers(n_rows * most, sizeof(double))};
    for (size_t i = 0; i < n_rows; i++)
        fill_row(design, factors, i);
}
