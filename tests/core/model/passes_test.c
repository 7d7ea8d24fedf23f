/*
 * Passes over the rows that a report tells, and fits that stop where a loose tolerance is
 * met.
 */
#include <check.h>
#include <math.h>

#include "tests/support/made_design.h"

static struct design design;
static struct estimate_options options;
static struct estimate estimate;

static void make(size_t n_rows, size_t n_columns, size_t n_classes)
{
    made_design_new(&design, n_rows, n_columns, n_classes);
    made_design_draw(&design, 12, 0.4);
    options = made_design_options(&design);
    options.statistics = false;
    options.l2 = 1e-3;
}

static void teardown(void)
{
    estimate_free(&estimate);
    design_free(&design);
}

static const struct report *fit(const char *algorithm, double tolerance)
{
    estimate_free(&estimate);
    options.algorithm = algorithm;
    options.solver.tolerance = tolerance;
    estimate = made_design_fit(&design, &options);
    return &estimate.report;
}

START_TEST(a_step_of_newton_is_a_pass)
{
    make(300, 3, 2);
    const struct report *report = fit("newton", 1e-8);
    ck_assert_double_eq(report->effort.passes, (double)report->iterations + 1);
}
END_TEST

/* Products and curvature beside a value and a gradient. */
START_TEST(other_methods_take_more_passes_than_steps)
{
    static const char *const names[] = {"newton_cg", "lbfgs", "gradient_descent",
                                        "coordinate_descent"};
    make(300, 3, 2);
    options.l1 = _i == 3 ? 0.01 : 0;
    const struct report *report = fit(names[_i], 1e-6);
    ck_assert_double_gt(report->effort.passes, (double)report->iterations);
}
END_TEST

START_TEST(an_epoch_in_batches_is_a_pass_and_one_to_judge_it)
{
    make(300, 3, 2);
    options.solver.max_epochs = 4;
    options.solver.batch_size = 7;
    options.solver.learning_rate = 0.01;
    const struct report *report = fit("sgd", 1e-30);
    ck_assert_uint_eq(report->iterations, 4);
    ck_assert_double_ge(report->effort.passes, 8);
    ck_assert_double_le(report->effort.passes, 12);
}
END_TEST

/* Of two classes, and of three. */
START_TEST(a_loose_tolerance_takes_fewer_passes_and_is_met)
{
    static const char *const names[] = {"newton", "newton_cg"};
    make(400, 5, _i / 2 == 0 ? 2 : 3);
    const struct report *report = fit(names[_i % 2], 1e-8);
    double least = report->objective, passes = report->effort.passes;
    ck_assert(report->converged);
    for (double tolerance = 1e-3; tolerance > 1e-7; tolerance /= 10) {
        report = fit(names[_i % 2], tolerance);
        ck_assert_str_eq(report->stop_reason, "tolerance");
        ck_assert(report->converged);
        ck_assert_double_lt(report->effort.passes, passes);
        ck_assert_double_le(report->objective - least, 1.1 * tolerance * least);
    }
}
END_TEST

START_TEST(statistics_want_the_last_digits)
{
    make(400, 5, 2);
    options.statistics = true;
    ck_assert_double_le(fit("newton", 1e-3)->newton_decrement, 1e-12);
}
END_TEST

/* One class alone in the hundredth of the rows where column 1 is 1. */
START_TEST(separation_is_told_however_loose_the_tolerance)
{
    make(2000, 3, 2);
    for (size_t i = 0; i < 2000; i++) {
        design.x[3 * i + 1] = i % 100 == 0;
        if (i % 100 == 0)
            design.y[i] = 1;
    }
    options.l2 = 0;
    for (double tolerance = 1e-1; tolerance > 1e-7; tolerance /= 10) {
        fit("newton", tolerance);
        ck_assert(
            made_design_is_warned(&estimate.report, "quasi_complete_separation", NULL));
        ck_assert_int_eq(estimate.coefficients[2].infinite, 1);
    }
}
END_TEST

TCase *passes_test(void)
{
    TCase *tests = tcase_create("passes");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, a_step_of_newton_is_a_pass);
    tcase_add_loop_test(tests, other_methods_take_more_passes_than_steps, 0, 4);
    tcase_add_test(tests, an_epoch_in_batches_is_a_pass_and_one_to_judge_it);
    tcase_add_loop_test(tests, a_loose_tolerance_takes_fewer_passes_and_is_met, 0, 4);
    tcase_add_test(tests, statistics_want_the_last_digits);
    tcase_add_test(tests, separation_is_told_however_loose_the_tolerance);
    return tests;
}
