#include "core/kernel/affine.h"

#include <check.h>

#include "core/base/random.h"
#include "core/kernel/instructions.h"

#define ROWS 5
#define COLUMNS 40

static affine_rows_fn *const variants[INSTRUCTIONS_N] = {
    affine_plain_rows, affine_avx2_rows, affine_avx512_rows};

/* Whatever stands behind the last number stays. */
START_TEST(every_instruction_set_scales_and_shifts_each_column)
{
    static double x[ROWS * COLUMNS], factor[COLUMNS], centre[COLUMNS];
    static double u[ROWS * COLUMNS + 1];
    struct random random = random_start(41, 0);
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        x[i] = random_normal(&random);
    for (size_t j = 0; j < COLUMNS; j++) {
        factor[j] = random_normal(&random);
        centre[j] = random_normal(&random);
    }
    for (int set = 0; set <= (int)instructions_best(); set++)
        for (size_t d = 0; d <= COLUMNS; d++) {
            u[ROWS * d] = 7;
            variants[set](ROWS, d, x, factor, centre, u);
            for (size_t i = 0; i < ROWS * d; i++) {
                double product = x[i] * factor[i % d];
                ck_assert_double_eq(u[i], product - centre[i % d]);
            }
            ck_assert_double_eq(u[ROWS * d], 7);
        }
    affine_rows(ROWS, COLUMNS, x, factor, centre, u);
    ck_assert_double_eq(u[COLUMNS + 1], x[COLUMNS + 1] * factor[1] - centre[1]);
}
END_TEST

TCase *affine_test(void)
{
    TCase *tests = tcase_create("affine");
    tcase_add_test(tests, every_instruction_set_scales_and_shifts_each_column);
    return tests;
}
