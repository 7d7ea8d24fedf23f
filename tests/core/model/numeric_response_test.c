#include "core/model/numeric_response.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "tests/support/made_design.h"

#define ROWS 11

/* Anscombe's first data set ("Graphs in Statistical Analysis", The American Statistician
 * 27, 1973), and what R 4.2 prints of lm(y1 ~ x1, anscombe). */
static const double anscombe_x[ROWS] = {10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5};
static const double anscombe_y[ROWS] = {8.04, 6.95, 7.58,  8.81, 8.33, 9.96,
                                        7.24, 4.26, 10.84, 4.82, 5.68};

static struct design design;
static struct estimate_options options;
static struct estimate estimate;

static void setup(void)
{
    made_design_new(&design, ROWS, 1, 0);
    memcpy(design.x, anscombe_x, sizeof(anscombe_x));
    memcpy(design.y, anscombe_y, sizeof(anscombe_y));
    options = made_design_options(&design);
    options.family = FAMILY_GAUSSIAN;
}

static void forget(void)
{
    estimate_free(&estimate);
}

static void teardown(void)
{
    forget();
    design_free(&design);
}

static void fit(void)
{
    forget();
    estimate = made_design_fit(&design, &options);
}

static void check_near(double value, double expected, double relative)
{
    ck_assert_msg(fabs(value - expected) <= relative * fabs(expected), "%.17g, not %.17g",
                  value, expected);
}

START_TEST(linear_regression_is_as_r_prints_it)
{
    fit();
    const struct coefficient *of = estimate.coefficients;
    check_near(of[0].estimate, 3.0000909, 1e-7);
    check_near(of[0].std_error, 1.1247468, 1e-7);
    check_near(of[0].z, 2.667348, 1e-6);
    check_near(of[0].p_value, 0.025734051, 1e-7);
    check_near(of[1].estimate, 0.5000909, 1e-7);
    check_near(of[1].std_error, 0.1179055, 1e-6);
    check_near(of[1].z, 4.241455, 1e-6);
    check_near(of[1].p_value, 0.002169629, 1e-6);
    check_near(estimate.report.r_squared, 0.66654246, 1e-7);
    check_near(sqrt(estimate.report.dispersion), 1.236603, 1e-6);
    check_near(estimate.report.deviance, 13.76269, 1e-6);
    check_near(estimate.report.null_deviance, 41.27269, 1e-6);
    /* The formula of logLik for an lm, with RSS as above. */
    check_near(estimate.report.log_likelihood,
               -ROWS / 2.0 * (log(2 * M_PI) + 1 + log(13.76269 / ROWS)), 1e-6);
    check_near(estimate.report.aic, 6 - 2 * estimate.report.log_likelihood, 1e-12);
    ck_assert_double_eq(estimate.report.df_residual, ROWS - 2);
    ck_assert(isnan(of[0].odds_ratio));
}
END_TEST

START_TEST(newton_takes_exactly_one_step)
{
    options.algorithm = "newton";
    fit();
    ck_assert(estimate.report.converged);
    ck_assert_uint_eq(estimate.report.iterations, 1);
}
END_TEST

static const char *const algorithms[] = {"newton_cg", "lbfgs", "gradient_descent"};

START_TEST(every_exact_method_finds_the_same)
{
    options.algorithm = algorithms[_i];
    options.solver.tolerance = 1e-12;
    fit();
    ck_assert(estimate.report.converged);
    check_near(estimate.coefficients[1].estimate, 0.50009090909090909, 1e-9);
}
END_TEST

