#include <check.h>
#include <math.h>
#include <string.h>

#include "tests/support/made_design.h"

#define ROWS 300

static struct design design, other;
static struct estimate_options options;
static struct estimate first, second;

static void make(size_t n_columns, size_t n_classes)
{
    made_design_new(&design, ROWS, n_columns, n_classes);
    made_design_draw(&design, 17, 0.9);
    options = made_design_options(&design);
    options.l2 = 0.05;
}

static void teardown(void)
{
    estimate_free(&first);
    estimate_free(&second);
    design_free(&design);
    design_free(&other);
}

/* ∇(mean loss) + l2·f·(w - mean over all classes of w) = 0; 0 for the intercepts. */
static void check_optimum(const struct estimate *estimate)
{
    double complex terms[40], gradient[40];
    size_t n_terms = estimate->n_terms, n_blocks = estimate->n_blocks;
    for (size_t i = 0; i < n_blocks * n_terms; i++)
        terms[i] = estimate->solution[i];
    made_design_gradient(&design, &options, terms, gradient);
    for (size_t b = 0; b < n_blocks; b++)
        for (size_t i = 0; i < n_terms; i++) {
            double mean = 0, slope = creal(gradient[b * n_terms + i]);
            for (size_t k = 0; n_blocks > 1 && k < n_blocks; k++)
                mean += estimate->solution[k * n_terms + i] / (double)(n_blocks + 1);
            double factor = i < options.intercept ? 0
                            : options.factors     ? options.factors[i - options.intercept]
                                                  : 1;
            slope += options.l2 * factor * (estimate->solution[b * n_terms + i] - mean);
            ck_assert_double_eq_tol(slope, 0, 1e-14);
        }
    ck_assert(estimate->report.converged);
}

START_TEST(a_penalised_fit_is_an_optimum)
{
    static const double factors[] = {1, 0, 7};
    make(3, (size_t)_i);
    first = made_design_fit(&design, &options);
    check_optimum(&first);
    options.factors = factors;
    second = made_design_fit(&design, &options);
    check_optimum(&second);
}
END_TEST

START_TEST(standardizing_penalises_columns_of_length_1)
{
    make(2, (size_t)_i);
    made_design_new(&other, ROWS, 2, (size_t)_i);
    double std[2];
    for (size_t j = 0; j < 2; j++) {
        double mean = 0, square = 0;
        for (size_t i = 0; i < ROWS; i++)
            mean += design.x[2 * i + j] / ROWS;
        for (size_t i = 0; i < ROWS; i++)
            square += pow(design.x[2 * i + j] - mean, 2) / ROWS;
        std[j] = sqrt(square);
        for (size_t i = 0; i < ROWS; i++)
            other.x[2 * i + j] = (design.x[2 * i + j] - mean) / std[j];
    }
    memcpy(other.y, design.y, ROWS * sizeof(double));
    second = made_design_fit(&other, &options);
    for (size_t i = 0; i < ROWS; i++) /* units must not matter */
        design.x[2 * i] = 1e6 * design.x[2 * i] + 1e7;
    std[0] *= 1e6;
    options.standardize = true;
    first = made_design_fit(&design, &options);
    for (size_t b = 0; b < first.n_blocks; b++)
        for (size_t j = 0; j < 2; j++)
            ck_assert_double_eq_tol(first.solution[3 * b + 1 + j] * std[j],
                                    second.solution[3 * b + 1 + j], 1e-11);
    ck_assert_double_eq_tol(first.report.objective, second.report.objective, 1e-13);
}
END_TEST

START_TEST(equal_columns_share_their_coefficient)
{
    static const double penalties[] = {1, 1e-3, 1e-9, 1e-14};
    make(3, (size_t)_i);
    for (size_t i = 0; i < ROWS; i++)
        design.x[3 * i + 2] = design.x[3 * i];
    for (size_t p = 0; p < 4; p++) {
        options.l2 = penalties[p];
        first = made_design_fit(&design, &options);
        for (size_t b = 0; b < first.n_blocks; b++)
            ck_assert_double_eq_tol(first.solution[4 * b + 1], first.solution[4 * b + 3],
                                    1e-12);
        check_optimum(&first);
        ck_assert_uint_eq(first.report.n_coefficients, first.n_blocks * 4);
        estimate_free(&first);
    }
}
END_TEST

START_TEST(the_free_one_of_equal_columns_takes_all)
{
    static const double factors[] = {1, 1, 0}, free_first[] = {0, 1};
    make(3, 2);
    made_design_new(&other, ROWS, 2, 2);
    for (size_t i = 0; i < ROWS; i++) {
        memcpy(other.x + 2 * i, design.x + 3 * i, 2 * sizeof(double));
        other.y[i] = design.y[i];
        design.x[3 * i + 2] = design.x[3 * i];
    }
    options.factors = factors;
    first = made_design_fit(&design, &options);
    check_optimum(&first);
    options.factors = free_first;
    second = made_design_fit(&other, &options);
    ck_assert_double_eq_tol(first.solution[1], 0, 1e-13);
    ck_assert_double_eq_tol(first.solution[3], second.solution[1], 1e-13);
}
END_TEST

