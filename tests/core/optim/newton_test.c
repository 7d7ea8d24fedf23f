#include "core/optim/newton.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"

/* ---- objectives of which everything is known ---- */

typedef void function_fn(const double *x, double *value, double *gradient,
                         double *hessian);

struct function {
    size_t n;
    function_fn *at;
    int fails_beyond; /* evaluations; 0: none does */
    enum error_code code;
    int n_evaluated, n_hessians;
};

static int evaluate(void *context, struct objective_point *point, unsigned want,
                    struct error *err)
{
    struct function *function = context;
    double value, gradient[8], hessian[64];
    function->n_evaluated++;
    function->n_hessians += (want & OBJECTIVE_HESSIAN) != 0;
    if (function->fails_beyond && function->n_evaluated > function->fails_beyond) {
        error_set(err, function->code, "as asked");
        error_place(err, "column x");
        return -1;
    }
    function->at(point->beta, &value, gradient, hessian);
    point->value = value;
    if (want & OBJECTIVE_GRADIENT)
        memcpy(point->gradient, gradient, function->n * sizeof(double));
    for (size_t i = 0; (want & OBJECTIVE_HESSIAN) && i < function->n; i++)
        for (size_t j = 0; j <= i; j++) /* what is above the diagonal is nobody's */
            point->hessian[i * function->n + j] = hessian[i * function->n + j];
    return 0;
}

static const struct objective_ops ops = {.evaluate = evaluate};

/* ½ Σ i² (x_i - i)² + (x_0 - x_2)², in units that differ by 10¹⁰. */
static void quadratic(const double *x, double *value, double *gradient, double *hessian)
{
    static const double unit[] = {1, 1e5, 1e-5};
    double d[3], between = x[0] / unit[0] - x[2] / unit[2];
    *value = between * between;
    memset(hessian, 0, 9 * sizeof(*hessian));
    for (int i = 0; i < 3; i++) {
        double weight = (i + 1) * (i + 1);
        d[i] = x[i] / unit[i] - (i + 1);
        *value += weight * d[i] * d[i] / 2;
        gradient[i] = weight * d[i] / unit[i];
        hessian[4 * i] = weight / unit[i] / unit[i];
    }
    gradient[0] += 2 * between / unit[0];
    gradient[2] -= 2 * between / unit[2];
    hessian[0] += 2 / unit[0] / unit[0];
    hessian[8] += 2 / unit[2] / unit[2];
    hessian[6] = -2 / unit[0] / unit[2];
}

/* ½x² + 1000/3·|x|³: its curvature is 1 + 2000|x|. */
static void bent(const double *x, double *value, double *gradient, double *hessian)
{
    *value = x[0] * x[0] / 2 + 1000.0 / 3 * fabs(x[0] * x[0] * x[0]);
    gradient[0] = x[0] + 1000 * x[0] * fabs(x[0]);
    hessian[0] = 1 + 2000 * fabs(x[0]);
}

/* e^x - 3x + e^-y + 2y: minimum at x = log 3, y = -log 2. */
static void exponentials(const double *x, double *value, double *gradient,
                         double *hessian)
{
    *value = exp(x[0]) - 3 * x[0] + exp(-x[1]) + 2 * x[1];
    gradient[0] = exp(x[0]) - 3;
    gradient[1] = 2 - exp(-x[1]);
    hessian[0] = exp(x[0]);
    hessian[2] = 0;
    hessian[3] = exp(-x[1]);
}

/* x - log x, NaN for x < 0: minimum at 1. */
static void barrier(const double *x, double *value, double *gradient, double *hessian)
{
    *value = x[0] - log(x[0]);
    gradient[0] = 1 - 1 / x[0];
    hessian[0] = 1 / x[0] / x[0];
}

