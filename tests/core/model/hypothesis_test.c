#include "core/model/hypothesis.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/kernel/distribution.h"
#include "tests/support/made_design.h"
#include "tests/support/scored_rows.h"

static struct design design;
static struct estimate_options options;
static struct estimate estimate;
/* Three columns of one input between two of their own. */
static const struct statistics_column columns[] = {
    {2, false}, {5, true}, {5, true}, {5, true}, {7, false}};

static void teardown(void)
{
    estimate_free(&estimate);
    design_free(&design);
}

static void make(size_t n_rows, size_t n_classes)
{
    made_design_new(&design, n_rows, 5, n_classes);
    made_design_draw(&design, 19, 0.6);
    for (size_t i = 0; i < n_rows; i++)
        for (size_t j = 1; j < 4; j++)
            design.x[5 * i + j] = i % 4 == j;
    options = made_design_options(&design);
    options.details.columns = columns;
}

static void fit(void)
{
    estimate_free(&estimate);
    estimate = made_design_fit(&design, &options);
}

static double quadratic(size_t n, scored_rows_matrix a, const double *x)
{
    double sum = 0;
    scored_rows_invert(n, a);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            sum += x[i] * a[i][j] * x[j];
    return sum;
}

/* Wald's statistic of the terms first…end-1 of every block. */
static double wald(size_t first, size_t end)
{
    scored_rows_matrix a;
    double x[SCORED_ROWS_MOST];
    size_t at[SCORED_ROWS_MOST], n = 0, n_all = estimate.n_blocks * estimate.n_terms;
    for (size_t b = 0; b < estimate.n_blocks; b++)
        for (size_t t = first; t < end; t++)
            at[n++] = b * estimate.n_terms + t;
    for (size_t i = 0; i < n; i++) {
        x[i] = estimate.coefficients[at[i]].estimate;
        for (size_t j = 0; j < n; j++)
            a[i][j] = estimate.covariance[at[i] * n_all + at[j]];
    }
    return quadratic(n, a, x);
}

static void check_test(double statistic, double df, double p_value, double expected,
                       double expected_df)
{
    ck_assert_double_eq_tol(statistic / expected, 1, 1e-9);
    ck_assert_double_eq(df, expected_df);
    ck_assert_double_eq_tol(p_value / distribution_chi_square_p(statistic, df), 1, 1e-14);
}

START_TEST(wald_tests_are_those_of_the_covariance)
{
    make(400, _i < 2 ? 2 : 4);
    options.details.covariance = _i % 2 ? COVARIANCE_HC1 : COVARIANCE_MODEL;
    fit();
    const struct addenda *told = &estimate.report.addenda;
    double n_blocks = (double)estimate.n_blocks;
    check_test(told->wald_statistic, told->wald_df, told->wald_p_value, wald(1, 6),
               5 * n_blocks);
    static const size_t first[] = {1, 2, 5, 6}, inputs[] = {2, 5, 7};
    ck_assert_uint_eq(told->n_term_tests, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct addenda_term_test *test = &told->term_tests[i];
        ck_assert_uint_eq(test->term, inputs[i]);
        check_test(test->statistic, test->df, test->p_value, wald(first[i], first[i + 1]),
                   n_blocks * (double)(first[i + 1] - first[i]));
    }
}
END_TEST

/* U'I⁻¹U at the intercepts alone, which shares tell where there is no offset. */
START_TEST(the_score_test_is_that_of_the_null_model)
{
    scored_rows_matrix information;
    double terms[SCORED_ROWS_MOST] = {0}, u[SCORED_ROWS_MOST] = {0}, counts[4] = {0};
    make(300, _i < 2 ? 2 : 4);
    options.l2 = _i % 2 ? 0.1 : 0; /* a penalty changes nothing */
    fit();
    for (size_t i = 0; i < 300; i++)
        counts[(size_t)design.y[i]]++;
    for (size_t b = 0; b < estimate.n_blocks; b++)
        terms[b * estimate.n_terms] = log(counts[b + 1] / counts[0]);
    size_t n = estimate.n_blocks * estimate.n_terms;
    for (size_t i = 0; i < 300; i++) {
        double score[SCORED_ROWS_MOST];
        scored_rows_score(&design, &options, terms, i, score);
        for (size_t j = 0; j < n; j++)
            u[j] += score[j];
    }
    scored_rows_information(&design, &options, terms, information);
    const struct addenda *told = &estimate.report.addenda;
    check_test(told->score_statistic, told->score_df, told->score_p_value,
               quadratic(n, information, u), 5 * (double)estimate.n_blocks);
}
END_TEST

