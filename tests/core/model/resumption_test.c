/* A fit that ends with its process, between any two iterations, and goes on in another
 * one: its estimate must have the bits of the fit that was never disturbed. And a fit
 * that is told to stop, whose best iterate is kept. */
#include "core/model/resumption.h"

#include <check.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/made_design.h"

enum { MOST_KEPT = 300 };

struct kept {
    unsigned char *bytes;
    size_t n_bytes;
};

/* Of one fit: what to do with it, and what was seen. */
struct run {
    bool keeps;
    const char *kept_as; /* NULL: a stop leaves nothing */
    size_t stop_at;      /* steps; 0: never */
    atomic_long n_asks;  /* of is_over that still say no; negative: never */
    bool is_kept;
    size_t n_steps, n_states;
    struct kept states[MOST_KEPT];
};

static struct design design, held_out;
static struct estimate_options options;
static struct estimate whole, rest;
static struct run run;

static void setup(void)
{
    memset(&run, 0, sizeof(run));
    atomic_init(&run.n_asks, -1);
}

static void teardown(void)
{
    for (size_t i = 0; i < run.n_states; i++)
        memory_free(run.states[i].bytes);
    estimate_free(&whole);
    estimate_free(&rest);
    design_free(&design);
    design_free(&held_out);
}

static int on_step(void *context, const struct solver_step *step)
{
    (void)context;
    (void)step;
    return ++run.n_steps == run.stop_at && !run.is_kept;
}

static bool is_over(void *context)
{
    (void)context;
    if (run.is_kept || atomic_load(&run.n_asks) < 0)
        return false;
    return atomic_load(&run.n_asks) == 0 || atomic_fetch_sub(&run.n_asks, 1) <= 1;
}

static bool wants_state(void *context)
{
    (void)context;
    return run.keeps && run.n_states < MOST_KEPT;
}

static void keep_state(void *context, const void *bytes, size_t n_bytes)
{
    (void)context;
    struct kept *kept = &run.states[run.n_states++];
    kept->bytes = memory_copy(bytes, n_bytes, NULL);
    kept->n_bytes = n_bytes;
}

static const char *kept_as(void *context)
{
    (void)context;
    run.is_kept = run.kept_as != NULL;
    return run.kept_as;
}

static int fit_from(const struct kept *state, size_t n_threads, struct estimate *estimate,
                    struct error *err)
{
    struct pool *pool = pool_new(n_threads, 0, err);
    if (!pool)
        return -1;
    const struct estimate_hooks hooks = {
        .watch = {.on_step = on_step,
                  .is_over = is_over,
                  .wants_state = wants_state,
                  .keep_state = keep_state,
                  .kept_as = kept_as,
                  .state = state ? state->bytes : NULL,
                  .state_bytes = state ? state->n_bytes : 0}};
    run.n_steps = 0;
    pool_watch(pool, is_over, NULL);
    int status = estimate_run(&design, &options, &hooks, pool, estimate, err);
    pool_free(pool);
    return status;
}

static void fit(const struct kept *state, struct estimate *estimate)
{
    struct error err = {0};
    estimate_free(estimate);
    ck_assert_msg(fit_from(state, 1, estimate, &err) == 0, "%s", err.message);
}

static void make(const char *algorithm, size_t n_classes)
{
    made_design_new(&design, 3000, 5, n_classes);
    made_design_draw(&design, 5, 0.8);
    options = made_design_options(&design);
    options.algorithm = algorithm;
    options.solver.batch_size = 32;
    options.solver.max_epochs = 12;
}

/* ---- the same bits ---- */

static void check_same_number(double x, double y)
{
    ck_assert_mem_eq(&x, &y, sizeof(x));
}

static void check_same_reports(const struct report *a, const struct report *b)
{
    ck_assert_uint_eq(a->iterations, b->iterations);
    check_same_number(a->objective, b->objective);
    check_same_number(a->log_likelihood, b->log_likelihood);
    check_same_number(a->newton_decrement, b->newton_decrement);
    check_same_number(a->condition, b->condition);
    ck_assert_int_eq(a->converged, b->converged);
    ck_assert_str_eq(a->stop_reason, b->stop_reason);
    ck_assert_uint_eq(a->n_steps, b->n_steps);
    for (size_t i = 0; i < a->n_steps; i++) {
        ck_assert_uint_eq(a->trace[i].iteration, b->trace[i].iteration);
        check_same_number(a->trace[i].objective, b->trace[i].objective);
        check_same_number(a->trace[i].gradient_norm, b->trace[i].gradient_norm);
        check_same_number(a->trace[i].step, b->trace[i].step);
        check_same_number(a->trace[i].validation_loss, b->trace[i].validation_loss);
        ck_assert(i == 0 || a->trace[i].seconds >= a->trace[i - 1].seconds);
    }
    check_same_number(a->validation_loss, b->validation_loss);
    ck_assert_uint_eq(a->best_iteration, b->best_iteration);
    ck_assert_uint_eq(a->n_trials, b->n_trials);
    for (size_t k = 0; k < a->n_trials; k++) {
        check_same_number(a->trials[k].validation_loss, b->trials[k].validation_loss);
        ck_assert(a->trials[k].diverged == b->trials[k].diverged);
    }
    ck_assert_uint_eq(a->n_warnings, b->n_warnings);
    for (size_t i = 0; i < a->n_warnings; i++) {
        ck_assert_str_eq(a->warnings[i].code, b->warnings[i].code);
        ck_assert_str_eq(a->warnings[i].detail, b->warnings[i].detail);
    }
}