/* √(1+x²): the full step from |x| > 1 goes further away. */
static void hyperbola(const double *x, double *value, double *gradient, double *hessian)
{
    double root = sqrt(1 + x[0] * x[0]);
    *value = root;
    gradient[0] = x[0] / root;
    hessian[0] = 1 / (root * root * root);
}

/* log(1+e^-x) + (y-1)²: falls towards 0 as x grows. */
static void tail(const double *x, double *value, double *gradient, double *hessian)
{
    double e = exp(-x[0]);
    *value = log1p(e) + (x[1] - 1) * (x[1] - 1);
    gradient[0] = -e / (1 + e);
    gradient[1] = 2 * (x[1] - 1);
    hessian[0] = e / (1 + e) / (1 + e);
    hessian[2] = 0;
    hessian[3] = 2;
}

/* -x + y²: no curvature where it falls. */
static void slope(const double *x, double *value, double *gradient, double *hessian)
{
    *value = -x[0] + x[1] * x[1];
    gradient[0] = -1;
    gradient[1] = 2 * x[1];
    hessian[0] = hessian[2] = 0;
    hessian[3] = 2;
}

/* (x+y-1)²: any point of a line is a minimum. */
static void valley(const double *x, double *value, double *gradient, double *hessian)
{
    double rest = x[0] + x[1] - 1;
    *value = rest * rest;
    gradient[0] = gradient[1] = 2 * rest;
    hessian[0] = hessian[2] = hessian[3] = 2;
}

/* ---- running ---- */

static struct solver_options options;
static struct solver_result result;
static struct objective_point point;
static struct solver_step steps[2000];
static size_t n_steps, stop_at;
static long n_allocations;

static int on_step(void *context, const struct solver_step *step)
{
    (void)context;
    long n = memory_fail_after(-1); /* since the step before */
    n_allocations += n_steps > 0 ? n : 0;
    steps[n_steps++] = *step;
    return n_steps > stop_at;
}

static const struct solver_watch watch = {.on_step = on_step};

static void setup(void)
{
    options = (struct solver_options){.max_iterations = 100, .tolerance = 1e-8};
    n_steps = 0;
    n_allocations = 0;
    stop_at = SIZE_MAX;
    point = (struct objective_point){0};
}

static int solve(struct function *function, const double *start, struct error *err)
{
    const struct objective objective = {
        .n = function->n, .ops = &ops, .context = function};
    ck_assert_int_eq(objective_point_new(&objective, OBJECTIVE_HESSIAN, &point, NULL), 0);
    memcpy(point.beta, start, function->n * sizeof(double));
    return newton_solve(&objective, &options, &watch, &point, &result, err);
}

static void release(struct function *function)
{
    const struct objective objective = {
        .n = function->n, .ops = &ops, .context = function};
    objective_point_free(&objective, &point);
}

/* What the solver says must be what the function says of the point. */
static void check_point(const struct function *function)
{
    double value, gradient[8], hessian[64];
    function->at(point.beta, &value, gradient, hessian);
    ck_assert_double_eq(point.value, value);
    ck_assert_mem_eq(point.gradient, gradient, function->n * sizeof(double));
    bool keeps = options.hessian_passes > 0;
    ck_assert(keeps || (point.have & OBJECTIVE_HESSIAN));
    for (size_t i = 0; !keeps && i < function->n; i++)
        for (size_t j = 0; j <= i; j++)
            ck_assert_double_eq(point.hessian[i * function->n + j],
                                hessian[i * function->n + j]);
}

static void minimise(struct function *function, const double *start)
{
    struct error err = {0};
    ck_assert_msg(solve(function, start, &err) == 0, "%s", err.message);
    check_point(function);
    ck_assert_uint_eq(result.n_evaluations, (uint64_t)function->n_evaluated);
    ck_assert_uint_eq(n_steps, result.n_iterations + 1);
    for (size_t i = 0; i < n_steps; i++) {
        ck_assert_uint_eq(steps[i].iteration, i);
        ck_assert(i == 0 || (steps[i].step > 0 && steps[i].step <= 1));
        ck_assert(i == 0 || steps[i].objective <= steps[i - 1].objective + 1e-14);
        ck_assert(i == 0 || steps[i].seconds >= steps[i - 1].seconds);
    }
    ck_assert_double_eq(steps[n_steps - 1].objective, point.value);
}

