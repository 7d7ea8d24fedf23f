#include "core/optim/lbfgs.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "tests/support/analytic.h"

static struct analytic_run run;

static void setup(void)
{
    memset(&run, 0, sizeof(run));
    run.solve = lbfgs_solve;
    run.options = (struct solver_options){.max_iterations = 500, .tolerance = 1e-8};
}

static double gradient_norm(size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += run.point.gradient[i] * run.point.gradient[i];
    return sqrt(sum);
}

START_TEST(the_bent_valley_of_rosenbrock_is_followed)
{
    const double starts[][20] = {{-1.2, 1}, {-1.2, 1, -1.2, 1, -1.2, 1}, {5, -5, 5, -5}};
    static const size_t n[] = {2, 6, 20};
    for (size_t i = 0; i < 3; i++) {
        struct analytic function = {n[i], analytic_rosenbrock, 0, 0, 0, 0};
        analytic_minimise(&run, &function, starts[i]);
        ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
        ck_assert_double_le(gradient_norm(n[i]), 1e-8);
        ck_assert(isnan(run.result.newton_decrement));
        ck_assert_int_eq(function.n_products, 0);
        if (i == 0) { /* with more coordinates there are other minima */
            ck_assert_double_eq_tol(run.point.beta[0], 1, 1e-7);
            ck_assert_double_eq_tol(run.point.beta[1], 1, 1e-7);
            ck_assert_uint_lt(run.result.n_iterations, 60);
        }
        analytic_release(&run, &function);
    }
}
END_TEST

START_TEST(a_quadratic_takes_few_more_steps_than_coordinates)
{
    double start[8] = {0, 30, -20, 10, 5, 4, 3, 2};
    struct analytic function = {8, analytic_quadratic, 0, 0, 0, 0};
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
    ck_assert_uint_lt(run.result.n_iterations, 25);
    for (size_t i = 0; i < 8; i++)
        ck_assert_double_eq_tol(run.point.beta[i], 1, 1e-8);
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
    analytic_release(&run, &function);
}
END_TEST

START_TEST(steps_that_leave_the_domain_are_shortened)
{
    const double start[] = {1e-3}; /* a gradient of -1000 */
    struct analytic function = {1, analytic_barrier, 0, 0, 0, 0};
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
    ck_assert_double_eq_tol(run.point.beta[0], 1, 1e-7);
    analytic_release(&run, &function);
}
END_TEST

START_TEST(what_falls_for_ever_is_unbounded)
{
    const double start[] = {0, 0};
    struct analytic function = {2, analytic_slope, 0, 0, 0, 0};
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_UNBOUNDED);
    ck_assert_double_gt(run.point.beta[0], 1e6);
    analytic_release(&run, &function);
}
END_TEST

START_TEST(a_tolerance_below_rounding_ends_as_no_progress)
{
    const double start[] = {-3, 4};
    struct analytic function = {2, analytic_exponentials, 0, 0, 0, 0};
    run.options.tolerance = 1e-30;
    analytic_minimise(&run, &function, start);
    ck_assert_int_ne(run.result.stop, SOLVER_MAX_ITERATIONS);
    ck_assert_double_eq_tol(run.point.beta[0], log(2), 1e-8);
    ck_assert_double_eq_tol(run.point.beta[1], log(3), 1e-8);
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
    struct analytic function = {2, analytic_exponentials, 3, ERROR_NON_FINITE, 0, 0};
    ck_assert_int_eq(analytic_solve(&run, &function, start, &err), 0);
    ck_assert_int_eq(run.result.stop, SOLVER_NO_PROGRESS);
    ck_assert_uint_ge(run.result.n_iterations, 1);
    analytic_release(&run, &function);
}
END_TEST