static void check_same(void)
{
    size_t n = whole.n_blocks * whole.n_terms;
    ck_assert_mem_eq(rest.solution, whole.solution, n * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        check_same_number(rest.coefficients[i].std_error,
                          whole.coefficients[i].std_error);
        ck_assert_int_eq(rest.coefficients[i].infinite, whole.coefficients[i].infinite);
    }
    check_same_reports(&rest.report, &whole.report);
}

static void check_every_state(void)
{
    run.keeps = true;
    fit(NULL, &whole);
    run.keeps = false;
    ck_assert_uint_gt(run.n_states, 3);
    for (size_t i = 0; i < run.n_states; i++) {
        size_t n_steps = run.n_steps;
        fit(&run.states[i], &rest);
        check_same();
        ck_assert(i == 0 || run.n_steps <= n_steps);
    }
}

START_TEST(a_fit_goes_on_from_any_iteration_with_the_same_bits)
{
    static const char *const names[] = {"newton", "newton_cg",        "lbfgs", "sgd",
                                        "adam",   "gradient_descent", "auto"};
    make(names[_i % 7], _i < 7 ? 2 : 3);
    options.solver.max_iterations = 20;
    check_every_state();
}
END_TEST

/* Judged on other rows, stopped early by them, at a rate chosen by them. */
START_TEST(a_fit_that_is_validated_goes_on_with_the_same_bits)
{
    static const char *const names[] = {"newton", "lbfgs", "sgd", "gradient_descent"};
    static const double rates[] = {0.01, 1e9, 0.2};
    make(names[_i], 3);
    made_design_new(&held_out, 400, 5, 3);
    made_design_draw(&held_out, 6, 0.8);
    options.held_out = &held_out;
    options.patience = 2;
    if (_i > 1) {
        options.rates = rates;
        options.n_rates = 3;
        options.solver.max_iterations = 60;
    }
    check_every_state();
    ck_assert_uint_eq(whole.report.n_trials, _i > 1 ? 3 : 0);
    ck_assert_uint_eq(whole.report.n_validation_rows, 400);
}
END_TEST

START_TEST(separated_data_give_the_same_diagnosis)
{
    make(_i ? "lbfgs" : "newton", 2);
    for (size_t i = 0; i < 1000; i++) { /* one column tells one class of a third */
        design.x[5 * i] = design.y[i] > 0 ? 4 : 0;
        design.x[5 * (i + 1000)] = design.x[5 * (i + 2000)] = 0;
    }
    check_every_state();
    ck_assert(made_design_is_warned(&whole.report, "quasi_complete_separation", NULL));
}
END_TEST

START_TEST(a_lasso_goes_on_alike)
{
    static const char *const names[] = {"coordinate_descent", "lbfgs", "adagrad"};
    make(names[_i], 3);
    options.l1 = 0.01;
    options.statistics = false;
    options.solver.max_iterations = 20;
    check_every_state();
}
END_TEST

START_TEST(firths_penalty_goes_on_alike)
{
    make("newton", 2);
    options.firth = true;
    check_every_state();
}
END_TEST

START_TEST(any_number_of_threads_goes_on_alike)
{
    make("lbfgs", 3);
    run.keeps = true;
    fit(NULL, &whole);
    run.keeps = false;
    ck_assert_int_eq(fit_from(&run.states[run.n_states / 2], 3, &rest, NULL), 0);
    check_same();
}
END_TEST

START_TEST(what_is_no_state_of_this_fit_is_passed_over)
{
    make("lbfgs", 2);
    run.keeps = true;
    fit(NULL, &whole);
    run.keeps = false;
    size_t n_steps = run.n_steps;
    struct kept half = run.states[4], broken = run.states[5];
    half.n_bytes /= 2;
    broken.bytes[2] ^= 1;
    fit(&half, &rest);
    check_same();
    ck_assert_uint_eq(run.n_steps, n_steps);
    fit(&broken, &rest);
    check_same();
    ck_assert_uint_eq(run.n_steps, n_steps);
    options.l2 = 0.01;
    fit(NULL, &whole);
    n_steps = run.n_steps;
    fit(&run.states[4], &rest);
    check_same();
    ck_assert_uint_eq(run.n_steps, n_steps);
}
END_TEST