/* y → a·y + b: coefficients, errors and dispersion follow; z, p and R² do not. */
START_TEST(units_of_the_response_do_not_matter)
{
    static const double factors[] = {1e-9, 3, 1e12, 1e-150, 1e150};
    double factor = factors[_i], shift = 1e3 * factor;
    fit();
    struct estimate plain = estimate;
    estimate = (struct estimate){0};
    for (size_t i = 0; i < ROWS; i++)
        design.y[i] = design.y[i] * factor + shift;
    fit();
    const struct coefficient *of = estimate.coefficients;
    ck_assert(estimate.report.converged);
    ck_assert_uint_eq(estimate.report.iterations, plain.report.iterations);
    check_near(of[1].estimate, factor * plain.coefficients[1].estimate, 1e-10);
    check_near(of[1].std_error, factor * plain.coefficients[1].std_error, 1e-10);
    check_near(of[1].p_value, plain.coefficients[1].p_value, 1e-9);
    check_near(of[0].estimate, factor * plain.coefficients[0].estimate + shift, 1e-12);
    check_near(of[0].std_error, factor * plain.coefficients[0].std_error, 1e-10);
    check_near(estimate.report.r_squared, plain.report.r_squared, 1e-10);
    check_near(estimate.report.trace[0].objective,
               factor * factor * plain.report.trace[0].objective, 1e-9);
    check_near(estimate.report.log_likelihood,
               plain.report.log_likelihood - ROWS * log(factor), 1e-10);
    estimate_free(&plain);
}
END_TEST

START_TEST(an_offset_is_taken_off_the_response)
{
    made_design_add_offset(&design);
    for (size_t i = 0; i < ROWS; i++) {
        design.offset[i] = 100 * (double)i;
        design.y[i] += design.offset[i];
    }
    fit();
    check_near(estimate.coefficients[1].estimate, 0.50009090909090909, 1e-11);
    check_near(estimate.coefficients[0].estimate, 3.0000909090909091, 1e-11);
}
END_TEST

START_TEST(a_penalty_shrinks_as_ridge_regression_does)
{
    /* w = Sxy/(Sxx + n·l2), of centred x and y; J = RSS/2n + l2/2 w². */
    double sxx = 110, sxy = 110 * 0.50009090909090909;
    options.l2 = 2;
    fit();
    check_near(estimate.coefficients[1].estimate, sxy / (sxx + ROWS * 2), 1e-12);
}
END_TEST

START_TEST(frequency_weights_repeat_rows)
{
    made_design_add_weights(&design);
    for (size_t i = 0; i < ROWS; i++)
        design.weights[i] = 2;
    made_design_weigh(&design);
    options.frequency_weights = true;
    fit();
    struct estimate once = estimate;
    struct design twice;
    made_design_new(&twice, 2 * ROWS, 1, 0);
    for (size_t i = 0; i < 2 * ROWS; i++) {
        twice.x[i] = anscombe_x[i % ROWS];
        twice.y[i] = anscombe_y[i % ROWS];
    }
    estimate = made_design_fit(&twice, &options);
    check_near(once.coefficients[1].std_error, estimate.coefficients[1].std_error, 1e-12);
    check_near(once.coefficients[1].p_value, estimate.coefficients[1].p_value, 1e-11);
    check_near(once.report.log_likelihood, estimate.report.log_likelihood, 1e-12);
    check_near(once.report.aic, estimate.report.aic, 1e-12);
    estimate_free(&once);
    design_free(&twice);
}
END_TEST

START_TEST(a_perfect_fit_tells_no_errors)
{
    for (size_t i = 0; i < ROWS; i++)
        design.y[i] = 2 + 3 * anscombe_x[i];
    fit();
    check_near(estimate.coefficients[1].estimate, 3, 1e-14);
    if (isnan(estimate.coefficients[1].std_error))
        ck_assert(made_design_is_warned(&estimate.report, "statistics_withheld", NULL));
    else /* what rounding left of the residuals */
        ck_assert_double_le(estimate.coefficients[1].std_error, 1e-14);
}
END_TEST

/* Of one column of ones the minimum is a median: of 1, 2, 3, 4, 100 it is 3. */
START_TEST(the_absolute_loss_finds_a_median)
{
    static const double y[] = {1, 2, 3, 4, 100};
    struct design five;
    made_design_new(&five, 5, 1, 0);
    memcpy(five.y, y, sizeof(y));
    for (size_t i = 0; i < 5; i++)
        five.x[i] = 1;
    options.family = FAMILY_ABSOLUTE;
    options.intercept = options.statistics = false;
    options.algorithm = "auto";
    options.solver.batch_size = 5;
    options.solver.max_epochs = 1000;
    estimate = made_design_fit(&five, &options);
    ck_assert_double_eq_tol(estimate.coefficients[0].estimate, 3, 0.05);
    ck_assert_str_eq(estimate.report.algorithm, "adagrad");
    ck_assert(isnan(estimate.report.log_likelihood));
    ck_assert(made_design_is_warned(&estimate.report, "no_certificate", NULL));
    design_free(&five);
}
END_TEST

