#include "core/optim/newton_cg.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "tests/support/analytic.h"

static struct analytic_run run;

static void setup(void)
{
    memset(&run, 0, sizeof(run));
    run.solve = newton_cg_solve;
    run.options = (struct solver_options){.max_iterations = 200, .tolerance = 1e-8};
}

static void check_ones(size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_double_eq_tol(run.point.beta[i], 1, tolerance);
}

START_TEST(a_quadratic_is_minimised_from_anywhere)
{
    static const double starts[][8] = {{0}, {1e3, -1e8, 1e-2}, {1, 2, 3, 4, 5, 6, 7, 8}};
    for (size_t i = 0; i < 3; i++) {
        struct analytic function = {8, analytic_quadratic, 0, 0, 0, 0};
        analytic_minimise(&run, &function, starts[i]);
        ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
        check_ones(8, 1e-9);
        ck_assert_double_le(run.result.newton_decrement, 1e-7);
        analytic_release(&run, &function);
    }
}
END_TEST

START_TEST(the_minimum_is_found_to_the_last_digits)
{
    const double start[5] = {-3, 4, 0, 1, -1};
    struct analytic function = {5, analytic_exponentials, 0, 0, 0, 0};
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
    for (size_t i = 0; i < 5; i++)
        ck_assert_double_eq_tol(run.point.beta[i], log((double)i + 2), 1e-14);
    ck_assert_double_le(run.result.newton_decrement, 1e-13);
    analytic_release(&run, &function);
}
END_TEST

static const struct objective_ops *analytic_ops;
static size_t n_metrics;

static int count_metric(void *context, struct objective_point *point, double *diagonal,
                        struct error *err)
{
    n_metrics++;
    return analytic_ops->hessian_diagonal(context, point, diagonal, err);
}

START_TEST(a_metric_stays_while_the_objective_falls_as_promised)
{
    struct analytic function = {5, analytic_exponentials, 0, 0, 0, 0};
    struct objective objective = analytic_objective(&function);
    struct objective_ops counting = *objective.ops;
    struct objective_point point = {0};
    struct solver_result result = {0};
    analytic_ops = objective.ops;
    counting.hessian_diagonal = count_metric;
    objective.ops = &counting;
    n_metrics = 0;
    ck_assert_int_eq(objective_point_new(&objective, 0, &point, NULL), 0);
    for (size_t i = 0; i < 5; i++)
        point.beta[i] = _i == 0 ? log((double)i + 2) + 0.01 : -3;
    ck_assert_int_eq(
        newton_cg_solve(&objective, &run.options, NULL, &point, &result, NULL), 0);
    for (size_t i = 0; i < 5; i++)
        ck_assert_double_eq_tol(point.beta[i], log((double)i + 2), 1e-14);
    ck_assert_uint_gt(result.n_iterations, 1);
    if (_i == 0)
        ck_assert_uint_eq(n_metrics, 1);
    else
        ck_assert_uint_gt(n_metrics, 1);
    ck_assert_uint_lt(n_metrics, result.n_iterations);
    objective_point_free(&objective, &point);
}
END_TEST

START_TEST(a_loose_tolerance_ends_where_it_is_met)
{
    const double start[5] = {-3, 4, 0, 1, -1};
    struct analytic function = {5, analytic_exponentials, 0, 0, 0, 0};
    analytic_minimise(&run, &function, start);
    double least = run.point.value;
    uint64_t n_to_the_end = run.result.n_iterations;
    analytic_release(&run, &function);
    setup();
    run.options.tolerance = 1e-4;
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
    ck_assert_uint_lt(run.result.n_iterations, n_to_the_end);
    ck_assert_double_le(run.point.value - least, 1e-4 * fabs(least));
    ck_assert_double_gt(run.result.newton_decrement, 1e-8);
    analytic_release(&run, &function);
}
END_TEST

START_TEST(negative_curvature_is_no_hindrance)
{
    const double start[] = {-1.2, 2}; /* concave there */
    struct analytic function = {2, analytic_rosenbrock, 0, 0, 0, 0};
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
    check_ones(2, 1e-10);
    analytic_release(&run, &function);
}
END_TEST

START_TEST(a_start_at_the_minimum_takes_no_step)
{
    const double start[] = {1};
    struct analytic function = {1, analytic_barrier, 0, 0, 0, 0};
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
    ck_assert_uint_eq(run.result.n_iterations, 0);
    ck_assert_double_eq(run.point.beta[0], 1);
    analytic_release(&run, &function);
}
END_TEST

START_TEST(a_step_that_goes_too_far_is_halved)
{
    const double far[] = {5}, outside[] = {8};
    struct analytic hyperbola = {1, analytic_hyperbola, 0, 0, 0, 0};
    struct analytic barrier = {1, analytic_barrier, 0, 0, 0, 0};
    analytic_minimise(&run, &hyperbola, far);
    ck_assert_double_lt(run.steps[1].step, 1);
    ck_assert_double_eq_tol(run.point.beta[0], 0, 1e-15);
    analytic_release(&run, &hyperbola);
    analytic_minimise(&run, &barrier, outside);
    ck_assert_double_eq(run.steps[1].step, 0.125);
    ck_assert_double_eq_tol(run.point.beta[0], 1, 1e-15);
    analytic_release(&run, &barrier);
}
END_TEST