/* ---- tests ---- */

START_TEST(a_quadratic_takes_one_step_from_anywhere)
{
    static const double starts[][3] = {{0, 0, 0}, {1e3, -1e8, 1e-2}, {1, 1e5, 1e-5}};
    for (size_t i = 0; i < 3; i++) {
        struct function function = {3, quadratic, 0, 0, 0, 0};
        setup();
        minimise(&function, starts[i]);
        ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
        ck_assert_uint_eq(result.n_iterations, 1);
        /* up to the rounding of the start, 10³ units away; by its normal equations: x_0 +
         * 2 (x_0 - x_2) = 1, 9 x_2 - 2 (x_0 - x_2) = 27 */
        ck_assert_double_eq_tol(point.beta[0], 65.0 / 29, 1e-12);
        ck_assert_double_eq_tol(point.beta[1] / 1e5, 2, 1e-12);
        ck_assert_double_eq_tol(point.beta[2] / 1e-5, 83.0 / 29, 1e-12);
        ck_assert_double_le(result.newton_decrement, 1e-11);
        release(&function);
    }
}
END_TEST

START_TEST(the_minimum_is_found_to_the_last_digits)
{
    const double start[] = {-3, 4};
    struct function function = {2, exponentials, 0, 0, 0, 0};
    minimise(&function, start);
    ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
    ck_assert_double_eq_tol(point.beta[0], log(3), 1e-15);
    ck_assert_double_eq_tol(point.beta[1], -log(2), 1e-15);
    ck_assert_double_le(result.newton_decrement, 1e-14);
    release(&function);
}
END_TEST

/* From where J is nearly the quadratic that its Hessian says, and from far away. */
START_TEST(a_dear_hessian_is_kept_near_the_minimum)
{
    const double starts[][2] = {{log(3) + 1e-4, -log(2) - 1e-4}, {-3, 4}};
    struct function function = {2, exponentials, 0, 0, 0, 0};
    options.hessian_passes = 5;
    minimise(&function, starts[_i]);
    ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
    ck_assert(!(point.have & OBJECTIVE_HESSIAN));
    ck_assert(function.n_hessians == 1 || (_i == 1 && function.n_hessians < 10));
    ck_assert_int_gt(function.n_evaluated, function.n_hessians + 1);
    ck_assert_double_eq_tol(point.beta[0], log(3), 4e-15);
    ck_assert_double_eq_tol(point.beta[1], -log(2), 4e-15);
    ck_assert_double_le(result.newton_decrement, 1e-14);
    release(&function);
}
END_TEST

/* At λ² ≤ 10⁻⁷ the curvature of this one still changes by far. */
START_TEST(a_hessian_that_does_not_serve_is_had_anew)
{
    const double start[] = {1e-4};
    struct function function = {1, bent, 0, 0, 0, 0};
    options.hessian_passes = 5;
    minimise(&function, start);
    ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
    ck_assert_int_gt(function.n_hessians, 1);
    ck_assert_double_le(fabs(point.beta[0]), 1e-12);
    release(&function);
}
END_TEST

/* The minimum is (3 - 3 log 3) + (2 - 2 log 2). */
START_TEST(a_loose_tolerance_ends_where_it_is_met)
{
    const double start[] = {-3, 4}, least = 5 - 3 * log(3) - 2 * log(2);
    struct function function = {2, exponentials, 0, 0, 0, 0};
    minimise(&function, start);
    uint64_t n_to_the_end = result.n_iterations;
    release(&function);
    for (int i = 0; i < 3; i++) {
        setup();
        function.n_evaluated = 0;
        options.tolerance = pow(10, -3 - i);
        minimise(&function, start);
        ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
        ck_assert_uint_lt(result.n_iterations, n_to_the_end);
        ck_assert_double_le(point.value - least, options.tolerance * least);
        ck_assert_double_gt(result.newton_decrement, 1e-8);
        release(&function);
    }
}
END_TEST

