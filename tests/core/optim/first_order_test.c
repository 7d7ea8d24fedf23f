/* Every first-order method of the table: first steps by the papers' formulas, minima
 * against Newton's or the normal equations, limits, ends and failures. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/rows_objective.h"

#define MOST_STEPS 5000

static const char *const names[] = {"gradient_descent", "sgd", "adagrad", "rmsprop",
                                    "adam"};
enum { N_NAMES = 5 };

/* One row, a = (2, -1), b = 1: at 0, z = 0 and g = -(2, -1). */
static const double one_a[] = {2, -1}, one_b[] = {1};

/* Least squares: a'a/4 = diag(1.25, 2), a'b/4 = (1, 3): minimum at (0.8, 1.5). */
static const double line_a[] = {1, 0, 2, 0, 0, 2, 0, -2}, line_b[] = {2, 1, 3, -3};

/* Logistic: of four rows with a = 1 three succeed, of four with a = (1, 1) one does. */
static const double odds_a[] = {1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1};
static const double odds_b[] = {1, 1, 1, 0, 1, 0, 0, 0};

static struct rows_objective one, line, odds;
static struct solver_options options;
static struct solver_result result;
static struct objective_point point;
static struct solver_step steps[MOST_STEPS];
static size_t n_steps, stop_at, seen[8];
static long n_allocations;

static int on_step(void *context, const struct solver_step *step)
{
    (void)context;
    long n = memory_fail_after(-1); /* since the step before */
    n_allocations += n_steps > 0 ? n : 0;
    ck_assert_uint_lt(n_steps, MOST_STEPS);
    steps[n_steps++] = *step;
    return n_steps > stop_at;
}

static const struct solver_watch watch = {.on_step = on_step};

static void setup(void)
{
    one = (struct rows_objective){
        .n = 2, .n_rows = 1, .a = one_a, .b = one_b, .curvature = 5};
    line = (struct rows_objective){
        .n = 2, .n_rows = 4, .a = line_a, .b = line_b, .curvature = 2};
    odds = (struct rows_objective){.n = 2,
                                   .n_rows = 8,
                                   .is_logistic = true,
                                   .a = odds_a,
                                   .b = odds_b,
                                   .curvature = 0.33}; /* ¼·(3 + √5)/4 and a little */
    options = (struct solver_options){.max_iterations = 100,
                                      .max_epochs = 100,
                                      .batch_size = 2,
                                      .tolerance = 1e-10,
                                      .seed = 1};
    n_steps = 0;
    n_allocations = 0;
    stop_at = SIZE_MAX;
    point = (struct objective_point){0};
    memset(seen, 0, sizeof(seen));
}

static void release(struct rows_objective *rows)
{
    const struct objective objective = rows_objective(rows);
    objective_point_free(&objective, &point);
}

static int solve(const char *name, struct rows_objective *rows, struct error *err)
{
    const struct objective objective = rows_objective(rows);
    n_steps = 0;
    if (!point.beta)
        ck_assert_int_eq(objective_point_new(&objective, 0, &point, NULL), 0);
    memset(point.beta, 0, rows->n * sizeof(double));
    point.have = 0;
    return solver_find(name)->solve(&objective, &options, &watch, &point, &result, err);
}

/* What the solver says must be what the function says of the point. */
static void minimise(const char *name, struct rows_objective *rows)
{
    const struct objective objective = rows_objective(rows);
    struct objective_point again = {0};
    struct error err = {0};
    ck_assert_msg(solve(name, rows, &err) == 0, "%s: %s", name, err.message);
    ck_assert_int_eq(objective_point_new(&objective, 0, &again, NULL), 0);
    memcpy(again.beta, point.beta, rows->n * sizeof(double));
    ck_assert_int_eq(objective_evaluate(&objective, &again,
                                        OBJECTIVE_VALUE | OBJECTIVE_GRADIENT, NULL),
                     0);
    ck_assert_double_eq(again.value, point.value);
    ck_assert_mem_eq(again.gradient, point.gradient, rows->n * sizeof(double));
    objective_point_free(&objective, &again);
    ck_assert_uint_eq(n_steps, result.n_iterations + 1);
    for (size_t i = 0; i < n_steps; i++) {
        ck_assert_uint_eq(steps[i].iteration, i);
        ck_assert(i == 0 || steps[i].step > 0);
        ck_assert_double_ge(steps[i].objective, point.value - 1e-12);
    }
    ck_assert(isnan(result.newton_decrement));
}

/* ---- first steps, by hand ---- */

static void check_steps(const char *name, uint64_t n, double x, double y)
{
    options.max_iterations = options.max_epochs = n;
    minimise(name, &one);
    ck_assert_uint_eq(result.n_iterations, n);
    ck_assert_double_eq_tol(point.beta[0], x, 1e-15);
    ck_assert_double_eq_tol(point.beta[1], y, 1e-15);
    release(&one);
}

