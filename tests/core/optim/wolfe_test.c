#include "core/optim/wolfe.h"

#include <check.h>
#include <math.h>

#include "core/optim/vectors.h"
#include "tests/support/analytic.h"

static struct objective objective;
static struct objective_point at, trial;
static struct solver_result result;

/* From x along d, trying `step` first. */
static enum wolfe_end search(struct analytic *function, double x, double d, double *step,
                             struct error *err)
{
    const struct wolfe wolfe = {&objective, &at, &d, &trial, &result};
    objective = analytic_objective(function);
    ck_assert_int_eq(objective_point_new(&objective, 0, &at, NULL), 0);
    ck_assert_int_eq(objective_point_new(&objective, 0, &trial, NULL), 0);
    at.beta[0] = x;
    ck_assert_int_eq(
        objective_evaluate(&objective, &at, OBJECTIVE_VALUE | OBJECTIVE_GRADIENT, NULL),
        0);
    return wolfe_search(&wolfe, step, err);
}

static void release(void)
{
    objective_point_free(&objective, &at);
    objective_point_free(&objective, &trial);
}

static void check_conditions(analytic_fn *at_fn, double x, double d)
{
    for (double first = 1e-8; first < 1e9; first *= 10) {
        struct analytic function = {1, at_fn, 0, 0, 0, 0};
        double step = first;
        ck_assert_int_eq(search(&function, x, d, &step, NULL), WOLFE_FOUND);
        double slope = d * at.gradient[0];
        ck_assert_double_eq(trial.beta[0], x + step * d);
        ck_assert_double_le(trial.value, at.value + 1e-4 * step * slope + 1e-13);
        ck_assert_double_le(fabs(d * trial.gradient[0]), 0.9 * fabs(slope));
        ck_assert_int_lt(function.n_calls, 60);
        release();
    }
}

START_TEST(both_conditions_hold_from_any_first_step)
{
    check_conditions(analytic_quadratic, -4, 1);
    check_conditions(analytic_exponentials, -3, 0.5);
    check_conditions(analytic_exponentials, 5, -2);
    check_conditions(analytic_barrier, 1e-3, 1);
    check_conditions(analytic_barrier, 8, -1); /* beyond 8 it is not defined */
    check_conditions(analytic_hyperbola, 5, -1);
}
END_TEST

START_TEST(a_direction_that_does_not_fall_leads_nowhere)
{
    struct analytic function = {1, analytic_quadratic, 0, 0, 0, 0};
    double step = 1;
    ck_assert_int_eq(search(&function, 4, 1, &step, NULL), WOLFE_NONE);
    ck_assert_int_eq(function.n_calls, 1);
    release();
    ck_assert_int_eq(search(&function, 1, 1, &step, NULL), WOLFE_NONE);
    release();
}
END_TEST

static void line(size_t n, const double *x, double *value, double *gradient,
                 double *hessian)
{
    (void)n;
    *value = -x[0];
    gradient[0] = -1;
    hessian[0] = 0;
}

START_TEST(what_falls_for_ever_is_followed_as_far_as_steps_grow)
{
    struct analytic function = {1, line, 0, 0, 0, 0};
    double step = 1;
    ck_assert_int_eq(search(&function, 0, 1, &step, NULL), WOLFE_BOTTOMLESS);
    ck_assert_double_gt(step, 1e12);
    ck_assert_double_eq(trial.beta[0], step);
    release();
}
END_TEST

START_TEST(errors_are_passed_on_but_for_numbers_that_are_not_finite)
{
    for (int n = 1; n < 4; n++) {
        struct error err = {0};
        double step = 1e-3;
        struct analytic function = {1, analytic_exponentials, n, ERROR_CANCELLED, 0, 0};
        ck_assert_int_eq(search(&function, -6, 1, &step, &err), WOLFE_FAILED);
        ck_assert_int_eq(err.code, ERROR_CANCELLED);
        release();
    }
    struct analytic function = {1, analytic_exponentials, 1, ERROR_NON_FINITE, 0, 0};
    double step = 1;
    ck_assert_int_eq(search(&function, -6, 1, &step, NULL), WOLFE_NONE);
    release();
}
END_TEST

TCase *wolfe_test(void)
{
    TCase *tests = tcase_create("wolfe");
    tcase_add_test(tests, both_conditions_hold_from_any_first_step);
    tcase_add_test(tests, a_direction_that_does_not_fall_leads_nowhere);
    tcase_add_test(tests, what_falls_for_ever_is_followed_as_far_as_steps_grow);
    tcase_add_test(tests, errors_are_passed_on_but_for_numbers_that_are_not_finite);
    return tests;
}