/* The Hessian at the end is of the point before, and stands there. */
START_TEST(at_a_loose_tolerance_the_last_point_needs_no_hessian)
{
    const double start[] = {log(3) + 1e-3, -log(2) + 1e-3};
    const double least = 5 - 3 * log(3) - 2 * log(2);
    struct function function = {2, exponentials, 0, 0, 0, 0};
    struct error err = {0};
    options.tolerance = 1e-6;
    options.hessian_may_lag = true;
    ck_assert_int_eq(solve(&function, start, &err), 0);
    ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
    ck_assert_int_eq(function.n_evaluated, 2);
    ck_assert_int_eq(function.n_hessians, 1);
    ck_assert(point.have & OBJECTIVE_HESSIAN);
    ck_assert_double_eq(point.hessian[0], exp(start[0]));
    ck_assert_double_eq(point.hessian[3], exp(-start[1]));
    ck_assert_double_le(point.value - least, 1e-6 * least);
    release(&function);
}
END_TEST

/* Its curvature changes too much to be expected to end: there it has all Hessians. */
START_TEST(what_is_expected_to_end_and_does_not_goes_on)
{
    const double start[] = {1e-3};
    struct function function = {1, bent, 0, 0, 0, 0};
    struct error err = {0};
    options.tolerance = 1.1e-8;
    options.hessian_may_lag = true;
    ck_assert_int_eq(solve(&function, start, &err), 0);
    ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
    ck_assert_int_ge(function.n_hessians, function.n_evaluated - 1);
    ck_assert_double_le(point.value - sqrt(1e-8), 1e-6);
    release(&function);
}
END_TEST

/* A unit of x is a unit of the margin. */
START_TEST(a_tail_is_not_taken_for_a_minimum_however_loose_the_tolerance)
{
    const double start[] = {0, 0}, reach[] = {1, 1};
    struct function function = {2, tail, 0, 0, 0, 0};
    options.tolerance = 0.01;
    options.reach = reach;
    minimise(&function, start);
    ck_assert_int_eq(result.stop, SOLVER_UNBOUNDED);
    release(&function);
}
END_TEST

/* J at 1 is 1, at 5 more. */
START_TEST(a_start_that_is_worse_than_another_is_left)
{
    static const double near[] = {1}, values[] = {1.5, 1};
    const double starts[][1] = {{1.2}, {5}, {-3}};
    for (int i = 0; i < 3; i++) {
        struct function function = {1, barrier, 0, 0, 0, 0};
        setup();
        options.other_start = near;
        options.other_value = values[i > 0];
        minimise(&function, starts[i]);
        ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
        ck_assert((result.n_iterations == 0) == (i > 0));
        ck_assert_double_eq_tol(point.beta[0], 1, 1e-12);
        release(&function);
    }
}
END_TEST

START_TEST(a_start_at_the_minimum_takes_no_step)
{
    const double start[] = {1};
    struct function function = {1, barrier, 0, 0, 0, 0};
    minimise(&function, start);
    ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
    ck_assert_uint_eq(result.n_iterations, 0);
    ck_assert_double_eq(point.beta[0], 1);
    release(&function);
}
END_TEST

START_TEST(a_step_that_leaves_the_domain_is_halved)
{
    const double start[] = {8}; /* the full step goes to -48 */
    struct function function = {1, barrier, 0, 0, 0, 0};
    minimise(&function, start);
    ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
    ck_assert_double_eq(steps[1].step, 0.125);
    ck_assert_double_eq_tol(point.beta[0], 1, 1e-15);
    release(&function);
}
END_TEST