/* A search that starts elsewhere, or from a fit to some of many rows, leaves the score
 * test a pass of its own. */
START_TEST(the_score_test_is_the_same_wherever_the_search_starts)
{
    make(_i < 2 ? 400 : 20000, _i % 2 ? 4 : 2);
    double start[3 * 6] = {0};
    for (size_t i = 0; i < 18; i++)
        start[i] = 0.01 * (double)i;
    fit();
    double statistic = estimate.report.addenda.score_statistic;
    options.start = start;
    fit();
    ck_assert_double_gt(statistic, 0);
    ck_assert_double_eq_tol(estimate.report.addenda.score_statistic / statistic, 1,
                            1e-12);
}
END_TEST

START_TEST(without_intercept_the_null_model_is_the_offset)
{
    scored_rows_matrix information;
    double zeros[SCORED_ROWS_MOST] = {0}, u[SCORED_ROWS_MOST] = {0};
    make(200, 2);
    options.intercept = false;
    made_design_add_offset(&design);
    for (size_t i = 0; i < 200; i++)
        design.offset[i] = sin((double)i);
    fit();
    for (size_t i = 0; i < 200; i++) {
        double score[SCORED_ROWS_MOST];
        scored_rows_score(&design, &options, zeros, i, score);
        for (size_t j = 0; j < 5; j++)
            u[j] += score[j];
    }
    scored_rows_information(&design, &options, zeros, information);
    ck_assert_double_eq_tol(
        estimate.report.addenda.score_statistic / quadratic(5, information, u), 1, 1e-10);
}
END_TEST

START_TEST(aliased_columns_take_no_part)
{
    make(200, 2);
    for (size_t i = 0; i < 200; i++)
        design.x[5 * i + 3] = design.x[5 * i + 1] + design.x[5 * i + 2];
    fit();
    ck_assert(estimate.coefficients[4].aliased);
    const struct addenda *told = &estimate.report.addenda;
    ck_assert_double_eq(told->wald_df, 4);
    ck_assert_double_eq(told->score_df, 4);
    ck_assert_double_eq(told->term_tests[1].df, 2);
    ck_assert_double_eq_tol(told->term_tests[1].statistic, wald(2, 4), 1e-9);
}
END_TEST

START_TEST(infinite_estimates_have_a_score_test_only)
{
    make(200, 2);
    for (size_t i = 0; i < 200; i++) {
        design.x[5 * i] = i % 10 == 0;
        design.y[i] = i % 10 == 0 ? 1 : design.y[i];
    }
    fit();
    const struct addenda *told = &estimate.report.addenda;
    ck_assert_int_eq(estimate.coefficients[1].infinite, 1);
    ck_assert(isnan(told->wald_statistic) && isnan(told->wald_p_value));
    ck_assert(isnan(told->term_tests[0].statistic));
    ck_assert(told->term_tests[1].statistic > 0);
    ck_assert(told->score_statistic > 0 && told->score_p_value < 1);
    ck_assert(!made_design_is_warned(&estimate.report, "singular_covariance", NULL));
}
END_TEST

START_TEST(fewer_clusters_than_coefficients_have_no_wald_test)
{
    uint32_t clusters[100];
    make(100, 2);
    for (uint32_t i = 0; i < 100; i++)
        clusters[i] = i / 34;
    options.details.covariance = COVARIANCE_CLUSTER;
    options.details.clusters = clusters;
    options.details.n_clusters = 3;
    fit();
    ck_assert(isnan(estimate.report.addenda.wald_statistic));
    ck_assert(made_design_is_warned(&estimate.report, "singular_covariance", NULL));
    ck_assert(estimate.coefficients[1].std_error > 0);
}
END_TEST

TCase *hypothesis_test(void)
{
    TCase *tests = tcase_create("hypothesis");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, wald_tests_are_those_of_the_covariance, 0, 4);
    tcase_add_loop_test(tests, the_score_test_is_that_of_the_null_model, 0, 4);
    tcase_add_loop_test(tests, the_score_test_is_the_same_wherever_the_search_starts, 0,
                        4);
    tcase_add_test(tests, without_intercept_the_null_model_is_the_offset);
    tcase_add_test(tests, aliased_columns_take_no_part);
    tcase_add_test(tests, infinite_estimates_have_a_score_test_only);
    tcase_add_test(tests, fewer_clusters_than_coefficients_have_no_wald_test);
    return tests;
}
