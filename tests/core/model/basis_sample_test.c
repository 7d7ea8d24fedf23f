#include "core/model/basis_sample.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "tests/support/made_design.h"

#define ROWS 8000
#define COLUMNS 5

static struct design design;
static struct estimate_options options;
static struct pool *pool;
static struct survey survey;
static struct basis basis;
static const struct basis_sample_limits limits = {.left = 1e-5, .curvature = 0.25};

static void setup(void)
{
    pool = pool_new(2, 0, NULL);
    made_design_new(&design, ROWS, COLUMNS, 2);
    made_design_draw(&design, 5, 0.3);
    options = made_design_options(&design);
}

static void forget(void)
{
    survey_free(&survey);
    basis_free(&basis);
}

static void teardown(void)
{
    forget();
    design_free(&design);
    pool_free(pool);
}

static double *cell(size_t i, size_t j)
{
    return design.x + i * COLUMNS + j;
}

static bool tells(void)
{
    static const struct estimate_hooks hooks = {0};
    bool is_found;
    forget();
    ck_assert_int_eq(survey_run(&survey, &design, &options, &hooks, pool, NULL), 0);
    ck_assert_int_eq(basis_new(&basis, options.intercept, COLUMNS, NULL), 0);
    ck_assert_int_eq(
        basis_sample(&basis, &design, &survey, &options, &limits, pool, &is_found, NULL),
        0);
    return is_found;
}

static void check_column(size_t j)
{
    long double mean = 0, square = 0;
    double u[COLUMNS];
    for (size_t i = 0; i < ROWS; i++) {
        basis_row(&basis, cell(i, 0), u);
        mean += u[j] / (long double)ROWS;
        square += (long double)u[j] * u[j] / ROWS;
    }
    if (options.intercept)
        ck_assert_double_le(fabs((double)mean), 1e-12);
    ck_assert(square > 0.2 && square < 1.1);
    ck_assert_double_eq_tol(basis.spread[j], sqrt((double)(square - mean * mean)), 1e-12);
}

START_TEST(columns_that_do_not_depend_on_others_need_no_pass)
{
    for (size_t i = 0; i < ROWS; i++)
        *cell(i, 2) = 1e5 + 100 * *cell(i, 2);
    ck_assert(tells());
    for (size_t j = 0; j < COLUMNS; j++)
        check_column(j);
    ck_assert_uint_eq(basis.n_active, COLUMNS);
    ck_assert_uint_eq(basis.n_mixed, 0);
    ck_assert_uint_eq(basis.n_terms, COLUMNS + 1);
}
END_TEST

START_TEST(without_an_intercept_columns_stay_where_they_are)
{
    options.intercept = false;
    ck_assert(tells());
    for (size_t j = 0; j < COLUMNS; j++) {
        ck_assert_double_eq(basis.centre[j], 0);
        check_column(j);
    }
}
END_TEST

START_TEST(a_column_that_depends_on_others_is_left_to_a_pass)
{
    for (size_t i = 0; i < ROWS; i++)
        *cell(i, 4) = *cell(i, 0) - *cell(i, 3) + 1e-4 * *cell(i, 4);
    ck_assert(!tells());
    for (size_t i = 0; i < ROWS; i++)
        *cell(i, 4) = 0.25;
    ck_assert(!tells());
}
END_TEST

/* What only few rows tell, unless a penalty holds its coefficient. */
START_TEST(a_column_of_which_the_sample_has_nothing_is_left_to_a_pass)
{
    for (size_t i = 0; i < ROWS; i++)
        *cell(i, 1) = i == ROWS / 2 + 100;
    ck_assert(!tells());
    options.l2 = 1e-3;
    ck_assert(tells());
    ck_assert_double_eq_tol(basis.spread[1] / basis.factor[1], sqrt(1.0 / ROWS), 1e-6);
}
END_TEST

START_TEST(a_larger_sample_is_taken_where_one_does_not_tell)
{
    struct design small = design;
    made_design_new(&design, 80000, COLUMNS, 2);
    made_design_draw(&design, 5, 0.3);
    for (size_t i = 0; i < 80000; i++)
        *cell(i, 1) = i % 640 == 0;
    ck_assert(tells());
    design_free(&design);
    design = small;
}
END_TEST

START_TEST(few_rows_are_all_looked_at)
{
    design.n_rows = 4000;
    design.n_blocks = 4;
    design.sum_weights = 4000;
    ck_assert(!tells());
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    long n = 0;
    ck_assert(tells());
    for (bool is_found = false; !is_found; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = basis_sample(&basis, &design, &survey, &options, &limits, pool,
                                  &is_found, &err);
        memory_fail_after(-1);
        if (status < 0)
            ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert_int_ge(n, 10);
}
END_TEST

TCase *basis_sample_test(void)
{
    TCase *tests = tcase_create("basis_sample");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, columns_that_do_not_depend_on_others_need_no_pass);
    tcase_add_test(tests, without_an_intercept_columns_stay_where_they_are);
    tcase_add_test(tests, a_column_that_depends_on_others_is_left_to_a_pass);
    tcase_add_test(tests, a_column_of_which_the_sample_has_nothing_is_left_to_a_pass);
    tcase_add_test(tests, a_larger_sample_is_taken_where_one_does_not_tell);
    tcase_add_test(tests, few_rows_are_all_looked_at);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
