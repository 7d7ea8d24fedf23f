/* Rows held out: what their loss is, by the formulas; early stopping; learning rates
 * chosen by them. */
#include "core/model/validation.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/made_design.h"

static struct design design, held_out;
static struct estimate_options options;
static struct estimate estimate, other;

static const char *const names[] = {"newton", "newton_cg", "lbfgs",   "gradient_descent",
                                    "sgd",    "adagrad",   "rmsprop", "adam"};
enum { N_NAMES = 8 };

static void teardown(void)
{
    estimate_free(&estimate);
    estimate_free(&other);
    design_free(&design);
    design_free(&held_out);
}

static void make(size_t n_rows, size_t n_columns, size_t n_classes)
{
    made_design_new(&design, n_rows, n_columns, n_classes);
    made_design_draw(&design, 21, 0.6);
    made_design_new(&held_out, 1500, n_columns, n_classes);
    made_design_draw(&held_out, 22, 0.6);
    options = made_design_options(&design);
    options.held_out = &held_out;
    options.solver.batch_size = 16;
    options.solver.max_epochs = 60;
}

/* So few rows that what is learnt of their noise soon does harm. */
static void make_noisy(void)
{
    make(60, 14, 2);
    options.statistics = false;
}

static void fit(const char *name)
{
    estimate_free(&estimate);
    options.algorithm = name;
    estimate = made_design_fit(&design, &options);
}

static double loss_of(const double *solution)
{
    double complex terms[64];
    size_t n = estimate.n_blocks * estimate.n_terms;
    ck_assert_uint_le(n, 64);
    for (size_t i = 0; i < n; i++)
        terms[i] = solution[i];
    return creal(made_design_loss(&held_out, &options, terms));
}

/* ---- the loss ---- */

START_TEST(the_loss_is_that_of_rows_held_out)
{
    make(800, 3, _i & 1 ? 2 : 3);
    options.l2 = 0.1; /* which is no part of it */
    if (_i & 2) {
        made_design_add_weights(&held_out);
        for (size_t i = 0; i < held_out.n_rows; i++)
            held_out.weights[i] = (double)(i % 4);
        made_design_weigh(&held_out);
    }
    fit(names[_i / 4]);
    const struct report *report = &estimate.report;
    ck_assert_double_eq_tol(report->validation_loss, loss_of(estimate.solution), 1e-13);
    ck_assert_uint_eq(report->n_validation_rows, 1500);
    ck_assert_double_eq(report->validation_weights, held_out.sum_weights);
    ck_assert_uint_eq(report->n_rows, 800);
    ck_assert_uint_eq(report->best_iteration, 0);
    for (size_t i = 0; i < report->n_steps; i++)
        ck_assert(isfinite(report->trace[i].validation_loss));
}
END_TEST

START_TEST(who_only_looks_changes_nothing)
{
    make(800, 3, 3);
    fit(names[_i]);
    other = estimate;
    estimate = (struct estimate){0};
    options.held_out = NULL;
    fit(names[_i]);
    ck_assert_mem_eq(estimate.solution, other.solution, 8 * sizeof(double));
    ck_assert_str_eq(estimate.report.stop_reason, other.report.stop_reason);
    ck_assert_uint_eq(estimate.report.iterations, other.report.iterations);
    ck_assert_uint_eq(estimate.report.n_validation_rows, 0);
    ck_assert(isnan(estimate.report.validation_loss));
    ck_assert(isnan(estimate.report.trace[0].validation_loss));
}
END_TEST

START_TEST(a_number_is_judged_in_its_own_units)
{
    double square = 0;
    make(400, 3, 2);
    options.family = FAMILY_GAUSSIAN;
    design.n_classes = held_out.n_classes = 0;
    for (size_t i = 0; i < 400; i++)
        design.y[i] = 1e6 + 3e5 * design.x[3 * i] + 1e4 * design.y[i];
    for (size_t i = 0; i < 1500; i++)
        held_out.y[i] = 1e6 + 3e5 * held_out.x[3 * i] + 1e4 * held_out.y[i];
    fit("newton");
    for (size_t i = 0; i < 1500; i++) {
        const double *x = held_out.x + 3 * i, *w = estimate.solution;
        double off = held_out.y[i] - w[0] - w[1] * x[0] - w[2] * x[1] - w[3] * x[2];
        square += off * off;
    }
    ck_assert_double_eq_tol(estimate.report.validation_loss / (square / 3000), 1, 1e-10);
    const struct report_step *last = &estimate.report.trace[estimate.report.n_steps - 1];
    ck_assert_double_eq_tol(last->validation_loss / (square / 3000), 1, 1e-10);
}
END_TEST

