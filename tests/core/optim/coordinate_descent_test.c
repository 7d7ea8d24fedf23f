#include "core/optim/coordinate_descent.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "tests/support/analytic.h"

static struct analytic_run run;
static double l1[ANALYTIC_MOST];

static void setup(void)
{
    memset(&run, 0, sizeof(run));
    run.solve = coordinate_descent_solve;
    run.options = (struct solver_options){.max_iterations = 200, .tolerance = 1e-8};
    run.l1 = l1;
    for (size_t i = 0; i < ANALYTIC_MOST; i++)
        l1[i] = 0;
}

static void fill_l1(size_t n, double weight)
{
    for (size_t i = 0; i < n; i++)
        l1[i] = weight;
}

/* By the conditions of Karush, Kuhn and Tucker, written down again. */
static void check_optimal(size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++) {
        double beta = run.point.beta[i], g = run.point.gradient[i];
        if (beta > 0)
            ck_assert_double_eq_tol(g, -l1[i], tolerance);
        else if (beta < 0)
            ck_assert_double_eq_tol(g, l1[i], tolerance);
        else
            ck_assert_double_le(fabs(g), l1[i] + tolerance);
    }
}

/* Of Σ e^x - (i+2)x + l|x|: where 1 - (i+2) is within l, 0; else log(i+2-l). */
static double least_exponential(size_t i)
{
    double weight = (double)i + 2;
    return weight - l1[i] > 1 ? log(weight - l1[i]) : 0;
}

START_TEST(without_l1_it_is_newtons_method)
{
    const double start[8] = {1e3, -1e3, 1e-2, 4};
    struct analytic function = {8, analytic_quadratic, 0, 0, 0, 0};
    run.gives_hessian = _i;
    run.l1 = NULL;
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
    ck_assert_uint_le(run.result.n_iterations, 3);
    for (size_t i = 0; i < 8; i++)
        ck_assert_double_eq_tol(run.point.beta[i], 1, 1e-9);
    analytic_release(&run, &function);
}
END_TEST

START_TEST(the_minimum_is_found_to_the_last_digits_with_exact_zeros)
{
    static const double start[6] = {-3, 4, 0, 1, -1, 2};
    run.gives_hessian = _i;
    for (int weight = 0; weight <= 7; weight++) {
        struct analytic function = {6, analytic_exponentials, 0, 0, 0, 0};
        fill_l1(6, weight + 0.5);
        analytic_minimise(&run, &function, start);
        ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
        for (size_t i = 0; i < 6; i++) {
            double least = least_exponential(i);
            if (least == 0)
                ck_assert_double_eq(run.point.beta[i], 0);
            else
                ck_assert_double_eq_tol(run.point.beta[i], least, 1e-13);
        }
        ck_assert_double_le(run.result.newton_decrement, 1e-13);
        analytic_release(&run, &function);
    }
}
END_TEST

START_TEST(coordinates_that_depend_on_each_other_settle_together)
{
    static const double start[10] = {5, -5, 5, -5};
    static const double weights[] = {1e-6, 0.1, 1, 3, 9, 40};
    run.gives_hessian = _i;
    for (size_t k = 0; k < 6; k++) {
        struct analytic function = {10, analytic_quadratic, 0, 0, 0, 0};
        fill_l1(10, weights[k]);
        l1[3] = 0;
        l1[4] /= 7;
        analytic_minimise(&run, &function, start);
        ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
        check_optimal(10, 1e-11);
        analytic_release(&run, &function);
    }
}
END_TEST

START_TEST(many_coordinates_enter_a_set_at_a_time)
{
    static const double start[ANALYTIC_MOST];
    struct analytic function = {ANALYTIC_MOST, analytic_exponentials, 0, 0, 0, 0};
    run.gives_hessian = _i;
    fill_l1(ANALYTIC_MOST, 30);
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
    for (size_t i = 0; i < ANALYTIC_MOST; i++)
        ck_assert_double_eq_tol(run.point.beta[i], least_exponential(i), 1e-13);
    analytic_release(&run, &function);
}
END_TEST

