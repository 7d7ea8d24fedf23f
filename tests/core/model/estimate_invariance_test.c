/* What must come out the same, or changed by a known rule, however the data are put. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/random.h"
#include "tests/support/made_design.h"

#define ROWS 400

static struct design design, other;
static struct estimate_options options;
static struct estimate first, second;

static void make(size_t n_columns, size_t n_classes)
{
    made_design_new(&design, ROWS, n_columns, n_classes);
    made_design_draw(&design, 13, 0.6);
    options = made_design_options(&design);
}

static void teardown(void)
{
    estimate_free(&first);
    estimate_free(&second);
    design_free(&design);
    design_free(&other);
}

/* second's coefficient at b against factor × first's at a: estimate and error. */
static void check_pair(size_t a, size_t b, double factor, double tolerance)
{
    const struct coefficient *x = &first.coefficients[a], *y = &second.coefficients[b];
    ck_assert_double_eq_tol(y->estimate / factor, x->estimate,
                            tolerance * (1 + fabs(x->estimate)));
    ck_assert_double_eq_tol(y->std_error / fabs(factor), x->std_error,
                            tolerance * x->std_error);
}

static void check_same(double tolerance)
{
    ck_assert_uint_eq(first.n_blocks * first.n_terms, second.n_blocks * second.n_terms);
    for (size_t i = 0; i < first.n_blocks * first.n_terms; i++)
        check_pair(i, i, 1, tolerance);
    ck_assert_double_eq_tol(first.report.log_likelihood, second.report.log_likelihood,
                            1e-9);
    ck_assert_double_eq_tol(first.report.null_log_likelihood,
                            second.report.null_log_likelihood, 1e-9);
}

static void copy_row(size_t from, size_t to)
{
    size_t d = design.n_columns;
    memcpy(other.x + to * d, design.x + from * d, d * sizeof(double));
    other.y[to] = design.y[from];
}

START_TEST(a_weight_is_that_many_rows)
{
    size_t n = 0;
    make(3, (size_t)_i);
    made_design_add_weights(&design);
    for (size_t i = 0; i < ROWS; i++)
        design.weights[i] = (double)(i % 4);
    made_design_weigh(&design);
    made_design_new(&other, (size_t)design.sum_weights, 3, (size_t)_i);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < i % 4; k++)
            copy_row(i, n++);
    options.frequency_weights = true;
    first = made_design_fit(&design, &options);
    options.frequency_weights = false;
    second = made_design_fit(&other, &options);
    check_same(1e-11);
    ck_assert_double_eq_tol(first.report.bic, second.report.bic, 1e-9);
    ck_assert_double_eq(first.report.df_residual, second.report.df_residual);
    ck_assert_double_eq_tol(first.report.nagelkerke, second.report.nagelkerke, 1e-11);
}
END_TEST

START_TEST(importance_weights_do_not_count_as_rows)
{
    make(2, 2);
    made_design_add_weights(&design);
    for (size_t i = 0; i < ROWS; i++)
        design.weights[i] = (double)(i % 4);
    made_design_weigh(&design);
    first = made_design_fit(&design, &options);
    ck_assert_double_eq(first.report.df_residual, ROWS * 3 / 4 - 3);
    ck_assert_double_eq_tol(first.report.bic + 2 * first.report.log_likelihood,
                            3 * log(ROWS * 0.75), 1e-9);
}
END_TEST

/* Even a row that would overflow everything. */
START_TEST(a_row_of_weight_0_is_not_there)
{
    size_t n = 0;
    make(3, (size_t)_i);
    made_design_add_weights(&design);
    made_design_new(&other, ROWS - ROWS / 4, 3, (size_t)_i);
    for (size_t i = 0; i < ROWS; i++) {
        design.weights[i] = i % 4 == 0 ? 0 : 1;
        if (i % 4 == 0)
            design.x[3 * i + 1] = 1e308;
        else
            copy_row(i, n++);
    }
    made_design_weigh(&design);
    first = made_design_fit(&design, &options);
    second = made_design_fit(&other, &options);
    check_same(1e-12);
    ck_assert_double_eq_tol(first.report.bic, second.report.bic, 1e-9);
}
END_TEST

START_TEST(the_order_of_rows_does_not_matter)
{
    make(3, (size_t)_i);
    made_design_new(&other, ROWS, 3, (size_t)_i);
    for (size_t i = 0; i < ROWS; i++)
        copy_row(i, (7 * i + 3) % ROWS);
    first = made_design_fit(&design, &options);
    second = made_design_fit(&other, &options);
    check_same(1e-12);
}
END_TEST

