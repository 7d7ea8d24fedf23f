#include "core/model/sample_metric.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "tests/support/made_design.h"

#define N_ROWS 9000U
#define N_COLUMNS 60U

static struct design design;
static struct estimate_options options;
static struct estimate estimate, whole;

static void setup(void)
{
    made_design_new(&design, N_ROWS, N_COLUMNS, 2);
    made_design_draw(&design, 31, 0.3);
    options = made_design_options(&design);
    options.statistics = false;
    options.l2 = 1e-4;
}

static void teardown(void)
{
    estimate_free(&estimate);
    estimate_free(&whole);
    design_free(&design);
}

static bool is_of_sample(const struct estimate *made)
{
    return made_design_is_warned(&made->report, "curvature_of_sample", NULL);
}

/* To the last digits from coefficients of 0, without a sample. */
static void fit_whole(void)
{
    static const double nowhere[N_COLUMNS + 1];
    options.start = nowhere;
    options.solver.tolerance = 1e-8;
    whole = made_design_fit(&design, &options);
    options.start = NULL;
    ck_assert_uint_eq(whole.report.effort.sample_rows, 0);
}

/* Of 2250 rows and 61 coefficients (1 + √(61/2250))² is 1.36, and weights differ. */
static void check_curvature(void)
{
    const struct report *report = &estimate.report, *other = &whole.report;
    ck_assert(is_of_sample(&estimate));
    ck_assert(!is_of_sample(&whole));
    ck_assert_double_eq_tol(report->max_eigenvalue / other->max_eigenvalue, 1, 0.5);
    ck_assert_double_eq_tol(report->min_eigenvalue / other->min_eigenvalue, 1, 0.5);
}

START_TEST(a_loose_tolerance_is_met_by_gradients)
{
    const double tolerances[] = {1e-3, 1e-4, 1e-5, 1e-6, 2e-8};
    double tolerance = tolerances[_i];
    fit_whole();
    options.solver.tolerance = tolerance;
    estimate = made_design_fit(&design, &options);
    ck_assert(estimate.report.converged);
    ck_assert_str_eq(estimate.report.stop_reason, "tolerance");
    double left = estimate.report.objective - whole.report.objective;
    double decrement = estimate.report.newton_decrement;
    ck_assert_double_le(left, tolerance * whole.report.objective);
    ck_assert_double_le(left, decrement * decrement / 2);
    ck_assert_double_ge(left, -1e-14);
    check_curvature();
}
END_TEST

START_TEST(the_last_digits_and_statistics_are_of_all_rows)
{
    fit_whole();
    options.statistics = _i > 0;
    options.l2 = _i > 1 ? 0 : options.l2;
    options.solver.tolerance = _i > 0 ? 1e-4 : 1e-8;
    estimate = made_design_fit(&design, &options);
    ck_assert(!is_of_sample(&estimate));
    ck_assert(estimate.report.converged);
    ck_assert_double_lt(estimate.report.newton_decrement, 1e-12);
    for (size_t i = 0; _i < 2 && i <= N_COLUMNS; i++)
        ck_assert_double_eq_tol(estimate.solution[i], whole.solution[i], 1e-11);
    if (_i == 0)
        ck_assert_double_eq_tol(
            estimate.report.min_eigenvalue / whole.report.min_eigenvalue, 1, 1e-9);
}
END_TEST

START_TEST(without_a_penalty_on_all_columns_newton_has_the_last_word)
{
    options.l2 = 0;
    options.solver.tolerance = 1e-4;
    estimate = made_design_fit(&design, &options);
    ck_assert(estimate.report.converged);
    ck_assert(!is_of_sample(&estimate));
}
END_TEST

START_TEST(few_columns_have_hessians_of_all_rows)
{
    design_free(&design);
    made_design_new(&design, N_ROWS, 4, 2);
    made_design_draw(&design, 32, 0.3);
    options.solver.tolerance = 1e-4;
    estimate = made_design_fit(&design, &options);
    ck_assert_uint_gt(estimate.report.effort.sample_rows, 0);
    ck_assert(!is_of_sample(&estimate));
}
END_TEST

/* In the column of a single row, which the sample need not have. */
START_TEST(what_the_sample_does_not_tell_is_found)
{
    for (size_t i = 0; i < N_ROWS; i++)
        design.x[i * N_COLUMNS] = i == 4321 ? 1 : 0;
    fit_whole();
    options.solver.tolerance = 1e-6;
    estimate = made_design_fit(&design, &options);
    ck_assert(estimate.report.converged);
    ck_assert_double_le(estimate.report.objective - whole.report.objective,
                        1e-6 * whole.report.objective);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    options.solver.tolerance = _i == 0 ? 1e-5 : 1e-8;
    estimate = made_design_fit_with(&design, &options, 1);
    whole = made_design_fit_with(&design, &options, 3);
    ck_assert_mem_eq(estimate.solution, whole.solution, (N_COLUMNS + 1) * sizeof(double));
    ck_assert_double_eq(estimate.report.effort.passes, whole.report.effort.passes);
}
END_TEST

START_TEST(few_iterations_are_kept_to)
{
    options.solver.tolerance = 1e-6;
    options.solver.max_iterations = 1;
    estimate = made_design_fit(&design, &options);
    ck_assert_str_eq(estimate.report.stop_reason, "max_iterations");
    ck_assert_uint_eq(estimate.report.iterations, 1);
    ck_assert(!estimate.report.converged);
    ck_assert(!is_of_sample(&estimate));
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    struct error err = {0};
    struct pool *pool = pool_new(1, 0, NULL);
    options.solver.tolerance = 1e-3;
    for (long n = 0;; n += 3) {
        error_clear(&err);
        memory_fail_after(n);
        int status = estimate_run(&design, &options, NULL, pool, &estimate, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert(is_of_sample(&estimate));
    pool_free(pool);
}
END_TEST

TCase *sample_metric_test(void)
{
    TCase *tests = tcase_create("sample_metric");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_loose_tolerance_is_met_by_gradients, 0, 5);
    tcase_add_loop_test(tests, the_last_digits_and_statistics_are_of_all_rows, 0, 3);
    tcase_add_test(tests, without_a_penalty_on_all_columns_newton_has_the_last_word);
    tcase_add_test(tests, few_columns_have_hessians_of_all_rows);
    tcase_add_test(tests, what_the_sample_does_not_tell_is_found);
    tcase_add_loop_test(tests, any_number_of_threads_gives_the_same_bits, 0, 2);
    tcase_add_test(tests, few_iterations_are_kept_to);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