START_TEST(descent_goes_against_the_gradient)
{
    options.learning_rate = 0.1;
    const char *name = _i ? "sgd" : "gradient_descent";
    check_steps(name, 1, 0.2, -0.1);
    check_steps(name, 2, 0.3, -0.15); /* z = 0.5, g = -0.5 (2, -1) */
}
END_TEST

START_TEST(descent_without_a_rate_goes_by_the_greatest_curvature)
{
    const char *name = _i ? "sgd" : "gradient_descent";
    check_steps(name, 1, 0.4, -0.2); /* where the row is met */
}
END_TEST

START_TEST(adagrad_divides_by_all_gradients)
{
    options.learning_rate = 0.1;
    double x = 0.2 / (2 + 1e-10), y = -0.1 / (1 + 1e-10), rest = 1 - 2 * x + y;
    check_steps("adagrad", 1, x, y);
    check_steps("adagrad", 2, x + 0.2 * rest / (sqrt(4 + 4 * rest * rest) + 1e-10),
                y - 0.1 * rest / (sqrt(1 + rest * rest) + 1e-10));
}
END_TEST

START_TEST(rmsprop_divides_by_recent_gradients)
{
    options.learning_rate = 0.1;
    double root = sqrt(0.1);
    check_steps("rmsprop", 1, 0.2 / (2 * root + 1e-8), -0.1 / (root + 1e-8));
    double x = 0.2 / (2 * root + 1e-8), y = -0.1 / (root + 1e-8);
    double rest = 1 - 2 * x + y, square = rest * rest;
    check_steps("rmsprop", 2,
                x + 0.1 * 2 * rest / (sqrt(0.9 * 0.4 + 0.1 * 4 * square) + 1e-8),
                y - 0.1 * rest / (sqrt(0.9 * 0.1 + 0.1 * square) + 1e-8));
}
END_TEST

START_TEST(adam_divides_moments_without_their_bias)
{
    options.learning_rate = 0.1;
    double x = 0.2 / (2 + 1e-8), y = -0.1 / (1 + 1e-8);
    check_steps("adam", 1, x, y);
    double rest = 1 - 2 * x + y;
    double m = (0.9 * 0.1 + 0.1 * rest) / 0.19; /* of the second coordinate's -g */
    double v = (0.999 * 0.001 + 0.001 * rest * rest) / 0.001999;
    check_steps("adam", 2, x + 0.1 * 2 * m / (2 * sqrt(v) + 1e-8),
                y - 0.1 * m / (sqrt(v) + 1e-8));
}
END_TEST

START_TEST(rates_follow_the_schedule)
{
    options.learning_rate = 0.1;
    options.schedule = SCHEDULE_INVERSE_TIME;
    options.max_iterations = options.max_epochs = 20;
    minimise(names[_i], &odds);
    ck_assert_uint_ge(n_steps, 21);
    ck_assert_double_eq(steps[0].step, 0);
    for (size_t t = 1; t <= 20; t++)
        ck_assert_double_eq(steps[t].step, 0.1 / (double)t);
    release(&odds);
}
END_TEST

/* ---- minima ---- */

static void check_minimum(double x, double y, double tolerance)
{
    ck_assert_double_eq_tol(point.beta[0], x, tolerance);
    ck_assert_double_eq_tol(point.beta[1], y, tolerance);
}

START_TEST(gradient_descent_finds_minima_to_its_tolerance)
{
    options.schedule = _i ? SCHEDULE_LINE_SEARCH : SCHEDULE_CONSTANT;
    options.max_iterations = 1000;
    minimise("gradient_descent", &line);
    ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
    check_minimum(0.8, 1.5, 1e-9);
    release(&line);
    minimise("gradient_descent", &odds);
    ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
    check_minimum(log(3), -2 * log(3), 1e-8); /* odds of 3 and of 1/3 */
    for (size_t i = 1; i < n_steps; i++)
        ck_assert_double_le(steps[i].objective, steps[i - 1].objective + 1e-14);
    release(&odds);
}
END_TEST

START_TEST(a_line_search_recovers_from_any_first_step)
{
    static const double rates[] = {1e-12, 1e-3, 1, 1e3, 1e12};
    options.schedule = SCHEDULE_LINE_SEARCH;
    options.learning_rate = rates[_i];
    options.max_iterations = 1000;
    minimise("gradient_descent", &odds);
    ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
    check_minimum(log(3), -2 * log(3), 1e-8);
    release(&odds);
}
END_TEST

