#include "core/kernel/gram_tile.h"

#include <check.h>

#include "core/base/random.h"

#define N 37

static _Alignas(64) double a[N * GRAM_TILE_WIDTH], b[N * GRAM_TILE_WIDTH],
    weighted[N * GRAM_TILE_WIDTH];
static double h[N];

static void draw(void)
{
    struct random random = random_start(31, 0);
    for (size_t i = 0; i < N * GRAM_TILE_WIDTH; i++) {
        a[i] = random_normal(&random);
        b[i] = random_normal(&random);
    }
    for (size_t i = 0; i < N; i++)
        h[i] = random_uniform(&random);
}

START_TEST(every_instruction_set_multiplies_panels)
{
    draw();
    for (int set = 0; set <= (int)instructions_best(); set++)
        for (size_t n = 0; n <= N; n += 1 + n / 4) {
            double sums[GRAM_TILE_SUMS];
            gram_tile_of((enum instructions)set)->product(n, a, b, sums);
            for (size_t k = 0; k < GRAM_TILE_WIDTH; k++)
                for (size_t l = 0; l < GRAM_TILE_WIDTH; l++) {
                    long double sum = 0;
                    for (size_t r = 0; r < n; r++)
                        sum += (long double)a[GRAM_TILE_WIDTH * r + k] *
                               b[GRAM_TILE_WIDTH * r + l];
                    ck_assert_double_eq_tol(sums[GRAM_TILE_WIDTH * k + l], (double)sum,
                                            1e-14);
                }
        }
}
END_TEST

START_TEST(every_instruction_set_weighs_panels)
{
    draw();
    for (int set = 0; set <= (int)instructions_best(); set++) {
        double sums[GRAM_TILE_WIDTH];
        gram_tile_of((enum instructions)set)->weigh(N, h, a, weighted, sums);
        for (size_t k = 0; k < GRAM_TILE_WIDTH; k++) {
            double sum = 0;
            for (size_t r = 0; r < N; r++) {
                double product = h[r] * a[GRAM_TILE_WIDTH * r + k];
                ck_assert_double_eq(weighted[GRAM_TILE_WIDTH * r + k], product);
                sum += product;
            }
            ck_assert_double_eq(sums[k], sum);
        }
    }
}
END_TEST

TCase *gram_tile_test(void)
{
    TCase *tests = tcase_create("gram_tile");
    tcase_add_test(tests, every_instruction_set_multiplies_panels);
    tcase_add_test(tests, every_instruction_set_weighs_panels);
    return tests;
}
