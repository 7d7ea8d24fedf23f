/*
 * Every solver that is no Newton's method against it: the same optimum, the same
 * statistics, the same word on separation, also where nothing may be p×p.
 */
#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/made_design.h"

static const char *const names[] = {"newton_cg", "lbfgs"};
#define N_NAMES (int)(sizeof(names) / sizeof(names[0]))

static struct design design;
static struct estimate_options options;
static struct estimate estimate, newton;

static void teardown(void)
{
    estimate_free(&estimate);
    estimate_free(&newton);
    design_free(&design);
}

static void make(size_t n_rows, size_t n_columns, size_t n_classes, double signal)
{
    teardown();
    made_design_new(&design, n_rows, n_columns, n_classes);
    made_design_draw(&design, 77, signal);
    options = made_design_options(&design);
}

static void fit(const char *name)
{
    estimate_free(&newton);
    estimate_free(&estimate);
    options.algorithm = "newton";
    newton = made_design_fit(&design, &options);
    options.algorithm = name;
    estimate = made_design_fit(&design, &options);
    ck_assert_str_eq(estimate.report.algorithm, name);
}

static bool is_warned(const char *code)
{
    return made_design_is_warned(&estimate.report, code, NULL);
}

static void check_solution(double tolerance)
{
    double greatest = 0;
    size_t n = newton.n_blocks * newton.n_terms;
    for (size_t i = 0; i < n; i++)
        greatest = fmax(greatest, fabs(newton.solution[i]));
    for (size_t i = 0; i < n; i++)
        ck_assert_double_le(fabs(estimate.solution[i] - newton.solution[i]),
                            tolerance * greatest);
}

static void check_converged(void)
{
    ck_assert(estimate.report.converged);
    ck_assert_str_eq(estimate.report.stop_reason, "tolerance");
    ck_assert_double_le(estimate.report.newton_decrement, 1e-4);
}

START_TEST(statistics_are_those_of_newton)
{
    static const size_t shapes[][3] = {{2000, 6, 2}, {1500, 4, 4}};
    for (size_t s = 0; s < 2; s++) {
        make(shapes[s][0], shapes[s][1], shapes[s][2], 0.7);
        fit(names[_i]);
        check_converged();
        check_solution(1e-11);
        ck_assert_double_le(estimate.report.newton_decrement, 1e-8);
        ck_assert_ptr_nonnull(strstr(estimate.report.chosen_because, "statistics"));
        for (size_t i = 0; i < estimate.n_blocks * estimate.n_terms; i++)
            ck_assert_double_eq_tol(estimate.coefficients[i].std_error /
                                        newton.coefficients[i].std_error,
                                    1, 1e-10);
    }
}
END_TEST

START_TEST(a_penalised_fit_is_its_own_to_its_tolerance)
{
    make(2000, 6, 3, 0.7);
    options.statistics = false;
    options.l2 = 0.01;
    fit(names[_i]);
    check_converged();
    check_solution(1e-6);
    ck_assert_str_eq(estimate.report.chosen_because, "asked for");
    ck_assert(!is_warned("curvature_unknown"));
    ck_assert_double_eq_tol(estimate.report.min_eigenvalue / newton.report.min_eigenvalue,
                            1, 1e-6);
    ck_assert_double_gt(estimate.report.newton_decrement, 0);
}
END_TEST

/* p = 9 × 121 > 500: nothing is p×p. */
static void make_wide(void)
{
    make(700, 120, 10, 0.5);
    options.statistics = false;
    options.l2 = 1e-3;
    options.solver.tolerance = 1e-12;
}

START_TEST(many_coefficients_take_no_hessian)
{
    make_wide();
    fit(names[_i]);
    check_converged();
    check_solution(1e-8);
    ck_assert(isnan(estimate.report.min_eigenvalue));
    ck_assert(isnan(estimate.report.condition));
    ck_assert(is_warned("curvature_unknown"));
    ck_assert(isfinite(estimate.report.newton_decrement));
    ck_assert_ptr_null(estimate.covariance);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
    make_wide();
    options.algorithm = names[_i];
    estimate = made_design_fit_with(&design, &options, 1);
    newton = made_design_fit_with(&design, &options, 5);
    ck_assert_uint_eq(estimate.report.iterations, newton.report.iterations);
    ck_assert_mem_eq(estimate.solution, newton.solution,
                     estimate.n_blocks * estimate.n_terms * sizeof(double));
    ck_assert_double_eq(estimate.report.newton_decrement, newton.report.newton_decrement);
}
END_TEST

/* ---- separation ---- */

static void check_same_word(void)
{
    size_t n = newton.n_blocks * newton.n_terms;
    static const char *const codes[] = {"complete_separation",
                                        "quasi_complete_separation"};
    for (size_t c = 0; c < 2; c++)
        ck_assert_int_eq(is_warned(codes[c]),
                         made_design_is_warned(&newton.report, codes[c], NULL));
    ck_assert_int_eq(estimate.report.converged, newton.report.converged);
    for (size_t i = 0; i < n; i++) {
        const struct coefficient *a = &estimate.coefficients[i];
        const struct coefficient *b = &newton.coefficients[i];
        ck_assert_int_eq(a->infinite, b->infinite);
        ck_assert_int_eq(isnan(a->estimate), isnan(b->estimate));
        if (isfinite(b->estimate))
            ck_assert_double_eq_tol(a->estimate, b->estimate,
                                    1e-8 * (1 + fabs(b->estimate)));
    }
}