START_TEST(rows_held_out_that_are_not_finite_are_told)
{
    struct error err = {0};
    struct pool *pool = pool_new(1, 0, NULL);
    make(300, 3, 2);
    held_out.x[7] = INFINITY;
    ck_assert_int_lt(estimate_run(&design, &options, NULL, pool, &estimate, &err), 0);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
    ck_assert_str_eq(err.place, "/validation");
    pool_free(pool);
}
END_TEST

/* ---- early stopping ---- */

static size_t least_of_trace(const struct report *report)
{
    size_t least = 0;
    for (size_t i = 0; i < report->n_steps; i++)
        if (report->trace[i].validation_loss < report->trace[least].validation_loss)
            least = i;
    return least;
}

START_TEST(early_stopping_keeps_the_iterate_that_is_best_elsewhere)
{
    make_noisy();
    options.patience = 2;
    options.solver.learning_rate = _i == 5 ? 1 : _i == 7 ? 0.1 : 0;
    fit(names[_i]);
    const struct report *report = &estimate.report;
    size_t least = least_of_trace(report);
    ck_assert_str_eq(report->stop_reason, "early_stopping");
    ck_assert(!report->converged);
    ck_assert_uint_eq(report->best_iteration, least);
    ck_assert_uint_eq(report->n_steps, least + 3);
    ck_assert_uint_eq(report->iterations, least + 2);
    ck_assert_double_eq(report->validation_loss, report->trace[least].validation_loss);
    ck_assert_double_eq_tol(report->validation_loss, loss_of(estimate.solution), 1e-13);
    ck_assert_double_eq_tol(report->objective, report->trace[least].objective, 1e-14);
    options.patience = 0;
    fit(names[_i]);
    ck_assert_double_lt(report->trace[least].validation_loss,
                        estimate.report.validation_loss);
}
END_TEST

START_TEST(the_best_is_kept_when_epochs_end_first)
{
    make_noisy();
    options.patience = 1000;
    options.solver.max_epochs = 40;
    options.solver.learning_rate = 0.1;
    fit("adam");
    const struct report *report = &estimate.report;
    size_t least = least_of_trace(report);
    ck_assert_uint_lt(least, 40);
    ck_assert_uint_eq(report->iterations, 40);
    ck_assert_str_eq(report->stop_reason, "early_stopping");
    ck_assert_double_eq(report->validation_loss, report->trace[least].validation_loss);
}
END_TEST

/* Of the rows that are fitted to, no iterate is better than the optimum. */
START_TEST(an_optimum_is_not_left)
{
    make(800, 3, 3);
    options.held_out = &design;
    options.patience = 3;
    fit(_i ? "gradient_descent" : "newton");
    ck_assert(estimate.report.converged);
    ck_assert(strcmp(estimate.report.stop_reason, "tolerance") == 0 || _i == 1);
    ck_assert_double_eq_tol(estimate.report.validation_loss, estimate.report.objective,
                            1e-12);
}
END_TEST

START_TEST(separated_data_have_estimates_where_they_stop_early)
{
    make(200, 3, 2);
    for (size_t i = 0; i < 200; i++)
        design.y[i] = design.x[3 * i] > 0;
    options.patience = 1;
    fit(_i ? "gradient_descent" : "newton");
    ck_assert_str_eq(estimate.report.stop_reason, "early_stopping");
    for (size_t i = 0; i < 4; i++) {
        ck_assert(isfinite(estimate.coefficients[i].estimate));
        ck_assert_int_eq(estimate.coefficients[i].infinite, 0);
    }
}
END_TEST

/* ---- learning rates ---- */

static const double grid[] = {1e-3, 1e12, 0.1, 0.02};