START_TEST(a_step_that_goes_too_far_is_halved)
{
    const double start[] = {5}; /* the full step goes to -125 */
    struct function function = {1, hyperbola, 0, 0, 0, 0};
    minimise(&function, start);
    ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
    ck_assert_double_lt(steps[1].step, 1);
    ck_assert_double_eq_tol(point.beta[0], 0, 1e-15);
    release(&function);
}
END_TEST

START_TEST(what_falls_without_a_minimum_is_unbounded)
{
    const double start[] = {0, 0};
    struct function function = {2, tail, 0, 0, 0, 0};
    minimise(&function, start);
    ck_assert_int_eq(result.stop, SOLVER_UNBOUNDED);
    ck_assert_double_eq_tol(point.beta[1], 1, 1e-15);
    ck_assert_double_gt(point.beta[0], 2);
    release(&function);
}
END_TEST

START_TEST(what_slopes_without_curvature_is_unbounded)
{
    const double start[] = {0, 5};
    struct function function = {2, slope, 0, 0, 0, 0};
    minimise(&function, start);
    ck_assert_int_eq(result.stop, SOLVER_UNBOUNDED);
    ck_assert_double_gt(point.beta[0], 2);
    ck_assert_double_eq_tol(point.beta[1], 0, 1e-15);
    release(&function);
}
END_TEST

START_TEST(one_of_many_minima_is_found)
{
    const double start[] = {7, 5};
    struct function function = {2, valley, 0, 0, 0, 0};
    minimise(&function, start);
    ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
    ck_assert_double_eq_tol(point.beta[0] + point.beta[1], 1, 1e-14);
    release(&function);
}
END_TEST

START_TEST(iterations_are_limited)
{
    const double start[] = {-3, 4};
    struct function function = {2, exponentials, 0, 0, 0, 0};
    options.max_iterations = 2;
    minimise(&function, start);
    ck_assert_int_eq(result.stop, SOLVER_MAX_ITERATIONS);
    ck_assert_uint_eq(result.n_iterations, 2);
    ck_assert_double_gt(result.newton_decrement, 1e-8);
    release(&function);
}
END_TEST

START_TEST(the_watch_stops_it_and_keeps_the_iterate)
{
    const double start[] = {-3, 4};
    struct function function = {2, exponentials, 0, 0, 0, 0};
    stop_at = 2;
    minimise(&function, start);
    ck_assert_int_eq(result.stop, SOLVER_STOPPED);
    ck_assert_uint_eq(result.n_iterations, 2);
    release(&function);
}
END_TEST

START_TEST(iterations_allocate_nothing)
{
    const double start[] = {-3, 4};
    struct function function = {2, exponentials, 0, 0, 0, 0};
    minimise(&function, start);
    ck_assert_uint_gt(n_steps, 4);
    ck_assert_int_eq(n_allocations, 0);
    release(&function);
}
END_TEST

/* NaN in the Hessian alone. */
static void broken(const double *x, double *value, double *gradient, double *hessian)
{
    *value = gradient[0] = x[0];
    hessian[0] = NAN;
}

START_TEST(numbers_that_are_not_finite_end_it_with_the_iteration)
{
    struct error err = {0};
    const double start[] = {-1}, bad[] = {INFINITY};
    struct function function = {1, barrier, 0, 0, 0, 0};
    ck_assert_int_lt(solve(&function, start, &err), 0);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
    ck_assert_ptr_nonnull(strstr(err.message, "iteration 0"));
    release(&function);
    error_clear(&err);
    ck_assert_int_lt(solve(&function, bad, &err), 0);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
    release(&function);
    error_clear(&err);
    function.at = broken;
    ck_assert_int_lt(solve(&function, start, &err), 0);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
    release(&function);
}
END_TEST

