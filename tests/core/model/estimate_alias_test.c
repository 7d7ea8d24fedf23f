#include <check.h>
#include <math.h>
#include <string.h>

#include "tests/support/made_design.h"

#define ROWS 120

static struct design design;
static struct estimate_options options;
static struct estimate estimate;

static void make(size_t n_rows, size_t n_columns, size_t n_classes)
{
    made_design_new(&design, n_rows, n_columns, n_classes);
    made_design_draw(&design, 23, 0.4);
    options = made_design_options(&design);
}

static void teardown(void)
{
    estimate_free(&estimate);
    design_free(&design);
}

static void check_aliased(const bool *expected)
{
    size_t n = estimate.n_blocks * estimate.n_terms, n_estimated = 0;
    for (size_t i = 0; i < n; i++) {
        const struct coefficient *c = &estimate.coefficients[i];
        bool is = expected[i % estimate.n_terms];
        n_estimated += !is;
        ck_assert_int_eq(c->aliased, is);
        ck_assert_int_eq(isnan(c->estimate), is);
        ck_assert_int_eq(isnan(c->std_error), is);
        ck_assert_int_eq(isnan(c->odds_ratio), is);
        ck_assert_int_eq(c->infinite, 0);
        ck_assert(isfinite(estimate.solution[i]));
        ck_assert(!is || estimate.solution[i] == 0);
        for (size_t j = 0; j < n; j++)
            ck_assert_int_eq(isnan(estimate.covariance[i * n + j]),
                             is || expected[j % estimate.n_terms]);
    }
    ck_assert_uint_eq(estimate.report.n_coefficients, n_estimated);
    ck_assert(estimate.report.converged);
    ck_assert(estimate.report.min_eigenvalue > 0);
}

START_TEST(columns_that_add_nothing_have_no_coefficient)
{
    /* intercept; x, constant, zero, 3x + 2, x', x + x' */
    static const bool expected[] = {false, false, true, true, true, false, true};
    make(ROWS, 6, (size_t)_i);
    for (size_t i = 0; i < ROWS; i++) {
        double *x = design.x + 6 * i;
        x[1] = 0.1;
        x[2] = 0;
        x[3] = 3 * x[0] + 2;
        x[5] = x[0] + x[4];
    }
    estimate = made_design_fit(&design, &options);
    check_aliased(expected);
    ck_assert_uint_eq(estimate.report.n_warnings, 1);
    ck_assert_uint_eq(estimate.report.warnings[0].n_columns, 4);
    for (size_t j = 0; j < 6; j++) {
        char name[] = {(char)('0' + j), '\0'};
        ck_assert_int_eq(made_design_is_warned(&estimate.report, "aliased_columns", name),
                         expected[1 + j]);
    }
}
END_TEST

START_TEST(all_dummies_and_an_intercept_are_one_too_many)
{
    static const bool expected[] = {false, false, false, true};
    make(ROWS, 3, 2);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < 3; j++)
            design.x[3 * i + j] = i % 3 == j;
    estimate = made_design_fit(&design, &options);
    check_aliased(expected);
}
END_TEST

/* Log-odds of the groups themselves: nothing is aliased. */
START_TEST(all_dummies_without_an_intercept_are_fine)
{
    static const bool expected[] = {false, false, false};
    make(ROWS, 3, 2);
    double n[3][2] = {{0}};
    for (size_t i = 0; i < ROWS; i++) {
        n[i % 3][(size_t)design.y[i]]++;
        for (size_t j = 0; j < 3; j++)
            design.x[3 * i + j] = i % 3 == j;
    }
    options.intercept = false;
    estimate = made_design_fit(&design, &options);
    check_aliased(expected);
    for (size_t j = 0; j < 3; j++) {
        const struct coefficient *c = &estimate.coefficients[j];
        ck_assert_double_eq_tol(c->estimate, log(n[j][1] / n[j][0]), 1e-14);
        ck_assert_double_eq_tol(c->std_error, sqrt(1 / n[j][0] + 1 / n[j][1]), 1e-14);
    }
}
END_TEST

START_TEST(rows_of_weight_0_do_not_keep_a_column_alive)
{
    static const bool expected[] = {false, false, true};
    make(ROWS, 2, 2);
    made_design_add_weights(&design);
    for (size_t i = 0; i < ROWS; i++) {
        design.weights[i] = i % 3 > 0;
        design.x[2 * i + 1] = i % 3 == 0 ? (double)i : 7;
    }
    made_design_weigh(&design);
    estimate = made_design_fit(&design, &options);
    check_aliased(expected);
}
END_TEST

/* The rest separates completely: as many coefficients as rows fit any labels. */
START_TEST(fewer_rows_than_columns_leave_the_last_ones_aliased)
{
    make(10, 15, 2);
    for (size_t i = 0; i < 10; i++)
        design.y[i] = (double)(i % 2);
    estimate = made_design_fit(&design, &options);
    for (size_t i = 0; i < 16; i++) {
        ck_assert_int_eq(estimate.coefficients[i].aliased, i >= 10);
        ck_assert(isnan(estimate.coefficients[i].estimate));
        ck_assert(isfinite(estimate.solution[i]));
    }
    ck_assert(made_design_is_warned(&estimate.report, "aliased_columns", "14"));
    ck_assert(made_design_is_warned(&estimate.report, "complete_separation", NULL));
}
END_TEST

START_TEST(a_constant_alone_leaves_the_null_model)
{
    static const bool expected[] = {false, true};
    make(ROWS, 1, 2);
    for (size_t i = 0; i < ROWS; i++)
        design.x[i] = -3.3;
    estimate = made_design_fit(&design, &options);
    check_aliased(expected);
    ck_assert_double_eq_tol(estimate.report.log_likelihood,
                            estimate.report.null_log_likelihood, 1e-11);
    ck_assert(isnan(estimate.report.lr_p_value));
}
END_TEST

TCase *estimate_alias_test(void)
{
    TCase *tests = tcase_create("estimate_alias");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, columns_that_add_nothing_have_no_coefficient, 2, 4);
    tcase_add_test(tests, all_dummies_and_an_intercept_are_one_too_many);
    tcase_add_test(tests, all_dummies_without_an_intercept_are_fine);
    tcase_add_test(tests, rows_of_weight_0_do_not_keep_a_column_alive);
    tcase_add_test(tests, fewer_rows_than_columns_leave_the_last_ones_aliased);
    tcase_add_test(tests, a_constant_alone_leaves_the_null_model);
    return tests;
}