START_TEST(the_order_of_columns_does_not_matter)
{
    make(3, (size_t)_i);
    made_design_new(&other, ROWS, 3, (size_t)_i);
    for (size_t i = 0; i < ROWS; i++) {
        copy_row(i, i);
        for (size_t j = 0; j < 3; j++)
            other.x[3 * i + j] = design.x[3 * i + (j + 1) % 3];
    }
    first = made_design_fit(&design, &options);
    second = made_design_fit(&other, &options);
    for (size_t b = 0; b < first.n_blocks; b++)
        for (size_t j = 0; j < 3; j++)
            check_pair(4 * b + 1 + (j + 1) % 3, 4 * b + 1 + j, 1, 1e-12);
}
END_TEST

START_TEST(units_and_origins_are_undone)
{
    static const double unit[] = {1e8, 1e-150, 3}, origin[] = {1e9, 1e-148, -300};
    make(3, (size_t)_i);
    made_design_new(&other, ROWS, 3, (size_t)_i);
    for (size_t i = 0; i < ROWS; i++) {
        copy_row(i, i);
        for (size_t j = 0; j < 3; j++) {
            /* so coarse that the other column holds it exactly */
            design.x[3 * i + j] = round(design.x[3 * i + j] * 16) / 16;
            other.x[3 * i + j] = design.x[3 * i + j] * unit[j] + origin[j];
        }
    }
    first = made_design_fit(&design, &options);
    second = made_design_fit(&other, &options);
    for (size_t b = 0; b < first.n_blocks; b++) {
        double shift = 0;
        for (size_t j = 0; j < 3; j++) {
            check_pair(4 * b + 1 + j, 4 * b + 1 + j, 1 / unit[j], 1e-9);
            shift += first.coefficients[4 * b + 1 + j].estimate * origin[j] / unit[j];
        }
        ck_assert_double_eq_tol(second.coefficients[4 * b].estimate,
                                first.coefficients[4 * b].estimate - shift,
                                1e-9 * (1 + fabs(shift)));
    }
    ck_assert_double_eq_tol(first.report.log_likelihood, second.report.log_likelihood,
                            1e-9);
}
END_TEST

/* x and x + 2⁻²⁷·x', on a grid where both are exact: condition 1e8, and the coefficients
 * follow from those of x and x'. */
START_TEST(near_collinearity_loses_no_digits)
{
    const double share = 0x1p-27;
    make(2, (size_t)_i);
    made_design_new(&other, ROWS, 2, (size_t)_i);
    for (size_t i = 0; i < ROWS; i++) {
        copy_row(i, i);
        for (size_t j = 0; j < 2; j++)
            design.x[2 * i + j] = round(design.x[2 * i + j] * 1024) / 1024;
        other.x[2 * i] = design.x[2 * i];
        other.x[2 * i + 1] = design.x[2 * i] + share * design.x[2 * i + 1];
    }
    first = made_design_fit(&design, &options);
    second = made_design_fit(&other, &options);
    for (size_t b = 0; b < first.n_blocks; b++) {
        const struct coefficient *of = first.coefficients + 3 * b;
        check_pair(3 * b, 3 * b, 1, 1e-12);
        check_pair(3 * b + 2, 3 * b + 2, 1 / share, 1e-12);
        double expected = of[1].estimate - of[2].estimate / share;
        ck_assert_double_eq_tol(second.coefficients[3 * b + 1].estimate / expected, 1,
                                1e-13);
    }
}
END_TEST

START_TEST(the_other_label_changes_all_signs)
{
    make(3, 2);
    made_design_new(&other, ROWS, 3, 2);
    for (size_t i = 0; i < ROWS; i++) {
        copy_row(i, i);
        other.y[i] = 1 - design.y[i];
    }
    first = made_design_fit(&design, &options);
    second = made_design_fit(&other, &options);
    for (size_t i = 0; i < 4; i++)
        check_pair(i, i, -1, 1e-12);
}
END_TEST

START_TEST(softmax_of_two_classes_is_the_binary_model)
{
    make(3, 2);
    first = made_design_fit(&design, &options);
    options.family = FAMILY_MULTINOMIAL;
    second = made_design_fit(&design, &options);
    check_same(1e-12);
    ck_assert_double_eq_tol(first.report.deviance, second.report.deviance, 1e-10);
}
END_TEST