START_TEST(the_best_rate_is_the_fits)
{
    size_t best = 0;
    make(800, 3, 3);
    options.patience = _i < 5 ? 0 : 3;
    options.rates = grid;
    options.n_rates = 4;
    options.solver.max_iterations = 40;
    fit(names[3 + _i % 5]);
    other = estimate;
    estimate = (struct estimate){0};
    options.rates = NULL;
    options.n_rates = 0;
    const struct report *report = &other.report;
    ck_assert_uint_eq(report->n_trials, 4);
    for (size_t k = 0; k < 4; k++) {
        ck_assert_double_eq(report->trials[k].learning_rate, grid[k]);
        ck_assert(report->trials[k].diverged == (k == 1));
        ck_assert(isnan(report->trials[k].validation_loss) == (k == 1));
        if (k != 1 &&
            report->trials[k].validation_loss < report->trials[best].validation_loss)
            best = k;
    }
    ck_assert_double_eq(report->trials[best].validation_loss, report->validation_loss);
    options.solver.learning_rate = grid[best];
    fit(names[3 + _i % 5]);
    ck_assert_mem_eq(estimate.solution, other.solution, 8 * sizeof(double));
    ck_assert_uint_eq(estimate.report.n_trials, 0);
}
END_TEST

START_TEST(the_initial_rate_is_tried_too)
{
    make(300, 3, 2);
    options.rates = grid;
    options.n_rates = 4;
    options.solver.learning_rate = _i ? 0.02 : 0.03;
    fit("sgd");
    ck_assert_uint_eq(estimate.report.n_trials, _i ? 4 : 5);
    ck_assert(_i || estimate.report.trials[4].learning_rate == 0.03);
}
END_TEST

START_TEST(any_number_of_threads_chooses_alike)
{
    make(4000, 3, 3);
    options.algorithm = _i ? "gradient_descent" : "adam";
    options.patience = 2;
    options.rates = grid;
    options.n_rates = 4;
    options.n_at_once = 3;
    options.solver.batch_size = 1500;
    options.solver.max_iterations = 10;
    estimate = made_design_fit_with(&design, &options, 1);
    for (size_t n_threads = 2; n_threads < 6; n_threads++) {
        options.n_at_once = n_threads;
        other = made_design_fit_with(&design, &options, n_threads);
        ck_assert_mem_eq(estimate.solution, other.solution, 8 * sizeof(double));
        for (size_t k = 0; k < 4; k++)
            ck_assert_mem_eq(&estimate.report.trials[k].validation_loss,
                             &other.report.trials[k].validation_loss, sizeof(double));
        estimate_free(&other);
    }
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    struct pool *pool = pool_new(1, 0, NULL);
    int status = -1;
    make(120, 3, 2);
    options.algorithm = "sgd";
    options.patience = 2;
    options.rates = grid;
    options.n_rates = 4;
    options.solver.max_epochs = 4;
    for (long n = 0; status < 0; n++) {
        struct error err = {0};
        memory_fail_after(n);
        status = estimate_run(&design, &options, NULL, pool, &estimate, &err);
        memory_fail_after(-1);
        ck_assert_msg(status == 0 || err.code == ERROR_NO_MEMORY, "%s", err.message);
    }
    pool_free(pool);
}
END_TEST

TCase *validation_test(void)
{
    TCase *tests = tcase_create("validation");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, the_loss_is_that_of_rows_held_out, 0, 4 * N_NAMES);
    tcase_add_loop_test(tests, who_only_looks_changes_nothing, 0, N_NAMES);
    tcase_add_test(tests, a_number_is_judged_in_its_own_units);
    tcase_add_test(tests, rows_held_out_that_are_not_finite_are_told);
    tcase_add_loop_test(tests, early_stopping_keeps_the_iterate_that_is_best_elsewhere, 0,
                        N_NAMES);
    tcase_add_test(tests, the_best_is_kept_when_epochs_end_first);
    tcase_add_loop_test(tests, an_optimum_is_not_left, 0, 2);
    tcase_add_loop_test(tests, separated_data_have_estimates_where_they_stop_early, 0, 2);
    tcase_add_loop_test(tests, the_best_rate_is_the_fits, 0, 10);
    tcase_add_loop_test(tests, the_initial_rate_is_tried_too, 0, 2);
    tcase_add_loop_test(tests, any_number_of_threads_chooses_alike, 0, 2);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