START_TEST(an_infinite_weight_holds_a_coordinate_at_0)
{
    static const double start[4] = {0, 3, 0, -2};
    struct analytic function = {4, analytic_exponentials, 0, 0, 0, 0};
    l1[0] = l1[2] = INFINITY;
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
    ck_assert_double_eq(run.point.beta[0], 0);
    ck_assert_double_eq_tol(run.point.beta[1], log(3), 1e-14);
    ck_assert_double_eq(run.point.beta[2], 0);
    ck_assert_double_eq_tol(run.point.beta[3], log(5), 1e-14);
    analytic_release(&run, &function);
}
END_TEST

/* (x+y-1)² + a|x| + b|y|: all of it goes where it costs less. */
START_TEST(of_two_columns_that_are_alike_the_cheaper_one_takes_all)
{
    static const double starts[][2] = {{0, 0}, {7, 5}, {-4, 9}};
    for (size_t k = 0; k < 3; k++) {
        struct analytic function = {2, analytic_valley, 0, 0, 0, 0};
        l1[0] = 0.2;
        l1[1] = 0.1;
        analytic_minimise(&run, &function, starts[k]);
        ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
        ck_assert_double_eq(run.point.beta[0], 0);
        ck_assert_double_eq_tol(run.point.beta[1], 0.95, 1e-14);
        analytic_release(&run, &function);
        l1[1] = 0.2;
        analytic_minimise(&run, &function, starts[k]);
        ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
        check_optimal(2, 1e-13);
        ck_assert_double_eq_tol(run.point.beta[0] + run.point.beta[1], 0.9, 1e-13);
        analytic_release(&run, &function);
    }
}
END_TEST

START_TEST(a_weight_that_is_enough_leaves_zeros_without_a_step)
{
    static const double start[3];
    struct analytic function = {3, analytic_exponentials, 0, 0, 0, 0};
    fill_l1(3, 3);
    analytic_minimise(&run, &function, start);
    ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
    ck_assert_uint_eq(run.result.n_iterations, 0);
    for (size_t i = 0; i < 3; i++)
        ck_assert_double_eq(run.point.beta[i], 0);
    analytic_release(&run, &function);
}
END_TEST

START_TEST(a_step_that_goes_too_far_is_halved)
{
    static const double far[] = {5};
    struct analytic hyperbola = {1, analytic_hyperbola, 0, 0, 0, 0};
    l1[0] = 0.25;
    analytic_minimise(&run, &hyperbola, far);
    ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
    ck_assert_double_eq(run.point.beta[0], 0);
    analytic_release(&run, &hyperbola);
}
END_TEST

START_TEST(what_falls_without_a_minimum_is_unbounded_unless_a_weight_holds_it)
{
    static const double start[] = {0, 0};
    struct analytic slope = {2, analytic_slope, 0, 0, 0, 0};
    struct analytic tail = {2, analytic_tail, 0, 0, 0, 0};
    analytic_minimise(&run, &tail, start);
    ck_assert_int_eq(run.result.stop, SOLVER_UNBOUNDED);
    ck_assert_double_eq_tol(run.point.beta[1], 1, 1e-12);
    analytic_release(&run, &tail);
    analytic_minimise(&run, &slope, start);
    ck_assert_int_eq(run.result.stop, SOLVER_UNBOUNDED);
    ck_assert_double_gt(run.point.beta[0], 2);
    analytic_release(&run, &slope);
    l1[0] = 1e-9;
    analytic_minimise(&run, &tail, start);
    ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
    ck_assert_double_eq_tol(run.point.beta[0], log(1e9 - 1), 1e-6);
    analytic_release(&run, &tail);
}
END_TEST