/* ---- the best iterate ---- */

static void check_kept(const char *reason, uint64_t n_iterations)
{
    const struct report *report = &rest.report;
    size_t n = rest.n_blocks * rest.n_terms;
    double best = INFINITY;
    ck_assert(!report->converged);
    ck_assert_str_eq(report->stop_reason, reason);
    ck_assert_uint_eq(report->iterations, n_iterations);
    ck_assert(made_design_is_warned(report, "statistics_withheld", NULL));
    ck_assert_ptr_null(rest.covariance);
    for (size_t i = 0; i < n; i++)
        ck_assert(isfinite(rest.coefficients[i].estimate) &&
                  isnan(rest.coefficients[i].std_error));
    for (size_t i = 0; i < report->n_steps; i++)
        best = fmin(best, report->trace[i].objective);
    ck_assert_double_eq_tol(report->objective, best, 1e-14);
    ck_assert_double_eq_tol(report->log_likelihood, -best * 3000, 1e-9);
    ck_assert_double_gt(report->gradient_norm, 0);
}

START_TEST(a_fit_that_is_stopped_keeps_its_best_iterate)
{
    static const char *const names[] = {"newton", "newton_cg", "lbfgs", "sgd", "adam"};
    make(names[_i], 3);
    run.kept_as = "cancelled";
    run.stop_at = 4;
    fit(NULL, &rest);
    check_kept("cancelled", 3);
}
END_TEST

START_TEST(a_fit_that_is_given_up_within_a_pass_keeps_it_too)
{
    struct error err = {0};
    long n_kept = 0;
    make("lbfgs", 2);
    for (long n = 1; n < 80; n++) {
        run.kept_as = "time_limit";
        run.is_kept = false;
        atomic_store(&run.n_asks, n);
        estimate_free(&rest);
        error_clear(&err);
        if (fit_from(NULL, 1, &rest, &err) == 0) {
            check_kept("time_limit", run.n_steps - 1);
            n_kept++;
        } else { /* before there was any iterate */
            ck_assert_int_eq(err.code, ERROR_CANCELLED);
            ck_assert_uint_eq(run.n_steps, 0);
        }
    }
    ck_assert_int_gt(n_kept, 40);
}
END_TEST

START_TEST(a_fit_that_goes_on_and_is_stopped_keeps_the_best_of_both)
{
    make("sgd", 2);
    options.solver.learning_rate = 2; /* jumps up and down */
    run.kept_as = "cancelled";
    run.keeps = true;
    run.stop_at = 8;
    fit(NULL, &whole);
    run.keeps = run.is_kept = false;
    run.stop_at = 2;
    fit(&run.states[6], &rest);
    check_same();
}
END_TEST

START_TEST(a_fit_that_nobody_keeps_is_cancelled)
{
    struct error err = {0};
    make("newton", 2);
    run.stop_at = 2;
    ck_assert_int_lt(fit_from(NULL, 1, &rest, &err), 0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
}
END_TEST

START_TEST(without_memory_a_resumed_fit_says_so)
{
    struct error err = {0};
    make("newton", 2);
    run.keeps = true;
    fit(NULL, &whole);
    run.keeps = false;
    for (long n = 0;; n++) {
        memory_fail_after(n);
        int status = fit_from(&run.states[2], 1, &rest, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        error_clear(&err);
    }
    check_same();
}
END_TEST

TCase *resumption_test(void)
{
    TCase *tests = tcase_create("resumption");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_fit_goes_on_from_any_iteration_with_the_same_bits, 0,
                        14);
    tcase_add_loop_test(tests, a_fit_that_is_validated_goes_on_with_the_same_bits, 0, 4);
    tcase_add_loop_test(tests, separated_data_give_the_same_diagnosis, 0, 2);
    tcase_add_loop_test(tests, a_lasso_goes_on_alike, 0, 3);
    tcase_add_test(tests, firths_penalty_goes_on_alike);
    tcase_add_test(tests, any_number_of_threads_goes_on_alike);
    tcase_add_test(tests, what_is_no_state_of_this_fit_is_passed_over);
    tcase_add_loop_test(tests, a_fit_that_is_stopped_keeps_its_best_iterate, 0, 5);
    tcase_add_test(tests, a_fit_that_is_given_up_within_a_pass_keeps_it_too);
    tcase_add_test(tests, a_fit_that_goes_on_and_is_stopped_keeps_the_best_of_both);
    tcase_add_test(tests, a_fit_that_nobody_keeps_is_cancelled);
    tcase_add_test(tests, without_memory_a_resumed_fit_says_so);
    return tests;
}
