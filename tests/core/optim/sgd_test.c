/* Momentum, as it is and Nesterov's, and the mean of the iterates: by hand, and for what
 * they are there. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/optim/sgd.h"
#include "tests/support/rows_objective.h"

#define MOST_STEPS 3000

/* One row, a = (2, -1), b = 1: of β = s(2, -1) the gradient is (5s - 1)(2, -1). */
static const double one_a[] = {2, -1}, one_b[] = {1};

/* Least squares with a'a/2 = diag(1, 0.01), and its minimum at (1, 10). */
static const double long_a[] = {1.4142135623730951, 0, 0, 0.1414213562373095};
static const double long_b[] = {1.4142135623730951, 1.4142135623730951};

/* Logistic: of four rows with a = 1 three succeed, of four with a = (1, 1) one does. */
static const double odds_a[] = {1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1};
static const double odds_b[] = {1, 1, 1, 0, 1, 0, 0, 0};

static struct rows_objective one = {
    .n = 2, .n_rows = 1, .a = one_a, .b = one_b, .curvature = 5};
static struct rows_objective valley = {
    .n = 2, .n_rows = 2, .a = long_a, .b = long_b, .curvature = 1};
static struct rows_objective odds = {.n = 2,
                                     .n_rows = 8,
                                     .is_logistic = true,
                                     .a = odds_a,
                                     .b = odds_b,
                                     .curvature = 0.33};
static struct solver_options options;
static struct solver_result result;
static struct objective_point point;
static double objectives[MOST_STEPS];
static size_t n_steps;
static long n_allocations;

static int on_step(void *context, const struct solver_step *step)
{
    (void)context;
    long n = memory_fail_after(-1); /* since the step before */
    n_allocations += n_steps > 0 ? n : 0;
    ck_assert_uint_lt(n_steps, MOST_STEPS);
    objectives[n_steps++] = step->objective;
    return 0;
}

static void setup(void)
{
    options = (struct solver_options){
        .batch_size = 1, .tolerance = 1e-10, .seed = 1, .learning_rate = 0.05};
    n_allocations = 0;
}

static void release(void)
{
    const struct objective objective = rows_objective(&one);
    objective_point_free(&objective, &point);
}

static int solve(struct rows_objective *rows, uint64_t n_epochs, struct error *err)
{
    static const struct solver_watch watch = {.on_step = on_step};
    const struct objective objective = rows_objective(rows);
    release();
    ck_assert_int_eq(objective_point_new(&objective, 0, &point, NULL), 0);
    n_steps = 0;
    options.max_iterations = options.max_epochs = n_epochs;
    return sgd_solve(&objective, &options, &watch, &point, &result, err);
}

static void check_one(uint64_t n_epochs, double s)
{
    ck_assert_int_eq(solve(&one, n_epochs, NULL), 0);
    ck_assert_uint_eq(result.n_iterations, n_epochs);
    ck_assert_double_eq_tol(point.beta[0], 2 * s, 1e-15);
    ck_assert_double_eq_tol(point.beta[1], -s, 1e-15);
}

START_TEST(momentum_keeps_a_share_of_the_step_before)
{
    options.momentum = 0.5; /* v: 0.05, 0.0625, 0.053125 */
    check_one(1, 0.05);
    check_one(2, 0.1125);
    check_one(3, 0.165625);
}
END_TEST

START_TEST(nesterov_takes_the_gradient_where_the_momentum_leads)
{
    options.momentum = 0.5;
    options.nesterov = true; /* v: 0.05, 0.05625, 0.04453125; θ: their sums; β = θ + ½v */
    check_one(1, 0.05 + 0.025);
    check_one(2, 0.10625 + 0.028125);
    check_one(3, 0.15078125 + 0.022265625);
}
END_TEST

START_TEST(no_momentum_is_plain_descent)
{
    options.nesterov = _i == 1; /* s ← 0.75s + 0.05 */
    check_one(1, 0.05);
    check_one(2, 0.0875);
    check_one(3, 0.115625);
    check_one(4, 0.13671875);
}
END_TEST

START_TEST(the_mean_is_of_all_iterates_but_the_first_epochs)
{
    options.averaging = true;
    check_one(1, 0.05);
    check_one(2, 0.0875);
    check_one(3, (0.0875 + 0.115625) / 2);
    check_one(4, (0.0875 + 0.115625 + 0.13671875) / 3);
}
END_TEST

/* Of a quadratic with condition 100: 1 - 1/100 an epoch without momentum. */
START_TEST(momentum_goes_faster_along_a_valley)
{
    static const double momenta[] = {0, 0.8, 0.8};
    uint64_t n[3];
    for (size_t i = 0; i < 3; i++) {
        options.batch_size = 2;
        options.learning_rate = 1;
        options.momentum = momenta[i];
        options.nesterov = i == 2;
        ck_assert_int_eq(solve(&valley, MOST_STEPS - 1, NULL), 0);
        ck_assert_int_eq(result.stop, SOLVER_TOLERANCE);
        ck_assert_double_eq_tol(point.beta[0], 1, 1e-7);
        ck_assert_double_eq_tol(point.beta[1], 10, 1e-7);
        n[i] = result.n_iterations;
    }
    ck_assert_uint_gt(n[0], 3 * n[1]);
    ck_assert_uint_gt(n[0], 3 * n[2]);
}
END_TEST

/* Batches of one row at a constant rate never come to rest; their mean does. */
START_TEST(the_mean_comes_nearer_than_iterates_do)
{
    double away[2];
    options.learning_rate = 0.3;
    for (size_t i = 0; i < 2; i++) {
        options.averaging = i == 1;
        ck_assert_int_eq(solve(&odds, 1000, NULL), 0);
        away[i] = objectives[1000] - 0.5623351446188083; /* the entropy of odds of 3 */
        ck_assert_double_gt(away[i], 0);
    }
    ck_assert_double_lt(away[1], 0.1 * away[0]);
}
END_TEST

START_TEST(iterations_allocate_nothing)
{
    options.averaging = options.nesterov = true;
    options.momentum = 0.5;
    ck_assert_int_eq(solve(&odds, 20, NULL), 0);
    ck_assert_uint_eq(n_steps, 21);
    ck_assert_int_eq(n_allocations, 0);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    const struct objective objective = rows_objective(&odds);
    int status = -1;
    long n = 0;
    options.averaging = true;
    options.max_iterations = options.max_epochs = 2;
    ck_assert_int_eq(objective_point_new(&objective, 0, &point, NULL), 0);
    for (; status < 0; n++) {
        struct error err = {0};
        point.have = 0;
        memory_fail_after(n);
        status = sgd_solve(&objective, &options, NULL, &point, &result, &err);
        memory_fail_after(-1);
        ck_assert(status == 0 || err.code == ERROR_NO_MEMORY);
    }
    ck_assert_int_gt(n, 5);
}
END_TEST

TCase *sgd_test(void)
{
    TCase *tests = tcase_create("sgd");
    tcase_add_checked_fixture(tests, setup, release);
    tcase_add_test(tests, momentum_keeps_a_share_of_the_step_before);
    tcase_add_test(tests, nesterov_takes_the_gradient_where_the_momentum_leads);
    tcase_add_loop_test(tests, no_momentum_is_plain_descent, 0, 2);
    tcase_add_test(tests, the_mean_is_of_all_iterates_but_the_first_epochs);
    tcase_add_test(tests, momentum_goes_faster_along_a_valley);
    tcase_add_test(tests, the_mean_comes_nearer_than_iterates_do);
    tcase_add_test(tests, iterations_allocate_nothing);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
