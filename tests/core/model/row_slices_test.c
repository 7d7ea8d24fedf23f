#include "core/model/row_slices.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"

/* Several slices of each kind, none of them whole. */
#define ROWS 300
#define COLUMNS 1100

static double *x, *k;
static double by_row[ROWS], by_column[COLUMNS];
static struct row_slices slices;

static void setup(void)
{
    x = memory_new_aligned(ROWS * COLUMNS, sizeof(double), NULL);
    k = memory_new_aligned(ROWS * ROWS, sizeof(double), NULL);
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        x[i] = sin((double)i);
    for (size_t i = 0; i < ROWS; i++)
        by_row[i] = cos((double)i);
    for (size_t j = 0; j < COLUMNS; j++)
        by_column[j] = sin(2 * (double)j);
    slices = (struct row_slices){
        .pool = pool_new(1, 0, NULL), .x = x, .n_rows = ROWS, .n_columns = COLUMNS};
    ck_assert_ptr_nonnull(slices.pool);
}

static void teardown(void)
{
    pool_free(slices.pool);
    memory_free(x);
    memory_free(k);
}

static void use_threads(size_t n)
{
    pool_free(slices.pool);
    slices.pool = pool_new(n, 0, NULL);
    ck_assert_ptr_nonnull(slices.pool);
}

static void check_close(double is, long double expected)
{
    if (!(fabsl(is - expected) <= 1e-11L))
        ck_abort_msg("%.17g is not %.17Lg", is, expected);
}

START_TEST(products_with_vectors_are_those_of_all_rows)
{
    double margins[ROWS], slopes[COLUMNS];
    row_slices_multiply(&slices, by_column, margins);
    row_slices_transpose(&slices, by_row, slopes);
    for (size_t i = 0; i < ROWS; i++) {
        long double sum = 0;
        for (size_t j = 0; j < COLUMNS; j++)
            sum += (long double)x[i * COLUMNS + j] * by_column[j];
        check_close(margins[i], sum);
    }
    for (size_t j = 0; j < COLUMNS; j++) {
        long double sum = 0;
        for (size_t i = 0; i < ROWS; i++)
            sum += (long double)x[i * COLUMNS + j] * by_row[i];
        check_close(slopes[j], sum);
    }
}
END_TEST

START_TEST(products_with_each_other_are_shifted_and_whole)
{
    bool is_shifted = _i == 1;
    row_slices_square(&slices, 3, is_shifted ? by_row : NULL, 0.25, k);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < ROWS; j++) {
            long double sum = is_shifted ? -by_row[i] - (long double)by_row[j] : 0;
            for (size_t c = 0; c < COLUMNS; c++)
                sum += (long double)x[i * COLUMNS + c] * x[j * COLUMNS + c];
            check_close(k[i * ROWS + j], 3 * sum + 0.25L);
            ck_assert_double_eq(k[i * ROWS + j], k[j * ROWS + i]);
        }
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    double margins[2][ROWS], slopes[2][COLUMNS];
    double *first = memory_new_aligned(ROWS * ROWS, sizeof(double), NULL);
    ck_assert_ptr_nonnull(first);
    for (size_t i = 0; i < 2; i++) {
        use_threads(1 + 2 * i);
        row_slices_multiply(&slices, by_column, margins[i]);
        row_slices_transpose(&slices, by_row, slopes[i]);
        row_slices_square(&slices, 2, by_row, 1, i == 0 ? first : k);
    }
    ck_assert_mem_eq(margins[0], margins[1], sizeof(margins[0]));
    ck_assert_mem_eq(slopes[0], slopes[1], sizeof(slopes[0]));
    ck_assert_mem_eq(first, k, ROWS * ROWS * sizeof(double));
    memory_free(first);
}
END_TEST

static bool is_asked(void *context)
{
    (void)context;
    return true;
}

START_TEST(what_is_over_is_left_out)
{
    for (size_t i = 0; i < ROWS * ROWS; i++)
        k[i] = NAN;
    pool_watch(slices.pool, is_asked, NULL);
    row_slices_square(&slices, 1, NULL, 0, k);
    ck_assert(isnan(k[0]));
    ck_assert(pool_is_over(slices.pool));
}
END_TEST

TCase *row_slices_test(void)
{
    TCase *tests = tcase_create("row_slices");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, products_with_vectors_are_those_of_all_rows);
    tcase_add_loop_test(tests, products_with_each_other_are_shifted_and_whole, 0, 2);
    tcase_add_test(tests, any_number_of_threads_gives_the_same_bits);
    tcase_add_test(tests, what_is_over_is_left_out);
    return tests;
}