START_TEST(batches_of_all_rows_find_the_minimum)
{
    options.batch_size = 1000;
    options.max_iterations = options.max_epochs = 4000;
    options.tolerance = 1e-5;
    options.learning_rate = strcmp(names[_i], "adagrad") == 0 ? 1 : 0;
    options.schedule = SCHEDULE_COSINE;
    minimise(names[_i], &odds);
    ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
    check_minimum(log(3), -2 * log(3), 1e-3);
    release(&odds);
}
END_TEST

START_TEST(small_batches_come_near_the_minimum)
{
    static const double rates[] = {0, 0, 0.5, 0.02, 0.02};
    options.batch_size = 3;
    options.max_iterations = options.max_epochs = 2000;
    options.learning_rate = rates[_i];
    options.schedule = SCHEDULE_COSINE;
    options.tolerance = 1e-6;
    minimise(names[_i], &odds);
    check_minimum(log(3), -2 * log(3), 0.02);
    release(&odds);
}
END_TEST

/* ---- epochs ---- */

START_TEST(an_epoch_sees_each_row_once)
{
    options.batch_size = 3;
    options.max_iterations = options.max_epochs = 7;
    odds.seen = seen;
    minimise(names[_i], &odds);
    ck_assert_int_eq(result.stop, SOLVER_MAX_ITERATIONS);
    ck_assert_uint_eq(odds.n_batches, 7 * 3);
    ck_assert_uint_eq(odds.greatest_batch, 3);
    for (size_t i = 0; i < 8; i++)
        ck_assert_uint_eq(seen[i], 7);
    release(&odds);
}
END_TEST

START_TEST(the_seed_decides_the_order)
{
    double first[2], other[2];
    options.max_iterations = options.max_epochs = 3;
    minimise(names[_i], &odds);
    memcpy(first, point.beta, sizeof(first));
    minimise(names[_i], &odds);
    ck_assert_mem_eq(first, point.beta, sizeof(first));
    options.seed = 2;
    minimise(names[_i], &odds);
    memcpy(other, point.beta, sizeof(other));
    ck_assert_mem_ne(first, other, sizeof(first));
    release(&odds);
}
END_TEST

/* ---- ends ---- */

START_TEST(iterations_and_epochs_are_limited)
{
    bool in_batches = solver_find(names[_i])->in_batches;
    options.max_iterations = 5;
    options.max_epochs = 4;
    minimise(names[_i], &odds);
    ck_assert_uint_eq(result.n_iterations, in_batches ? 4 : 5);
    ck_assert_int_eq(result.stop, in_batches ? SOLVER_MAX_EPOCHS : SOLVER_MAX_ITERATIONS);
    options.max_epochs = 6;
    minimise(names[_i], &odds);
    ck_assert_uint_eq(result.n_iterations, 5);
    ck_assert_int_eq(result.stop, SOLVER_MAX_ITERATIONS);
    release(&odds);
}
END_TEST

START_TEST(the_watch_stops_it)
{
    stop_at = 3;
    minimise(names[_i], &odds);
    ck_assert_int_eq(result.stop, SOLVER_STOPPED);
    ck_assert_uint_eq(result.n_iterations, 3);
    release(&odds);
}
END_TEST