/* Against class 2 instead of class 0: log-odds are differences. */
START_TEST(another_reference_class_gives_differences)
{
    make(3, 3);
    made_design_new(&other, ROWS, 3, 3);
    for (size_t i = 0; i < ROWS; i++) {
        copy_row(i, i);
        other.y[i] = 2 - design.y[i];
    }
    first = made_design_fit(&design, &options);
    second = made_design_fit(&other, &options);
    for (size_t i = 0; i < 4; i++) {
        const struct coefficient *a = first.coefficients, *b = second.coefficients;
        ck_assert_double_eq_tol(b[4 + i].estimate, -a[4 + i].estimate, 1e-12);
        ck_assert_double_eq_tol(b[i].estimate, a[i].estimate - a[4 + i].estimate, 1e-12);
        ck_assert_double_eq_tol(b[4 + i].std_error, a[4 + i].std_error, 1e-12);
    }
}
END_TEST

START_TEST(an_offset_for_all_moves_the_intercept)
{
    make(2, 2);
    made_design_new(&other, ROWS, 2, 2);
    made_design_add_offset(&other);
    for (size_t i = 0; i < ROWS; i++) {
        copy_row(i, i);
        other.offset[i] = 0.75;
    }
    first = made_design_fit(&design, &options);
    second = made_design_fit(&other, &options);
    ck_assert_double_eq_tol(second.coefficients[0].estimate,
                            first.coefficients[0].estimate - 0.75, 1e-12);
    check_pair(1, 1, 1, 1e-12);
    ck_assert_double_eq_tol(first.report.null_log_likelihood,
                            second.report.null_log_likelihood, 1e-9);
}
END_TEST

/* A coefficient taken out as an offset leaves the others as they were. */
START_TEST(an_offset_stands_for_a_known_coefficient)
{
    make(2, 2);
    first = made_design_fit(&design, &options);
    made_design_new(&other, ROWS, 1, 2);
    made_design_add_offset(&other);
    for (size_t i = 0; i < ROWS; i++) {
        other.x[i] = design.x[2 * i];
        other.y[i] = design.y[i];
        other.offset[i] = design.x[2 * i + 1] * first.coefficients[2].estimate;
    }
    second = made_design_fit(&other, &options);
    ck_assert_double_eq_tol(second.coefficients[1].estimate,
                            first.coefficients[1].estimate, 1e-12);
    ck_assert_double_eq_tol(second.report.log_likelihood, first.report.log_likelihood,
                            1e-10);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    static const size_t n_threads[] = {2, 3, 7, 16, 64};
    made_design_new(&design, 20000, 4, (size_t)_i);
    made_design_draw(&design, 13, 0.6);
    options = made_design_options(&design);
    first = made_design_fit(&design, &options);
    size_t n = first.n_blocks * first.n_terms;
    for (size_t t = 0; t < 5; t++) {
        second = made_design_fit_with(&design, &options, n_threads[t]);
        ck_assert_mem_eq(first.coefficients, second.coefficients,
                         n * sizeof(*first.coefficients));
        ck_assert_mem_eq(first.covariance, second.covariance, n * n * sizeof(double));
        ck_assert_double_eq(first.report.log_likelihood, second.report.log_likelihood);
        ck_assert_uint_eq(second.report.n_threads, n_threads[t]);
        estimate_free(&second);
    }
}
END_TEST

TCase *estimate_invariance_test(void)
{
    TCase *tests = tcase_create("estimate_invariance");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, a_weight_is_that_many_rows, 2, 4);
    tcase_add_test(tests, importance_weights_do_not_count_as_rows);
    tcase_add_loop_test(tests, a_row_of_weight_0_is_not_there, 2, 4);
    tcase_add_loop_test(tests, the_order_of_rows_does_not_matter, 2, 4);
    tcase_add_loop_test(tests, the_order_of_columns_does_not_matter, 2, 4);
    tcase_add_loop_test(tests, units_and_origins_are_undone, 2, 4);
    tcase_add_loop_test(tests, near_collinearity_loses_no_digits, 2, 4);
    tcase_add_test(tests, the_other_label_changes_all_signs);
    tcase_add_test(tests, softmax_of_two_classes_is_the_binary_model);
    tcase_add_test(tests, another_reference_class_gives_differences);
    tcase_add_test(tests, an_offset_for_all_moves_the_intercept);
    tcase_add_test(tests, an_offset_stands_for_a_known_coefficient);
    tcase_add_loop_test(tests, any_number_of_threads_gives_the_same_bits, 2, 4);
    return tests;
}