START_TEST(iterations_are_limited_and_watched)
{
    static const double start[] = {-3, 4};
    struct analytic function = {2, analytic_exponentials, 0, 0, 0, 0};
    fill_l1(2, 0.5);
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

START_TEST(the_watch_is_told_of_the_penalised_objective)
{
    static const double start[] = {-3, 4};
    double value = exp(-3) + 2 * 3 + exp(4) - 3 * 4;
    struct analytic function = {2, analytic_exponentials, 0, 0, 0, 0};
    l1[0] = 2;
    l1[1] = 0.25;
    analytic_minimise(&run, &function, start);
    ck_assert_double_eq_tol(run.steps[0].objective, value + 2 * 3 + 0.25 * 4, 1e-12);
    ck_assert_double_eq_tol(run.steps[0].gradient_norm,
                            hypot(exp(-3) - 2 - 2, exp(4) - 3 + 0.25), 1e-12);
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

/* F is J + l|x|: at 0 of e^x - 2x 1, at log 2 about 0.61 + l log 2. */
START_TEST(a_start_that_is_worse_than_another_is_left)
{
    static const double elsewhere[] = {0}, starts[][1] = {{0.5}, {5}, {800}};
    for (int i = 0; i < 3; i++) {
        struct analytic function = {1, analytic_exponentials, 0, 0, 0, 0};
        fill_l1(1, 2);
        run.options.other_start = elsewhere;
        run.options.other_value = 1;
        analytic_minimise(&run, &function, starts[i]);
        ck_assert_int_eq(run.result.stop, SOLVER_TOLERANCE);
        ck_assert_uint_eq(run.result.n_iterations, 0);
        ck_assert_double_eq(run.point.beta[0], 0);
        analytic_release(&run, &function);
    }
}
END_TEST

/* Nearer than the other one: it is gone on from there. */
START_TEST(a_start_that_is_better_than_another_is_kept)
{
    static const double elsewhere[] = {0}, start[] = {0.69314718055994529};
    struct analytic function = {1, analytic_exponentials, 0, 0, 0, 0};
    run.options.other_start = elsewhere;
    run.options.other_value = 1;
    analytic_minimise(&run, &function, start);
    ck_assert_uint_eq(run.result.n_iterations, 0);
    ck_assert_double_eq(run.point.beta[0], start[0]);
    analytic_release(&run, &function);
}
END_TEST

START_TEST(errors_of_the_objective_end_it_at_once)
{
    static const double start[] = {-3, 4};
    fill_l1(2, 0.5);
    for (int n = 1; n < 10; n++) {
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
    static const double start[] = {-3, 4};
    struct analytic function = {2, analytic_exponentials, 0, 0, 0, 0};
    run.gives_hessian = _i;
    ck_assert_int_gt(analytic_fail_allocations(&run, &function, start), 10);
}
END_TEST

TCase *coordinate_descent_test(void)
{
    TCase *tests = tcase_create("coordinate_descent");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_loop_test(tests, without_l1_it_is_newtons_method, 0, 2);
    tcase_add_loop_test(tests, the_minimum_is_found_to_the_last_digits_with_exact_zeros,
                        0, 2);
    tcase_add_loop_test(tests, coordinates_that_depend_on_each_other_settle_together, 0,
                        2);
    tcase_add_loop_test(tests, many_coordinates_enter_a_set_at_a_time, 0, 2);
    tcase_add_test(tests, an_infinite_weight_holds_a_coordinate_at_0);
    tcase_add_test(tests, of_two_columns_that_are_alike_the_cheaper_one_takes_all);
    tcase_add_test(tests, a_weight_that_is_enough_leaves_zeros_without_a_step);
    tcase_add_test(tests, a_step_that_goes_too_far_is_halved);
    tcase_add_test(tests,
                   what_falls_without_a_minimum_is_unbounded_unless_a_weight_holds_it);
    tcase_add_test(tests, iterations_are_limited_and_watched);
    tcase_add_test(tests, the_watch_is_told_of_the_penalised_objective);
    tcase_add_test(tests, numbers_that_are_not_finite_end_it_with_the_iteration);
    tcase_add_test(tests, a_start_that_is_worse_than_another_is_left);
    tcase_add_test(tests, a_start_that_is_better_than_another_is_kept);
    tcase_add_test(tests, errors_of_the_objective_end_it_at_once);
    tcase_add_loop_test(tests, each_failed_allocation_is_told, 0, 2);
    return tests;
}
