#include "core/kernel/affine.h"

#include <check.h>

#include "core/base/random.h"
#include "core/kernel/instructions.h"

enum { ROWS = 5, COLUMNS = 40, PADDING = 8 };

static affine_rows_fn *const variants[INSTRUCTIONS_N] = {
    affine_plain_rows, affine_avx2_rows, affine_avx512_rows};

static double x[ROWS * COLUMNS], factor[COLUMNS], centre[COLUMNS];
static double u[ROWS * (COLUMNS + PADDING) + 1];

static void draw(void)
{
    struct random random = random_start(41, 0);
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        x[i] = random_normal(&random);
    for (size_t j = 0; j < COLUMNS; j++) {
        factor[j] = random_normal(&random);
        centre[j] = random_normal(&random);
    }
}

/* Zeros behind the last column; whatever stands behind the last row stays. */
static void check(affine_rows_fn *rows, size_t d, size_t stride)
{
    for (size_t i = 0; i <= ROWS * stride; i++)
        u[i] = 7;
    rows(ROWS, d, x, factor, centre, u, stride);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < stride; j++) {
            double product = j < d ? x[i * d + j] * factor[j] : 0;
            double expected = j < d ? product - centre[j] : 0;
            if (!(u[i * stride + j] == expected))
                ck_abort_msg("row %zu, column %zu of %zu", i, j, d);
        }
    ck_assert_double_eq(u[ROWS * stride], 7);
}

START_TEST(every_instruction_set_scales_and_shifts_each_column)
{
    draw();
    for (int set = 0; set <= (int)instructions_best(); set++)
        for (size_t d = 1; d <= COLUMNS; d++)
            for (size_t stride = d; stride <= (d + 7) / 8 * 8; stride++)
                check(variants[set], d, stride);
    check(affine_rows, COLUMNS, COLUMNS);
    affine_rows(ROWS, 0, x, factor, centre, u, 0);
    ck_assert_double_eq(u[0], x[0] * factor[0] - centre[0]);
}
END_TEST

TCase *affine_test(void)
{
    TCase *tests = tcase_create("affine");
    tcase_add_test(tests, every_instruction_set_scales_and_shifts_each_column);
    return tests;
}
