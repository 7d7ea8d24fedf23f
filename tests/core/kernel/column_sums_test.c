#include "core/kernel/column_sums.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/kernel/instructions.h"

#define ROWS 61
#define MOST 70

static double x[ROWS * MOST], near[MOST], weights[ROWS];

static column_sums_fn *const variants[INSTRUCTIONS_N] = {
    column_sums_plain_add, column_sums_avx2_add, column_sums_avx512_add};

static void draw(void)
{
    struct random random = random_start(43, 0);
    for (size_t i = 0; i < ROWS * MOST; i++)
        x[i] = random_normal(&random);
    for (size_t j = 0; j < MOST; j++)
        near[j] = random_normal(&random);
    for (size_t i = 0; i < ROWS; i++)
        weights[i] = 1 + random_uniform(&random);
}

/* In long double. */
static void check_column(const struct column_sums *sums, size_t d, size_t j,
                         const double *w)
{
    struct column_sum sum = column_sums_fold(sums, j);
    long double deviations = 0, squares = 0;
    double least = INFINITY, greatest = -INFINITY;
    for (size_t i = 0; i < ROWS; i++) {
        long double deviation = (long double)x[i * d + j] - near[j];
        deviations += (w ? w[i] : 1) * deviation;
        squares += (w ? w[i] : 1) * deviation * deviation;
        least = fmin(least, x[i * d + j]);
        greatest = fmax(greatest, x[i * d + j]);
    }
    ck_assert_double_eq_tol(sum.deviations, (double)deviations, 1e-12);
    ck_assert_double_eq_tol(sum.squares, (double)squares, 1e-13 * (double)squares);
    ck_assert_double_eq(sum.least, least);
    ck_assert_double_eq(sum.greatest, greatest);
}

START_TEST(columns_add_up_whatever_their_number)
{
    draw();
    for (size_t d = 1; d <= MOST; d += d < 20 ? 1 : 7)
        for (int weighted = 0; weighted < 2; weighted++) {
            struct column_sums sums = {0};
            const double *w = weighted ? weights : NULL;
            ck_assert_int_eq(column_sums_new(&sums, d, near, NULL), 0);
            column_sums_add(&sums, 17, x, w);
            column_sums_add(&sums, ROWS - 17, x + 17 * d, w ? w + 17 : NULL);
            for (size_t j = 0; j < d; j++)
                check_column(&sums, d, j, w);
            column_sums_clear(&sums);
            ck_assert_double_eq(column_sums_fold(&sums, d - 1).squares, 0);
            column_sums_free(&sums);
        }
}
END_TEST

/* Rows of a third of the cells, the others 0. */
static void check_entries(size_t d, const double *w)
{
    static double dense[ROWS * MOST], values[ROWS * MOST];
    static uint32_t columns[ROWS * MOST];
    uint64_t starts[ROWS + 1] = {0};
    struct column_sums of_cells = {0}, of_entries = {0};
    for (size_t i = 0, n = 0; i < ROWS; i++) {
        for (size_t j = 0; j < d; j++) {
            dense[i * d + j] = (i * 7 + j) % 3 == 0 ? x[i * d + j] : 0;
            columns[n] = (uint32_t)j;
            values[n] = x[i * d + j];
            n += (i * 7 + j) % 3 == 0;
        }
        starts[i + 1] = n;
    }
    ck_assert_int_eq(column_sums_new(&of_cells, d, near, NULL), 0);
    ck_assert_int_eq(column_sums_new(&of_entries, d, near, NULL), 0);
    column_sums_add(&of_cells, ROWS, dense, w);
    column_sums_add_entries(&of_entries, ROWS, starts, columns, values, w);
    for (size_t j = 0; j < d; j++) {
        struct column_sum a = column_sums_fold(&of_cells, j);
        struct column_sum b = column_sums_fold(&of_entries, j);
        if (a.deviations != b.deviations || a.squares != b.squares ||
            (near[j] != 0 && (a.least != b.least || a.greatest != b.greatest)))
            ck_abort_msg("column %zu of %zu", j, d);
    }
    column_sums_free(&of_cells);
    column_sums_free(&of_entries);
}

START_TEST(entries_give_the_bits_of_cells)
{
    draw();
    for (size_t j = 0; j < MOST; j += 2)
        near[j] = 0;
    for (size_t d = 1; d <= MOST; d++) {
        check_entries(d, NULL);
        check_entries(d, weights);
    }
}
END_TEST

START_TEST(every_instruction_set_gives_the_same_bits)
{
    draw();
    for (size_t d = 1; d <= MOST; d += 3)
        for (int set = 0; set <= (int)instructions_best(); set++) {
            struct column_sums sums = {0}, plain = {0};
            ck_assert_int_eq(column_sums_new(&sums, d, near, NULL), 0);
            ck_assert_int_eq(column_sums_new(&plain, d, near, NULL), 0);
            variants[set](ROWS, d, x, NULL, &sums);
            variants[set](ROWS, d, x, weights, &sums);
            column_sums_plain_add(ROWS, d, x, NULL, &plain);
            column_sums_plain_add(ROWS, d, x, weights, &plain);
            for (size_t j = 0; j < d; j++) {
                ck_assert_double_eq(sums.deviations[j], plain.deviations[j]);
                ck_assert_double_eq(sums.squares[j], plain.squares[j]);
                ck_assert_double_eq(sums.least[j], plain.least[j]);
                ck_assert_double_eq(sums.greatest[j], plain.greatest[j]);
            }
            column_sums_free(&sums);
            column_sums_free(&plain);
        }
}
END_TEST

START_TEST(what_is_not_finite_makes_a_deviation_that_is_not)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t k = 0; k < 3; k++)
        for (size_t at = 0; at < ROWS * 3; at++) {
            struct column_sums sums = {0};
            draw();
            x[at] = bad[k];
            ck_assert_int_eq(column_sums_new(&sums, 3, near, NULL), 0);
            column_sums_add(&sums, ROWS, x, NULL);
            for (size_t j = 0; j < 3; j++)
                if (!isfinite(column_sums_fold(&sums, j).deviations) != (j == at % 3))
                    ck_abort_msg("cell %zu, column %zu", at, j);
            column_sums_free(&sums);
        }
}
END_TEST

START_TEST(a_failed_allocation_is_told)
{
    struct column_sums sums = {0};
    struct error err = {0};
    for (long n = 0; n < 2; n++) {
        memory_fail_after(n);
        ck_assert_int_lt(column_sums_new(&sums, 3, near, &err), 0);
        memory_fail_after(-1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_ptr_null(sums.near);
    }
}
END_TEST

TCase *column_sums_test(void)
{
    TCase *tests = tcase_create("column_sums");
    tcase_add_test(tests, columns_add_up_whatever_their_number);
    tcase_add_test(tests, entries_give_the_bits_of_cells);
    tcase_add_test(tests, every_instruction_set_gives_the_same_bits);
    tcase_add_test(tests, what_is_not_finite_makes_a_deviation_that_is_not);
    tcase_add_test(tests, a_failed_allocation_is_told);
    return tests;
}
