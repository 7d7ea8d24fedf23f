#include "core/kernel/gram_tile.h"

#include <check.h>
#include <math.h>

#include "core/base/random.h"

enum { N = 37, STRIDE = 56, MOST = GRAM_TILE_WIDTH * GRAM_TILE_MOST_PANELS };

static _Alignas(64) double x[N * STRIDE], weighted[N * GRAM_TILE_WIDTH];
static double h[N];

static void draw(void)
{
    struct random random = random_start(31, 0);
    for (size_t i = 0; i < N * STRIDE; i++)
        x[i] = random_normal(&random);
    for (size_t i = 0; i < N * GRAM_TILE_WIDTH; i++)
        weighted[i] = random_normal(&random);
    for (size_t i = 0; i < N; i++)
        h[i] = random_uniform(&random);
}

static long double product(size_t n, size_t k, size_t l)
{
    long double sum = 0;
    for (size_t r = 0; r < n; r++)
        sum += (long double)weighted[GRAM_TILE_WIDTH * r + k] * x[STRIDE * r + l];
    return sum;
}

/* Whatever stands behind the last sum stays. */
static void check_strip(enum instructions set, size_t n, size_t n_used, size_t n_panels)
{
    double sums[GRAM_TILE_WIDTH * MOST + 1];
    struct gram_tile_ahead ahead = {(const char *)x, 100};
    size_t width = GRAM_TILE_WIDTH * n_panels;
    sums[GRAM_TILE_WIDTH * width] = 7;
    gram_tile_of(set)->strip(n, weighted, n_used, x, STRIDE, n_panels, &ahead, sums);
    ck_assert_ptr_eq(ahead.at + GRAM_TILE_LINE * ahead.n_lines, (const char *)x + 6400);
    for (size_t k = 0; k < n_used; k++)
        for (size_t l = 0; l < width; l++)
            if (!(fabsl(sums[k * width + l] - product(n, k, l)) <= 1e-13L))
                ck_abort_msg("set %d, %zu rows, %zu of %zu: %zu, %zu", (int)set, n,
                             n_used, n_panels, k, l);
    ck_assert_double_eq(sums[GRAM_TILE_WIDTH * width], 7);
}

START_TEST(every_instruction_set_multiplies_strips)
{
    draw();
    for (int set = 0; set <= (int)instructions_best(); set++)
        for (size_t n = 0; n <= N; n += 1 + n / 3)
            for (size_t n_used = 1; n_used <= GRAM_TILE_WIDTH; n_used++)
                for (size_t panels = 1; panels <= GRAM_TILE_MOST_PANELS; panels++)
                    check_strip((enum instructions)set, n, n_used, panels);
}
END_TEST

START_TEST(every_instruction_set_weighs_panels)
{
    draw();
    for (int set = 0; set <= (int)instructions_best(); set++) {
        double sums[GRAM_TILE_WIDTH];
        gram_tile_of((enum instructions)set)->weigh(N, h, x, STRIDE, weighted, sums);
        for (size_t k = 0; k < GRAM_TILE_WIDTH; k++) {
            double sum = 0;
            for (size_t r = 0; r < N; r++) {
                double of_row = h[r] * x[STRIDE * r + k];
                ck_assert_double_eq(weighted[GRAM_TILE_WIDTH * r + k], of_row);
                sum += of_row;
            }
            ck_assert_double_eq_tol(sums[k], sum, 1e-14);
        }
    }
}
END_TEST

START_TEST(every_instruction_set_adds_sums)
{
    draw();
    for (int set = 0; set <= (int)instructions_best(); set++)
        for (size_t n = 0; n <= MOST; n++) {
            double gram[MOST + 1];
            for (size_t l = 0; l <= MOST; l++)
                gram[l] = 3;
            gram_tile_of((enum instructions)set)->add(n, x, -1, gram);
            for (size_t l = 0; l <= MOST; l++)
                if (!(gram[l] == (l < n ? 3 - x[l] : 3)))
                    ck_abort_msg("set %d, %zu of %zu", set, l, n);
        }
}
END_TEST

TCase *gram_tile_test(void)
{
    TCase *tests = tcase_create("gram_tile");
    tcase_add_test(tests, every_instruction_set_multiplies_strips);
    tcase_add_test(tests, every_instruction_set_weighs_panels);
    tcase_add_test(tests, every_instruction_set_adds_sums);
    return tests;
}