START_TEST(a_huge_penalty_leaves_the_intercept)
{
    make(2, (size_t)_i);
    options.l2 = 1e12;
    first = made_design_fit(&design, &options);
    for (size_t b = 0; b < first.n_blocks; b++) {
        ck_assert_double_eq_tol(first.solution[3 * b + 1], 0, 1e-11);
        ck_assert_double_eq_tol(first.solution[3 * b + 2], 0, 1e-11);
    }
    ck_assert_double_eq_tol(first.report.log_likelihood, first.report.null_log_likelihood,
                            1e-8);
}
END_TEST

START_TEST(a_vanishing_penalty_is_none)
{
    make(2, 3);
    options.l2 = 0;
    first = made_design_fit(&design, &options);
    options.l2 = 1e-14;
    second = made_design_fit(&design, &options);
    for (size_t i = 0; i < 6; i++)
        ck_assert_double_eq_tol(first.solution[i], second.solution[i], 1e-11);
}
END_TEST

/* Two centred classes are ±w/2, so ‖W‖² is w²/2. */
START_TEST(two_classes_have_half_the_binary_penalty)
{
    make(2, 2);
    options.l2 = 0.1;
    first = made_design_fit(&design, &options);
    options.family = FAMILY_MULTINOMIAL;
    options.l2 = 0.2;
    second = made_design_fit(&design, &options);
    for (size_t i = 0; i < 3; i++)
        ck_assert_double_eq_tol(first.solution[i], second.solution[i], 1e-13);
    ck_assert_double_eq_tol(first.report.objective, second.report.objective, 1e-14);
}
END_TEST

START_TEST(the_reference_class_is_penalised_like_the_others)
{
    make(2, 3);
    made_design_new(&other, ROWS, 2, 3);
    memcpy(other.x, design.x, 2 * ROWS * sizeof(double));
    for (size_t i = 0; i < ROWS; i++)
        other.y[i] = 2 - design.y[i];
    first = made_design_fit(&design, &options);
    second = made_design_fit(&other, &options);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_double_eq_tol(second.solution[3 + i], -first.solution[3 + i], 1e-13);
        ck_assert_double_eq_tol(second.solution[i],
                                first.solution[i] - first.solution[3 + i], 1e-13);
    }
}
END_TEST

START_TEST(a_penalty_makes_separated_data_finite)
{
    make(2, 2);
    for (size_t i = 0; i < ROWS; i++)
        design.y[i] = design.x[2 * i] > 0.1;
    options.l2 = 1e-6;
    first = made_design_fit(&design, &options);
    check_optimum(&first);
    ck_assert_uint_eq(first.report.n_warnings, 0);
    ck_assert_double_gt(first.solution[1], 10);
}
END_TEST

START_TEST(more_columns_than_rows_are_fine_with_a_penalty)
{
    made_design_new(&design, 20, 39, 2);
    made_design_draw(&design, 17, 0.2);
    options = made_design_options(&design);
    options.l2 = 1e-3;
    first = made_design_fit(&design, &options);
    check_optimum(&first);
}
END_TEST

START_TEST(statistics_are_of_the_penalised_information)
{
    make(1, 2);
    options.intercept = false;
    options.l2 = 0.3;
    first = made_design_fit(&design, &options);
    double information = ROWS * options.l2;
    for (size_t i = 0; i < ROWS; i++) {
        double p = 1 / (1 + exp(-design.x[i] * first.solution[0]));
        information += p * (1 - p) * design.x[i] * design.x[i];
    }
    ck_assert_double_eq_tol(first.coefficients[0].std_error, 1 / sqrt(information),
                            1e-14);
}
END_TEST

TCase *estimate_penalty_test(void)
{
    TCase *tests = tcase_create("estimate_penalty");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, a_penalised_fit_is_an_optimum, 2, 5);
    tcase_add_loop_test(tests, standardizing_penalises_columns_of_length_1, 2, 4);
    tcase_add_loop_test(tests, equal_columns_share_their_coefficient, 2, 4);
    tcase_add_test(tests, the_free_one_of_equal_columns_takes_all);
    tcase_add_loop_test(tests, a_huge_penalty_leaves_the_intercept, 2, 4);
    tcase_add_test(tests, a_vanishing_penalty_is_none);
    tcase_add_test(tests, two_classes_have_half_the_binary_penalty);
    tcase_add_test(tests, the_reference_class_is_penalised_like_the_others);
    tcase_add_test(tests, a_penalty_makes_separated_data_finite);
    tcase_add_test(tests, more_columns_than_rows_are_fine_with_a_penalty);
    tcase_add_test(tests, statistics_are_of_the_penalised_information);
    return tests;
}