START_TEST(an_objective_that_is_never_finite_again_is_told_as_no_progress)
{
    const double start[] = {1, -0.5};
    struct error err = {0};
    struct function function = {2, exponentials, 3, ERROR_NON_FINITE, 0, 0};
    ck_assert_int_eq(solve(&function, start, &err), 0);
    ck_assert_int_eq(result.stop, SOLVER_NO_PROGRESS);
    ck_assert_uint_eq(result.n_iterations, 2);
    check_point(&function);
    release(&function);
}
END_TEST

START_TEST(the_place_of_what_is_not_finite_is_kept)
{
    const double start[] = {-3, 4};
    struct error err = {0};
    struct function function = {2, exponentials, -1, ERROR_NON_FINITE, 0, 0};
    ck_assert_int_lt(solve(&function, start, &err), 0);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
    ck_assert_str_eq(err.place, "column x");
    release(&function);
}
END_TEST

START_TEST(other_errors_of_the_objective_end_it)
{
    const double start[] = {-3, 4};
    for (int n = -1; n < 4; n++) {
        struct error err = {0};
        struct function function = {2, exponentials, n == 0 ? 1 : n, ERROR_CANCELLED, 0,
                                    0};
        ck_assert_int_lt(solve(&function, start, &err), 0);
        ck_assert_int_eq(err.code, ERROR_CANCELLED);
        release(&function);
    }
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    long n = 0;
    const double start[] = {-3, 4};
    struct function function = {2, exponentials, 0, 0, 0, 0};
    const struct objective objective = {.n = 2, .ops = &ops, .context = &function};
    const struct solver_watch none = {0};
    ck_assert_int_eq(objective_point_new(&objective, OBJECTIVE_HESSIAN, &point, NULL), 0);
    memcpy(point.beta, start, sizeof(start));
    for (;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = newton_solve(&objective, &options, &none, &point, &result, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert_int_gt(n, 4);
    objective_point_free(&objective, &point);
}
END_TEST

TCase *newton_test(void)
{
    TCase *tests = tcase_create("newton");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, a_quadratic_takes_one_step_from_anywhere);
    tcase_add_test(tests, the_minimum_is_found_to_the_last_digits);
    tcase_add_loop_test(tests, a_dear_hessian_is_kept_near_the_minimum, 0, 2);
    tcase_add_test(tests, a_hessian_that_does_not_serve_is_had_anew);
    tcase_add_test(tests, a_loose_tolerance_ends_where_it_is_met);
    tcase_add_test(tests, at_a_loose_tolerance_the_last_point_needs_no_hessian);
    tcase_add_test(tests, what_is_expected_to_end_and_does_not_goes_on);
    tcase_add_test(tests, a_tail_is_not_taken_for_a_minimum_however_loose_the_tolerance);
    tcase_add_test(tests, a_start_that_is_worse_than_another_is_left);
    tcase_add_test(tests, a_start_at_the_minimum_takes_no_step);
    tcase_add_test(tests, a_step_that_leaves_the_domain_is_halved);
    tcase_add_test(tests, a_step_that_goes_too_far_is_halved);
    tcase_add_test(tests, what_falls_without_a_minimum_is_unbounded);
    tcase_add_test(tests, what_slopes_without_curvature_is_unbounded);
    tcase_add_test(tests, one_of_many_minima_is_found);
    tcase_add_test(tests, iterations_are_limited);
    tcase_add_test(tests, the_watch_stops_it_and_keeps_the_iterate);
    tcase_add_test(tests, iterations_allocate_nothing);
    tcase_add_test(tests, numbers_that_are_not_finite_end_it_with_the_iteration);
    tcase_add_test(tests, an_objective_that_is_never_finite_again_is_told_as_no_progress);
    tcase_add_test(tests, the_place_of_what_is_not_finite_is_kept);
    tcase_add_test(tests, other_errors_of_the_objective_end_it);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