/* max(0, 1 - tz) + l2/2 w² of rows x = ±1 with t = x: w = 1 for l2 ≤ 1. */
/* A penalty and units: J of a·y with coefficients a·w has a·|w|, and a²·w²/2. */
START_TEST(penalties_follow_the_units_of_the_absolute_loss)
{
    struct estimate plain;
    options.family = FAMILY_ABSOLUTE;
    options.statistics = false;
    options.algorithm = "sgd";
    options.solver.schedule = SCHEDULE_INVERSE_SQRT;
    options.solver.batch_size = ROWS;
    options.solver.max_epochs = 50;
    options.l2 = 0.4;
    fit();
    plain = estimate;
    estimate = (struct estimate){0};
    for (size_t i = 0; i < ROWS; i++)
        design.y[i] *= 64;
    options.l2 /= 64;
    fit();
    check_near(estimate.coefficients[1].estimate, 64 * plain.coefficients[1].estimate,
               1e-12);
    check_near(estimate.report.objective, 64 * plain.report.objective, 1e-12);
    check_near(estimate.report.gradient_norm, plain.report.gradient_norm, 1e-9);
    ck_assert(isnan(estimate.report.lr_statistic));
    estimate_free(&plain);
}
END_TEST

START_TEST(the_hinge_loss_stops_at_the_margin)
{
    struct design four;
    made_design_new(&four, 4, 1, 2);
    for (size_t i = 0; i < 4; i++) {
        four.x[i] = i % 2 ? 1 : -1;
        four.y[i] = (double)(i % 2);
    }
    options.family = FAMILY_HINGE;
    options.intercept = options.statistics = false;
    options.l2 = 0.5;
    options.algorithm = "sgd";
    options.solver.schedule = SCHEDULE_INVERSE_SQRT;
    options.solver.batch_size = 4;
    options.solver.max_epochs = 4000;
    estimate = made_design_fit(&four, &options);
    ck_assert_double_eq_tol(estimate.coefficients[0].estimate, 1, 0.02);
    ck_assert_double_eq_tol(estimate.report.objective, 0.25, 0.01);
    design_free(&four);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
    struct design large;
    made_design_new(&large, 5000, 3, 0);
    made_design_draw(&large, 7, 0);
    for (size_t i = 0; i < 5000; i++)
        large.y[i] = large.x[3 * i] - 2 * large.x[3 * i + 1] + sin((double)i);
    estimate = made_design_fit_with(&large, &options, 1);
    struct estimate other = made_design_fit_with(&large, &options, 3);
    ck_assert_mem_eq(other.coefficients, estimate.coefficients,
                     4 * sizeof(*other.coefficients));
    estimate_free(&other);
    design_free(&large);
}
END_TEST

TCase *numeric_response_test(void)
{
    TCase *tests = tcase_create("numeric_response");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, linear_regression_is_as_r_prints_it);
    tcase_add_test(tests, newton_takes_exactly_one_step);
    tcase_add_loop_test(tests, every_exact_method_finds_the_same, 0, 3);
    tcase_add_loop_test(tests, units_of_the_response_do_not_matter, 0, 5);
    tcase_add_test(tests, an_offset_is_taken_off_the_response);
    tcase_add_test(tests, a_penalty_shrinks_as_ridge_regression_does);
    tcase_add_test(tests, frequency_weights_repeat_rows);
    tcase_add_test(tests, a_perfect_fit_tells_no_errors);
    tcase_add_test(tests, the_absolute_loss_finds_a_median);
    tcase_add_test(tests, penalties_follow_the_units_of_the_absolute_loss);
    tcase_add_test(tests, the_hinge_loss_stops_at_the_margin);
    tcase_add_test(tests, threads_do_not_change_a_bit);
    return tests;
}
