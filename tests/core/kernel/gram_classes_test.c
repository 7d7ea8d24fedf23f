#include "core/kernel/gram_classes.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/random.h"

enum { ROWS = 9, COLUMNS = 6, TERMS = COLUMNS + 1, MOST_WEIGHTS = 48 };
enum { MOST = TERMS * (TERMS + 1) / 2 * MOST_WEIGHTS };

static uint64_t starts[ROWS + 1];
static uint32_t columns[ROWS * COLUMNS];
static double values[ROWS * COLUMNS], cells[ROWS][TERMS], h[ROWS * MOST_WEIGHTS];
static double sums[MOST + 1], others[MOST + 1];
static struct gram_rows rows = {.n_rows = ROWS,
                                .n_columns = COLUMNS,
                                .starts = starts,
                                .columns = columns,
                                .values = values};

/* The second row has no entry, the third all. */
static void draw(void)
{
    struct random random = random_start(44, 0);
    size_t n = 0;
    for (size_t i = 0; i < ROWS; i++) {
        cells[i][0] = 1;
        for (uint32_t j = 0; j < COLUMNS; j++) {
            bool is_there = i == 2 || (i != 1 && random_uniform(&random) < 0.5);
            cells[i][j + 1] = is_there ? random_normal(&random) : 0;
            columns[n] = j;
            values[n] = cells[i][j + 1];
            n += is_there;
        }
        starts[i + 1] = n;
    }
    for (size_t i = 0; i < ROWS * MOST_WEIGHTS; i++)
        h[i] = random_normal(&random);
}

/* Of terms t and u; u: none, if it is the number of terms. */
static long double expected(size_t n_weights, size_t q, size_t t, size_t u)
{
    long double sum = 0;
    size_t first = !rows.intercept;
    for (size_t i = 0; i < ROWS; i++)
        sum += (long double)h[i * n_weights + q] * cells[i][first + t] *
               (u == TERMS ? 1 : cells[i][first + u]);
    return sum;
}

static void check(double sum, size_t n_weights, size_t q, size_t t, size_t u)
{
    long double exact = expected(n_weights, q, t, u);
    if (!(fabsl(sum - exact) <= 1e-14L * (1 + fabsl(exact))))
        ck_abort_msg("%zu weights, terms %zu and %zu: %.17g", n_weights, t, u, sum);
}

/* Sums are added to what is there; behind them nothing is written. */
static void add(gram_classes_add_fn *function, size_t n_weights, double *to)
{
    memset(to, 0, sizeof(sums));
    to[MOST] = 7;
    function(&rows, n_weights, h, to);
    ck_assert_double_eq(to[MOST], 7);
}

static void check_set(enum instructions set, size_t n_weights)
{
    const struct gram_classes *kernel = gram_classes_of(set);
    const struct gram_classes *plain = gram_classes_of(INSTRUCTIONS_PLAIN);
    size_t n = COLUMNS + rows.intercept, pair = 0;
    add(plain->product, n_weights, others);
    add(kernel->product, n_weights, sums);
    ck_assert_mem_eq(sums, others, sizeof(sums));
    for (size_t t = 0; t < n; t++)
        for (size_t q = 0; q < n_weights; q++)
            check(sums[t * n_weights + q], n_weights, q, t, TERMS);
    add(plain->cross, n_weights, others);
    add(kernel->cross, n_weights, sums);
    ck_assert_mem_eq(sums, others, sizeof(sums));
    for (size_t t = 0; t < n; t++)
        for (size_t u = 0; u <= t; u++, pair++)
            for (size_t q = 0; q < n_weights; q++)
                check(sums[pair * n_weights + q], n_weights, q, t, u);
}

START_TEST(every_instruction_set_gives_the_same_sums)
{
    draw();
    rows.intercept = _i;
    for (int set = 0; set <= (int)instructions_best(); set++)
        for (size_t n = GRAM_CLASSES_WIDTH; n <= MOST_WEIGHTS; n += GRAM_CLASSES_WIDTH)
            check_set((enum instructions)set, n);
}
END_TEST

START_TEST(sums_are_added_to_those_that_are_there)
{
    const struct gram_classes *kernel = gram_classes_of(instructions_best());
    draw();
    rows.intercept = true;
    add(kernel->cross, GRAM_CLASSES_WIDTH, sums);
    memcpy(others, sums, sizeof(sums));
    kernel->cross(&rows, GRAM_CLASSES_WIDTH, h, sums);
    for (size_t i = 0; i < MOST; i++)
        ck_assert_double_eq_tol(sums[i], 2 * others[i], 1e-13);
}
END_TEST

TCase *gram_classes_test(void)
{
    TCase *tests = tcase_create("gram_classes");
    tcase_add_loop_test(tests, every_instruction_set_gives_the_same_sums, 0, 2);
    tcase_add_test(tests, sums_are_added_to_those_that_are_there);
    return tests;
}