START_TEST(other_errors_of_the_objective_end_it_at_once)
{
    const double start[] = {-3, 4};
    for (int n = 1; n < 7; n++) {
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
    ck_assert_int_eq(analytic_fail_allocations(&run, &function, start), 10);
}
END_TEST

/* Of Σ e^x - (i+2)x the Hessian at the minimum is i+2; this one is 1.6 times that. */
START_TEST(in_a_given_metric_the_decrement_bounds_what_is_left)
{
    const double start[] = {0.5, 1.2, 1.5}, tolerances[] = {1e-2, 1e-4, 1e-6};
    double hessian[9] = {3.2, 0, 0, 0, 4.8, 0, 0, 0, 6.4}, least = 0;
    struct analytic function = {3, analytic_exponentials, 0, 0, 0, 0};
    struct cholesky metric;
    ck_assert_int_eq(cholesky_new(&metric, 3, NULL), 0);
    cholesky_factor(&metric, hessian);
    for (size_t i = 0; i < 3; i++)
        least += ((double)i + 2) * (1 - log((double)i + 2));
    run.options.tolerance = tolerances[_i];
    run.options.metric = &metric;
    analytic_minimise(&run, &function, start);
    double decrement = run.result.newton_decrement, left = run.point.value - least;
    ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
    ck_assert_double_le(left, decrement * decrement / 2);
    ck_assert_double_le(decrement * decrement / 2,
                        tolerances[_i] * fabs(run.point.value));
    ck_assert_uint_le(run.result.n_iterations, 6);
    ck_assert_int_eq(function.n_products, 0);
    analytic_release(&run, &function);
    cholesky_free(&metric);
}
END_TEST

/* Of Σ e^x - (i+2)x + l|x|: where 1 - (i+2) is within l, 0; else log(i+2-l). */
START_TEST(with_l1_the_minimum_has_exact_zeros)
{
    static const double start[6] = {-3, 4, 0, 1, -1, 2};
    static double l1[6];
    run.l1 = l1;
    for (int k = 0; k < 7; k++) {
        struct analytic function = {6, analytic_exponentials, 0, 0, 0, 0};
        double weight = k + 0.5;
        for (size_t i = 0; i < 6; i++)
            l1[i] = weight;
        analytic_minimise(&run, &function, start);
        ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
        for (size_t i = 0; i < 6; i++) {
            double rest = (double)i + 2 - weight;
            if (rest <= 1)
                ck_assert_double_eq(run.point.beta[i], 0);
            else
                ck_assert_double_eq_tol(run.point.beta[i], log(rest), 1e-7);
        }
        analytic_release(&run, &function);
    }
}
END_TEST

START_TEST(with_l1_on_coordinates_that_depend_on_each_other_the_slopes_vanish)
{
    static const double start[10] = {5, -5, 5, -5};
    static const double weights[] = {1e-6, 0.1, 1, 3, 9, 40};
    static double l1[10];
    run.l1 = l1;
    for (size_t k = 0; k < 6; k++) {
        struct analytic function = {10, analytic_quadratic, 0, 0, 0, 0};
        for (size_t i = 0; i < 10; i++)
            l1[i] = i == 3 ? 0 : weights[k];
        analytic_minimise(&run, &function, start);
        ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
        for (size_t i = 0; i < 10; i++) {
            double beta = run.point.beta[i], g = run.point.gradient[i];
            if (beta == 0)
                ck_assert_double_le(fabs(g), l1[i] + 1e-8 * 40 * 40);
            else
                ck_assert_double_eq_tol(g, beta > 0 ? -l1[i] : l1[i], 1e-8 * 40 * 40);
        }
        analytic_release(&run, &function);
    }
}
END_TEST

TCase *lbfgs_test(void)
{
    TCase *tests = tcase_create("lbfgs");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, the_bent_valley_of_rosenbrock_is_followed);
    tcase_add_test(tests, a_quadratic_takes_few_more_steps_than_coordinates);
    tcase_add_test(tests, a_start_at_the_minimum_takes_no_step);
    tcase_add_test(tests, steps_that_leave_the_domain_are_shortened);
    tcase_add_test(tests, what_falls_for_ever_is_unbounded);
    tcase_add_test(tests, a_tolerance_below_rounding_ends_as_no_progress);
    tcase_add_test(tests, iterations_are_limited_and_watched);
    tcase_add_test(tests, numbers_that_are_not_finite_end_it_with_the_iteration);
    tcase_add_test(tests, an_objective_that_is_never_finite_again_is_told_as_no_progress);
    tcase_add_test(tests, other_errors_of_the_objective_end_it_at_once);
    tcase_add_test(tests, each_failed_allocation_is_told);
    tcase_add_loop_test(tests, in_a_given_metric_the_decrement_bounds_what_is_left, 0, 3);
    tcase_add_test(tests, with_l1_the_minimum_has_exact_zeros);
    tcase_add_test(tests,
                   with_l1_on_coordinates_that_depend_on_each_other_the_slopes_vanish);
    return tests;
}