START_TEST(what_falls_without_a_minimum_is_unbounded)
{
    const double start[] = {0, 0};
    struct analytic slope = {2, analytic_slope, 0, 0, 0, 0};
    struct analytic tail = {2, analytic_tail, 0, 0, 0, 0};
    analytic_minimise(&run, &tail, start);
    ck_assert_int_eq(run.result.stop, SOLVER_UNBOUNDED);
    ck_assert_double_eq_tol(run.point.beta[1], 1, 1e-12);
    ck_assert_double_gt(run.point.beta[0], 10);
    analytic_release(&run, &tail);
    analytic_minimise(&run, &slope, start);
    ck_assert_int_eq(run.result.stop, SOLVER_UNBOUNDED);
    ck_assert_double_gt(run.point.beta[0], 2);
    analytic_release(&run, &slope);
}
END_TEST

START_TEST(a_tolerance_below_rounding_ends_as_no_progress)
{
    const double start[] = {-3, 4};
    struct analytic function = {2, analytic_exponentials, 0, 0, 0, 0};
    run.options.tolerance = 1e-300;
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_NO_PROGRESS);
    ck_assert_double_eq_tol(run.point.beta[0], log(2), 1e-14);
    ck_assert_double_eq_tol(run.point.beta[1], log(3), 1e-14);
    analytic_release(&run, &function);
}
END_TEST

START_TEST(one_of_many_minima_is_found)
{
    const double start[] = {7, 5};
    struct analytic function = {2, analytic_valley, 0, 0, 0, 0};
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
    ck_assert_double_eq_tol(run.point.beta[0] + run.point.beta[1], 1, 1e-14);
    analytic_release(&run, &function);
}
END_TEST

START_TEST(iterations_are_limited_and_watched)
{
    const double start[] = {-3, 4};
    struct analytic function = {2, analytic_exponentials, 0, 0, 0, 0};
    run.options.max_iterations = 2;
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_MAX_ITERATIONS);
    ck_assert_uint_eq(run.result.n_iterations, 2);
    ck_assert_double_gt(run.result.newton_decrement, 1e-8);
    analytic_release(&run, &function);
    run.stop_at = 2;
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_STOPPED);
    ck_assert_uint_eq(run.result.n_iterations, 1);
    analytic_release(&run, &function);
}
END_TEST

START_TEST(numbers_that_are_not_finite_end_it_with_the_iteration)
{
    static const double bad[] = {INFINITY}, outside[] = {-1};
    const struct {
        analytic_fn *at;
        const double *start;
    } cases[] = {
        {analytic_barrier, outside}, {analytic_barrier, bad}, {analytic_broken, outside}};
    for (size_t i = 0; i < 3; i++) {
        struct error err = {0};
        struct analytic function = {1, cases[i].at, 0, 0, 0, 0};
        ck_assert_int_lt(analytic_solve(&run, &function, cases[i].start, &err), 0);
        ck_assert_int_eq(err.code, ERROR_NON_FINITE);
        ck_assert_ptr_nonnull(strstr(err.message, "iteration 0"));
        analytic_release(&run, &function);
    }
}
END_TEST

START_TEST(an_objective_that_is_never_finite_again_is_told_as_no_progress)
{
    const double start[] = {-3, 4};
    struct error err = {0};
    struct analytic function = {2, analytic_exponentials, 0, ERROR_NON_FINITE, 0, 0};
    ck_assert_int_eq(analytic_solve(&run, &function, start, &err), 0);
    int n_calls = function.n_calls;
    analytic_release(&run, &function);
    bool seen = false;
    for (int n = 1; n < n_calls; n++) {
        function = (struct analytic){2, analytic_exponentials, n, ERROR_NON_FINITE, 0, 0};
        error_clear(&err);
        if (analytic_solve(&run, &function, start, &err) == 0)
            seen |= run.result.stop == SOLVER_NO_PROGRESS;
        else
            ck_assert_str_eq(err.place, "column x");
        analytic_release(&run, &function);
    }
    ck_assert(seen);
}
END_TEST

START_TEST(other_errors_of_the_objective_end_it_at_once)
{
    const double start[] = {-3, 4};
    for (int n = 1; n < 12; n++) {
        struct error err = {0};
        struct analytic function = {2, analytic_exponentials, n, ERROR_CANCELLED, 0, 0};
        ck_assert_int_lt(analytic_solve(&run, &function, start, &err), 0);
        ck_assert_int_eq(err.code, ERROR_CANCELLED);
        ck_assert_int_eq(function.n_calls, n + 1);
        analytic_release(&run, &function);
    }
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    const double start[] = {-3, 4};
    struct analytic function = {2, analytic_exponentials, 0, 0, 0, 0};
    ck_assert_int_eq(analytic_fail_allocations(&run, &function, start), 11);
}
END_TEST

TCase *newton_cg_test(void)
{
    TCase *tests = tcase_create("newton_cg");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, a_quadratic_is_minimised_from_anywhere);
    tcase_add_test(tests, the_minimum_is_found_to_the_last_digits);
    tcase_add_loop_test(tests, a_metric_stays_while_the_objective_falls_as_promised, 0,
                        2);
    tcase_add_test(tests, a_loose_tolerance_ends_where_it_is_met);
    tcase_add_test(tests, negative_curvature_is_no_hindrance);
    tcase_add_test(tests, a_start_at_the_minimum_takes_no_step);
    tcase_add_test(tests, a_step_that_goes_too_far_is_halved);
    tcase_add_test(tests, what_falls_without_a_minimum_is_unbounded);
    tcase_add_test(tests, a_tolerance_below_rounding_ends_as_no_progress);
    tcase_add_test(tests, one_of_many_minima_is_found);
    tcase_add_test(tests, iterations_are_limited_and_watched);
    tcase_add_test(tests, numbers_that_are_not_finite_end_it_with_the_iteration);
    tcase_add_test(tests, an_objective_that_is_never_finite_again_is_told_as_no_progress);
    tcase_add_test(tests, other_errors_of_the_objective_end_it_at_once);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
