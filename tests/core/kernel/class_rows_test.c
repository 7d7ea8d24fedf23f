#include "core/kernel/class_rows.h"

#include <check.h>
#include <math.h>
#include <stdbool.h>

#include "core/base/random.h"

#define MOST_ROWS 23U
#define MOST_COLUMNS 37U
#define MOST_BLOCKS 27U
#define STRIDE (MOST_BLOCKS + 2)

/* Of the least room: nothing may be read or written behind what is there. */
static double x[MOST_ROWS * (MOST_COLUMNS + 2)], terms[MOST_COLUMNS * MOST_BLOCKS + 1];
static double sums[MOST_COLUMNS * MOST_BLOCKS + 1];
static double z[MOST_ROWS * STRIDE], v[MOST_ROWS * STRIDE];

static void draw(double *numbers, size_t n, uint64_t seed)
{
    struct random random = random_start(seed, 0);
    for (size_t i = 0; i < n; i++)
        numbers[i] = random_normal(&random);
}

static void draw_all(void)
{
    draw(x, MOST_ROWS * (MOST_COLUMNS + 2), 1);
    draw(terms, MOST_COLUMNS * MOST_BLOCKS + 1, 2);
    draw(sums, MOST_COLUMNS * MOST_BLOCKS + 1, 3);
    draw(z, MOST_ROWS * STRIDE, 4);
    draw(v, MOST_ROWS * STRIDE, 5);
}

static void check_close(double is, long double expected, long double size)
{
    if (!(fabsl(is - expected) <= 1e-15L * size))
        ck_abort_msg("%.17g is not %.17Lg", is, expected);
}

static void check_margins(size_t n, size_t d, size_t n_blocks)
{
    double before[MOST_ROWS * STRIDE];
    draw(before, MOST_ROWS * STRIDE, 4);
    for (size_t i = 0; i < MOST_ROWS; i++)
        for (size_t k = 0; k < STRIDE; k++) {
            long double sum = before[i * STRIDE + k], size = 1 + fabsl(sum);
            for (size_t j = 0; i < n && k < n_blocks && j < d; j++) {
                long double product =
                    (long double)x[i * (d + 2) + j] * terms[j * n_blocks + k];
                sum += product;
                size += fabsl(product);
            }
            check_close(z[i * STRIDE + k], sum, i < n && k < n_blocks ? size : 0);
        }
}

static void check_product(size_t n, size_t d, size_t n_blocks)
{
    double before[MOST_COLUMNS * MOST_BLOCKS + 1];
    draw(before, MOST_COLUMNS * MOST_BLOCKS + 1, 3);
    for (size_t at = 0; at <= MOST_COLUMNS * MOST_BLOCKS; at++) {
        bool is_there = at < d * n_blocks;
        long double sum = before[at], size = 1 + fabsl(sum);
        for (size_t i = 0; is_there && i < n; i++) {
            long double product = (long double)x[i * (d + 2) + at / n_blocks] *
                                  v[i * STRIDE + at % n_blocks];
            sum += product;
            size += fabsl(product);
        }
        check_close(sums[at], sum, is_there ? size : 0);
    }
}

static void check_shape(const struct class_rows *rows, size_t n, size_t d,
                        size_t n_blocks)
{
    draw_all();
    rows->margins(n, d, x, d + 2, n_blocks, terms, z, STRIDE);
    rows->product(n, d, x, d + 2, n_blocks, v, STRIDE, sums);
    check_margins(n, d, n_blocks);
    check_product(n, d, n_blocks);
}

START_TEST(every_instruction_set_gives_the_sums_of_long_doubles)
{
    size_t n_blocks = (size_t)_i;
    for (int set = 0; set <= (int)instructions_best(); set++)
        for (size_t d = 0; d <= MOST_COLUMNS; d += d < 9 ? 1 : 7) {
            const struct class_rows *rows = class_rows_of((enum instructions)set);
            check_shape(rows, 1, d, n_blocks);
            check_shape(rows, MOST_ROWS, d, n_blocks);
        }
}
END_TEST

START_TEST(no_rows_change_nothing)
{
    for (int set = 0; set <= (int)instructions_best(); set++)
        check_shape(class_rows_of((enum instructions)set), 0, 5, 3);
}
END_TEST

TCase *class_rows_test(void)
{
    TCase *tests = tcase_create("class_rows");
    tcase_add_loop_test(tests, every_instruction_set_gives_the_sums_of_long_doubles, 1,
                        (int)MOST_BLOCKS + 1);
    tcase_add_test(tests, no_rows_change_nothing);
    return tests;
}