START_TEST(separation_is_told_as_by_newton)
{
    make(60, 2, 2, 0.5);
    for (size_t i = 0; i < design.n_rows; i++) { /* column 1 is above 0 in class 1 only */
        design.x[2 * i + 1] = design.y[i] == 1 && i % 3 == 0;
    }
    for (int statistics = 0; statistics < 2; statistics++) {
        options.statistics = statistics;
        fit(names[_i]);
        ck_assert(is_warned("quasi_complete_separation"));
        ck_assert_int_eq(estimate.coefficients[2].infinite, 1);
        check_same_word();
    }
    for (size_t i = 0; i < design.n_rows; i++)
        design.x[2 * i] = design.y[i] + 0.001 * (double)i;
    fit(names[_i]);
    ck_assert(is_warned("complete_separation"));
    check_same_word();
}
END_TEST

START_TEST(too_many_coefficients_leave_separation_unexamined)
{
    make(240, 1100, 3, 0.1); /* more columns than rows: some are aliased, all separated */
    options.statistics = false;
    options.algorithm = names[_i];
    estimate = made_design_fit(&design, &options);
    ck_assert(!estimate.report.converged);
    ck_assert_str_eq(estimate.report.stop_reason, "unbounded");
    ck_assert(is_warned("complete_separation") || is_warned("separation_not_examined"));
}
END_TEST

/* ---- going wrong ---- */

START_TEST(where_a_chosen_algorithm_fails_another_goes_on)
{
    make_wide();
    design.n_rows = 300;
    options.algorithm = "auto";
    options.solver.tolerance = 1e-300; /* rounding ends it before */
    estimate = made_design_fit(&design, &options);
    ck_assert_str_eq(estimate.report.algorithm, "newton_cg");
    ck_assert(is_warned("algorithm_changed"));
    ck_assert(!estimate.report.converged);
    estimate_free(&estimate);
    options.algorithm = "newton_cg"; /* asked for: nobody else is taken */
    estimate = made_design_fit(&design, &options);
    ck_assert(!is_warned("algorithm_changed"));
    ck_assert_str_eq(estimate.report.stop_reason, "no_progress");
}
END_TEST

START_TEST(iterations_are_limited)
{
    make_wide();
    options.algorithm = names[_i];
    options.solver.max_iterations = 2;
    estimate = made_design_fit(&design, &options);
    ck_assert(!estimate.report.converged);
    ck_assert_str_eq(estimate.report.stop_reason, "max_iterations");
    ck_assert_uint_eq(estimate.report.iterations, 2);
    options.statistics = true;
    estimate_free(&estimate);
    make(400, 3, 2, 0.5);
    options.algorithm = names[_i];
    options.solver.max_iterations = 1;
    estimate = made_design_fit(&design, &options);
    ck_assert(is_warned("statistics_withheld"));
    ck_assert(isfinite(estimate.report.newton_decrement));
}
END_TEST

static bool is_over(void *context)
{
    size_t *n = context;
    return (*n)++ > 40;
}

START_TEST(a_fit_ends_within_an_evaluation_when_it_is_over)
{
    size_t n_asked = 0;
    struct estimate_hooks hooks = {.watch = {.context = &n_asked, .is_over = is_over}};
    struct pool *pool = pool_new(1, 0, NULL);
    struct error err = {0};
    make_wide();
    options.algorithm = names[_i];
    ck_assert_int_lt(estimate_run(&design, &options, &hooks, pool, &estimate, &err), 0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    ck_assert_uint_lt(n_asked, 60); /* chunks of rows, and the end of a pass */
    pool_free(pool);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    struct pool *pool = pool_new(1, 0, NULL);
    long n = 0;
    make(60, 60, 11, 0.3);
    options.statistics = false;
    options.l2 = 0.1;
    options.algorithm = names[_i];
    for (;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = estimate_run(&design, &options, NULL, pool, &estimate, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert(is_warned("curvature_unknown"));
    ck_assert_int_gt(n, 50);
    pool_free(pool);
}
END_TEST

TCase *estimate_solvers_test(void)
{
    TCase *tests = tcase_create("estimate_solvers");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, statistics_are_those_of_newton, 0, N_NAMES);
    tcase_add_loop_test(tests, a_penalised_fit_is_its_own_to_its_tolerance, 0, N_NAMES);
    tcase_add_loop_test(tests, many_coefficients_take_no_hessian, 0, N_NAMES);
    tcase_add_loop_test(tests, threads_do_not_change_a_bit, 0, N_NAMES);
    tcase_add_loop_test(tests, separation_is_told_as_by_newton, 0, N_NAMES);
    tcase_add_loop_test(tests, too_many_coefficients_leave_separation_unexamined, 0,
                        N_NAMES);
    tcase_add_test(tests, where_a_chosen_algorithm_fails_another_goes_on);
    tcase_add_loop_test(tests, iterations_are_limited, 0, N_NAMES);
    tcase_add_loop_test(tests, a_fit_ends_within_an_evaluation_when_it_is_over, 0,
                        N_NAMES);
    tcase_add_loop_test(tests, each_failed_allocation_is_told, 0, N_NAMES);
    return tests;
}