START_TEST(an_epoch_is_given_up_within_it)
{
    struct error err = {0};
    odds.fails_beyond = 6;
    ck_assert_int_lt(solve(names[_i], &odds, &err), 0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    ck_assert_uint_eq(odds.n_batches, 7);
    release(&odds);
}
END_TEST

START_TEST(a_minimum_at_the_start_takes_no_step)
{
    static const double at_minimum[] = {0.5};
    odds.n_rows = 1;
    odds.b = at_minimum;
    minimise(names[_i], &odds);
    ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
    ck_assert_uint_eq(result.n_iterations, 0);
    release(&odds);
}
END_TEST

START_TEST(too_great_a_rate_is_told_with_one_to_try)
{
    struct error err = {0};
    options.batch_size = 4;
    options.learning_rate = _i < 2 ? 1e3 : 1e9; /* steps of the others are as long */
    ck_assert_int_lt(solve(names[_i], &line, &err), 0);
    ck_assert_int_eq(err.code, ERROR_NO_CONVERGENCE);
    ck_assert_str_eq(err.place, "/learning_rate/initial");
    ck_assert_msg(strstr(err.message, _i < 2    ? "; try 0.5"
                                      : _i == 2 ? "; try 0.1"
                                                : "; try 0.01") != NULL,
                  "%s", err.message);
    release(&line);
}
END_TEST

START_TEST(numbers_beyond_the_range_end_it)
{
    struct error err = {0};
    options.learning_rate = 1e300;
    ck_assert_int_lt(solve(names[_i], &line, &err), 0);
    ck_assert_int_eq(err.code, ERROR_NO_CONVERGENCE);
    err = (struct error){0};
    static const double nan_b[] = {NAN};
    one.b = nan_b;
    ck_assert_int_lt(solve(names[_i], &one, &err), 0);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
    release(&line);
}
END_TEST

START_TEST(a_rate_that_only_circles_keeps_the_best_iterate)
{
    options.learning_rate = 1.001; /* over half the inverse curvature: J rises slowly */
    options.max_iterations = 3;
    options.max_epochs = 3;
    static const double b[] = {0, 0, 1, -1};
    line.b = b;
    struct error err = {0};
    ck_assert_int_eq(solve("gradient_descent", &line, &err), 0);
    for (size_t i = 0; i < n_steps; i++)
        ck_assert_double_le(point.value, steps[i].objective);
    ck_assert_double_eq(point.value, steps[0].objective);
    release(&line);
}
END_TEST

START_TEST(iterations_allocate_nothing)
{
    minimise(names[_i], &odds);
    ck_assert_uint_gt(n_steps, 2);
    ck_assert_int_eq(n_allocations, 0);
    release(&odds);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    const struct objective objective = rows_objective(&odds);
    options.schedule = _i == 0 ? SCHEDULE_LINE_SEARCH : SCHEDULE_CONSTANT;
    int status = -1;
    long n = 0;
    ck_assert_int_eq(objective_point_new(&objective, 0, &point, NULL), 0);
    for (; status < 0; n++) {
        struct error err = {0};
        point.have = 0;
        memory_fail_after(n);
        status = solver_find(names[_i])->solve(&objective, &options, NULL, &point,
                                               &result, &err);
        memory_fail_after(-1);
        ck_assert(status == 0 || err.code == ERROR_NO_MEMORY);
    }
    ck_assert_int_gt(n, 2);
    release(&odds);
}
END_TEST

START_TEST(what_is_no_sum_over_rows_has_no_batches)
{
    struct objective objective = rows_objective(&odds);
    struct objective_ops ops = {.evaluate = objective.ops->evaluate};
    struct error err = {0};
    objective.ops = &ops;
    ck_assert_int_eq(objective_point_new(&objective, 0, &point, NULL), 0);
    ck_assert_int_lt(
        solver_find("sgd")->solve(&objective, &options, &watch, &point, &result, &err),
        0);
    ck_assert_int_eq(err.code, ERROR_INVALID);
    ck_assert_int_eq(solver_find("gradient_descent")
                         ->solve(&objective, &options, &watch, &point, &result, NULL),
                     0);
    ck_assert_double_eq(steps[1].step, 1); /* nobody says how curved it is */
    release(&odds);
}
END_TEST

TCase *first_order_test(void)
{
    TCase *tests = tcase_create("first_order");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_loop_test(tests, descent_goes_against_the_gradient, 0, 2);
    tcase_add_loop_test(tests, descent_without_a_rate_goes_by_the_greatest_curvature, 0,
                        2);
    tcase_add_test(tests, adagrad_divides_by_all_gradients);
    tcase_add_test(tests, rmsprop_divides_by_recent_gradients);
    tcase_add_test(tests, adam_divides_moments_without_their_bias);
    tcase_add_loop_test(tests, rates_follow_the_schedule, 0, N_NAMES);
    tcase_add_loop_test(tests, gradient_descent_finds_minima_to_its_tolerance, 0, 2);
    tcase_add_loop_test(tests, a_line_search_recovers_from_any_first_step, 0, 5);
    tcase_add_loop_test(tests, batches_of_all_rows_find_the_minimum, 1, N_NAMES);
    tcase_add_loop_test(tests, small_batches_come_near_the_minimum, 1, N_NAMES);
    tcase_add_loop_test(tests, an_epoch_sees_each_row_once, 1, N_NAMES);
    tcase_add_loop_test(tests, the_seed_decides_the_order, 1, N_NAMES);
    tcase_add_loop_test(tests, iterations_and_epochs_are_limited, 0, N_NAMES);
    tcase_add_loop_test(tests, the_watch_stops_it, 0, N_NAMES);
    tcase_add_loop_test(tests, an_epoch_is_given_up_within_it, 1, N_NAMES);
    tcase_add_loop_test(tests, a_minimum_at_the_start_takes_no_step, 0, N_NAMES);
    tcase_add_loop_test(tests, too_great_a_rate_is_told_with_one_to_try, 0, N_NAMES);
    tcase_add_loop_test(tests, numbers_beyond_the_range_end_it, 0, N_NAMES);
    tcase_add_test(tests, a_rate_that_only_circles_keeps_the_best_iterate);
    tcase_add_loop_test(tests, iterations_allocate_nothing, 0, N_NAMES);
    tcase_add_loop_test(tests, each_failed_allocation_is_told, 0, N_NAMES);
    tcase_add_test(tests, what_is_no_sum_over_rows_has_no_batches);
    return tests;
}
