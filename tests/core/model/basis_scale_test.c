#include "core/model/basis_scale.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "tests/support/made_design.h"

#define ROWS 3000
#define COLUMNS 4

static struct design design;
static struct estimate_options options;
static struct pool *pool;
static struct survey survey;
static struct basis basis;

static void setup(void)
{
    pool = pool_new(2, 0, NULL);
    made_design_new(&design, ROWS, COLUMNS, 2);
    made_design_draw(&design, 3, 0.3);
    options = made_design_options(&design);
    options.l2 = 0.5;
}

static void teardown(void)
{
    survey_free(&survey);
    basis_free(&basis);
    design_free(&design);
    pool_free(pool);
}

static void scale_columns(void)
{
    static const struct estimate_hooks hooks = {0};
    ck_assert_int_eq(survey_run(&survey, &design, &options, &hooks, pool, NULL), 0);
    ck_assert_int_eq(basis_scale(&basis, &design, &survey, &options, pool, NULL), 0);
}

/* Mean and mean square of column j as basis_row gives it. */
static void moments(size_t j, double *mean, double *square)
{
    double u[COLUMNS];
    *mean = *square = 0;
    for (size_t i = 0; i < ROWS; i++) {
        basis_row(&basis, design.x + i * COLUMNS, u);
        *mean += u[j] / ROWS;
        *square += u[j] * u[j] / ROWS;
    }
}

START_TEST(columns_get_mean_0_and_a_length_near_1)
{
    for (size_t i = 0; i < ROWS; i++) {
        design.x[i * COLUMNS] = 1e6 + 1e-2 * design.x[i * COLUMNS];
        design.x[i * COLUMNS + 1] *= 1e100;
    }
    scale_columns();
    ck_assert_uint_eq(basis.n_active, COLUMNS);
    for (size_t j = 0; j < COLUMNS; j++) {
        double mean, square;
        moments(j, &mean, &square);
        ck_assert_double_le(fabs(mean), 1e-8);
        ck_assert(square > 0.2 && square < 1.1);
        ck_assert_double_eq_tol(basis.spread[j], sqrt(square), 1e-8);
    }
}
END_TEST

START_TEST(penalties_refer_to_the_columns_as_given)
{
    options.l1 = 0.25;
    for (size_t i = 0; i < ROWS; i++)
        design.x[i * COLUMNS] *= 1000;
    scale_columns();
    for (size_t j = 0; j < COLUMNS; j++) { /* of w = v · factor */
        double factor = basis.factor[j];
        ck_assert_double_eq_tol(basis.penalty[j], 0.5 * factor * factor,
                                1e-12 * basis.penalty[j]);
        ck_assert_double_eq(basis.l1[j], 0.25 * factor);
    }
}
END_TEST

START_TEST(penalties_refer_to_standardised_columns_where_asked)
{
    options.l1 = 0.25;
    options.standardize = true;
    scale_columns();
    for (size_t j = 0; j < COLUMNS; j++) {
        double mean, square;
        moments(j, &mean, &square);
        ck_assert_double_eq_tol(basis.penalty[j], 0.5 * square, 1e-9);
        ck_assert_double_eq_tol(basis.l1[j], 0.25 * sqrt(square), 1e-9);
    }
}
END_TEST

START_TEST(a_constant_column_is_aliased_unless_a_penalty_tells_its_coefficient)
{
    double factors[COLUMNS] = {0, 1, 1, 1};
    for (size_t i = 0; i < ROWS; i++)
        design.x[i * COLUMNS] = design.x[i * COLUMNS + 1] = 0.1;
    options.factors = factors;
    scale_columns();
    ck_assert_uint_eq(basis.n_active, COLUMNS - 1);
    ck_assert(basis.aliased[0]);
    ck_assert_uint_eq(basis.columns[0], 1);
    ck_assert_double_eq(basis.spread[1], 0);
}
END_TEST

START_TEST(failing_to_allocate_leaves_nothing_behind)
{
    static const struct estimate_hooks hooks = {0};
    ck_assert_int_eq(survey_run(&survey, &design, &options, &hooks, pool, NULL), 0);
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = basis_scale(&basis, &design, &survey, &options, pool, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_ptr_null(basis.columns);
    }
}
END_TEST

TCase *basis_scale_test(void)
{
    TCase *tests = tcase_create("basis_scale");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, columns_get_mean_0_and_a_length_near_1);
    tcase_add_test(tests, penalties_refer_to_the_columns_as_given);
    tcase_add_test(tests, penalties_refer_to_standardised_columns_where_asked);
    tcase_add_test(tests,
                   a_constant_column_is_aliased_unless_a_penalty_tells_its_coefficient);
    tcase_add_test(tests, failing_to_allocate_leaves_nothing_behind);
    return tests;
}
