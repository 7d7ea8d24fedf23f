#include "api/train_eta.h"

#include <math.h>

#include "tests/support/suite.h"

static struct train_eta eta;
static struct fit_request request;

static void setup(void)
{
    request = fit_defaults;
    train_eta_start(&eta, &request);
}

/* Steps of one second each, from g[0] on; what is left after the last. */
static double left_after(const double *g, uint64_t n, bool in_epochs)
{
    double left = NAN;
    for (uint64_t i = 0; i < n; i++) {
        const struct solver_step step = {.iteration = i,
                                         .objective = 0.5,
                                         .gradient_norm = g[i],
                                         .seconds = (double)i,
                                         .in_epochs = in_epochs};
        left = train_eta_step(&eta, &step, (double)i);
    }
    return left;
}

START_TEST(train_eta_says_nothing_at_the_start)
{
    const double g[] = {1};
    ck_assert(isnan(left_after(g, 1, false)));
    ck_assert(isnan(train_eta_now(&eta, 5)));
}
END_TEST

/* A tenth each: eight steps from 1 to the tolerance of 1e-8. */
START_TEST(train_eta_follows_a_straight_line)
{
    const double g[] = {1, 1e-1, 1e-2, 1e-3};
    ck_assert_double_eq_tol(left_after(g, 4, false), 5, 0.01);
}
END_TEST

/* Digits double: 1e-1, 1e-2, 1e-4, and then 1e-8. */
START_TEST(train_eta_follows_newtons_method)
{
    const double g[] = {1, 1e-1, 1e-3, 1e-7};
    ck_assert_double_eq_tol(left_after(g, 4, false), 1, 0.01);
    const double earlier[] = {1, 0.5, 0.125};
    ck_assert_double_eq_tol(left_after(earlier, 3, false), 4, 1.01);
}
END_TEST

START_TEST(train_eta_says_nothing_where_the_gradient_grows)
{
    const double g[] = {1, 2, 3};
    ck_assert(isnan(left_after(g, 3, false)));
}
END_TEST

START_TEST(train_eta_is_bounded_by_epochs)
{
    const double rises[] = {1, 2, 3}, falls[] = {1, .99, .98}, chance[] = {1, .99, .5};
    request.solver.max_epochs = 10;
    ck_assert_double_eq(left_after(rises, 3, true), 8);
    ck_assert_double_eq(left_after(falls, 3, true), 8);
    ck_assert_double_eq(left_after(chance, 3, true), 8);
    const double steadily[] = {1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-7 / 2};
    request.solver.max_epochs = 1000;
    ck_assert_double_le(left_after(steadily, 8, true), 2);
}
END_TEST

START_TEST(train_eta_goes_by_the_usual_iteration)
{
    double left = NAN, at = 0;
    for (uint64_t i = 0; i < 6; i++) {
        const struct solver_step step = {.iteration = i,
                                         .objective = 0.5,
                                         .gradient_norm = pow(10, -(double)i),
                                         .seconds = at};
        left = train_eta_step(&eta, &step, at);
        at += i == 2 ? 100 : 1; /* a proof in between */
    }
    ck_assert_double_eq_tol(left, 3, 0.01);
}
END_TEST

START_TEST(train_eta_counts_the_points_of_a_path)
{
    for (size_t i = 0; i < 4; i++)
        train_eta_stage(&eta, "path", i + 1, 10, 2.0 * (double)i);
    ck_assert_double_eq(train_eta_now(&eta, 6), 14); /* 7 of 2 seconds */
    ck_assert_double_eq(train_eta_now(&eta, 7), 13);
    ck_assert(isnan(train_eta_now(&eta, 100)));
}
END_TEST

/* Two folds of three points that take 1, 2 and 4 seconds, and then all rows. */
START_TEST(train_eta_knows_what_each_place_of_a_path_takes)
{
    static const double takes[] = {1, 2, 4};
    double now = 0;
    request.path.n_lambdas = 3;
    for (size_t k = 0; k < 6; k++) {
        train_eta_stage(&eta, "cross_validation", k + 1, 6, now);
        if (k == 0)
            ck_assert(isnan(train_eta_now(&eta, now)));
        if (k == 3)
            ck_assert_double_eq(train_eta_now(&eta, now), 14);
        now += takes[k % 3];
    }
    train_eta_stage(&eta, "path", 1, 3, now);
    ck_assert_double_eq(train_eta_now(&eta, now), 7);
    train_eta_stage(&eta, "path", 2, 3, now + 1);
    ck_assert_double_eq(train_eta_now(&eta, now + 1), 6);
}
END_TEST

START_TEST(train_eta_counts_folds_without_a_path)
{
    for (size_t k = 0; k < 5; k++)
        train_eta_stage(&eta, "cross_validation", k + 1, 5, (double)k);
    ck_assert_double_eq(train_eta_now(&eta, 4), 2);
    train_eta_stage(&eta, "solving", 1, 1, 5);
    ck_assert_double_eq(train_eta_now(&eta, 5), 1);
}
END_TEST

TCase *train_eta_test(void)
{
    TCase *cases = tcase_create("train_eta");
    tcase_add_checked_fixture(cases, setup, NULL);
    tcase_add_test(cases, train_eta_says_nothing_at_the_start);
    tcase_add_test(cases, train_eta_follows_a_straight_line);
    tcase_add_test(cases, train_eta_follows_newtons_method);
    tcase_add_test(cases, train_eta_says_nothing_where_the_gradient_grows);
    tcase_add_test(cases, train_eta_is_bounded_by_epochs);
    tcase_add_test(cases, train_eta_goes_by_the_usual_iteration);
    tcase_add_test(cases, train_eta_counts_the_points_of_a_path);
    tcase_add_test(cases, train_eta_knows_what_each_place_of_a_path_takes);
    tcase_add_test(cases, train_eta_counts_folds_without_a_path);
    return cases;
}
