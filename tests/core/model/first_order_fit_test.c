/* First-order methods as a fit uses them: held against Newton's method, in the
 * coefficients as given, and judged by the same certificate. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/made_design.h"

#define ROWS 3000

static const char *const names[] = {"gradient_descent", "sgd", "adagrad", "rmsprop",
                                    "adam"};
static struct design design;
static struct estimate_options options;
static struct estimate estimate, newton;
static size_t n_coefficients;

static void teardown(void)
{
    estimate_free(&estimate);
    estimate_free(&newton);
    design_free(&design);
}

/* Columns in units that differ by 10⁹, one with a mean far from 0. */
static void make(size_t n_classes)
{
    made_design_new(&design, ROWS, 3, n_classes);
    made_design_draw(&design, 17, 0.8);
    for (size_t i = 0; i < ROWS; i++) {
        double *x = design.x + 3 * i;
        x[0] = 1e5 * x[0] + 3e5;
        x[2] *= 1e-4;
    }
    options = made_design_options(&design);
    options.solver.batch_size = 32;
    options.solver.max_epochs = 100;
    n_coefficients = (n_classes - 1) * 4;
}

static void fit(const char *name)
{
    options.algorithm = name;
    estimate_free(&estimate);
    estimate = made_design_fit(&design, &options);
    ck_assert_str_eq(estimate.report.algorithm, name);
}

/* In standard errors of the Newton fit. */
static double distance(void)
{
    double greatest = 0;
    options.algorithm = "newton";
    estimate_free(&newton);
    newton = made_design_fit(&design, &options);
    for (size_t i = 0; i < n_coefficients; i++)
        greatest = fmax(greatest, fabs(estimate.coefficients[i].estimate -
                                       newton.coefficients[i].estimate) /
                                      newton.coefficients[i].std_error);
    return greatest;
}

START_TEST(gradient_descent_reaches_newtons_optimum)
{
    make(_i & 1 ? 2 : 3);
    options.solver.schedule = _i & 2 ? SCHEDULE_LINE_SEARCH : SCHEDULE_CONSTANT;
    fit("gradient_descent");
    ck_assert_str_eq(estimate.report.stop_reason, "tolerance");
    ck_assert(estimate.report.converged);
    ck_assert_double_le(estimate.report.newton_decrement, 1e-6);
    ck_assert_double_le(distance(), 1e-4);
}
END_TEST

START_TEST(batches_come_near_newtons_optimum)
{
    static const double rates[] = {0, 0.3, 0.5, 0.01, 0.01};
    make(_i & 1 ? 2 : 3);
    options.solver.schedule = SCHEDULE_COSINE;
    options.solver.learning_rate = rates[_i / 2];
    fit(names[_i / 2]);
    ck_assert_str_eq(estimate.report.stop_reason, "max_epochs");
    ck_assert_uint_eq(estimate.report.iterations, 100);
    ck_assert_uint_eq(estimate.report.n_steps, 101);
    ck_assert(!estimate.report.converged);
    ck_assert_double_le(distance(), 0.2);
}
END_TEST

START_TEST(a_penalty_means_the_same_to_all)
{
    make(3);
    options.l2 = 0.2;
    options.standardize = true; /* else the penalty spoils the condition, in such units */
    options.solver.schedule = SCHEDULE_LINE_SEARCH;
    fit("gradient_descent");
    ck_assert(estimate.report.converged);
    ck_assert_double_le(distance(), 1e-4);
    options.solver.schedule = SCHEDULE_COSINE;
    fit("adam");
    ck_assert_double_le(distance(), 0.2);
}
END_TEST

START_TEST(statistics_wait_for_the_certificate)
{
    make(2);
    options.solver.schedule = SCHEDULE_LINE_SEARCH;
    options.solver.tolerance = 1e-4;
    fit("gradient_descent");
    ck_assert(estimate.report.converged);
    ck_assert_double_gt(estimate.report.newton_decrement, 1e-8);
    ck_assert(made_design_is_warned(&estimate.report, "statistics_withheld", NULL));
    ck_assert(isnan(estimate.coefficients[1].p_value));
    ck_assert_ptr_null(estimate.covariance);
    options.solver.tolerance = 1e-11;
    fit("gradient_descent");
    ck_assert(estimate.report.converged);
    ck_assert_double_lt(estimate.report.newton_decrement, 1e-8);
    ck_assert(!made_design_is_warned(&estimate.report, "statistics_withheld", NULL));
    ck_assert_double_le(distance(), 1e-7);
    for (size_t i = 0; i < n_coefficients; i++)
        ck_assert_double_eq_tol(estimate.coefficients[i].std_error /
                                    newton.coefficients[i].std_error,
                                1, 1e-7);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    struct estimate first = {0};
    make(3);
    options.algorithm = names[_i];
    options.solver.max_iterations = options.solver.max_epochs = 5;
    options.solver.batch_size = 1400; /* two blocks */
    for (size_t n_threads = 1; n_threads <= 8; n_threads++) {
        struct estimate other = made_design_fit_with(&design, &options, n_threads);
        if (n_threads == 1)
            first = other;
        else {
            ck_assert_mem_eq(first.solution, other.solution,
                             n_coefficients * sizeof(double));
            ck_assert_double_eq(first.report.objective, other.report.objective);
            estimate_free(&other);
        }
    }
    struct estimate again = made_design_fit_with(&design, &options, 1);
    ck_assert_mem_eq(first.solution, again.solution, n_coefficients * sizeof(double));
    estimate_free(&again);
    estimate_free(&first);
}
END_TEST

/* ---- separation ---- */

START_TEST(separation_is_found_on_the_way)
{
    make(2);
    for (size_t i = 0; i < ROWS; i++)
        design.y[i] = design.x[3 * i + 1] > 0;
    options.solver.schedule = strcmp(names[_i], "gradient_descent") == 0
                                  ? SCHEDULE_LINE_SEARCH
                                  : SCHEDULE_CONSTANT;
    options.solver.max_iterations = options.solver.max_epochs = 3000;
    options.solver.batch_size = 500;
    fit(names[_i]);
    ck_assert(!estimate.report.converged);
    for (size_t i = 0; i < n_coefficients; i++) {
        ck_assert(isnan(estimate.coefficients[i].p_value));
        ck_assert(isfinite(estimate.solution[i]));
    }
    if (strcmp(estimate.report.stop_reason, "unbounded") == 0)
        ck_assert(made_design_is_warned(&estimate.report, "complete_separation", NULL));
    else
        ck_assert(made_design_is_warned(&estimate.report, "statistics_withheld", NULL));
}
END_TEST

/* ---- failures ---- */

static int run(const struct estimate_hooks *hooks, struct error *err)
{
    struct pool *pool = pool_new(1, 0, NULL);
    int status = estimate_run(&design, &options, hooks, pool, &estimate, err);
    pool_free(pool);
    return status;
}

START_TEST(a_rate_that_diverges_gives_no_model)
{
    static const struct {
        double rate;
        size_t batch_size;
    } cases[] = {{1e12, ROWS}, {1e308, 32}}; /* far off; not finite within an epoch */
    make(2);
    options.algorithm = names[_i];
    for (size_t i = 0; i < 2; i++) {
        struct error err = {0};
        options.solver.learning_rate = cases[i].rate;
        options.solver.batch_size = cases[i].batch_size;
        ck_assert_int_lt(run(NULL, &err), 0);
        ck_assert_int_eq(err.code, ERROR_NO_CONVERGENCE);
        ck_assert_str_eq(err.place, "/learning_rate/initial");
        ck_assert_ptr_nonnull(strstr(err.message, "try "));
    }
}
END_TEST

static int stop_at_third(void *context, const struct solver_step *step)
{
    (void)context;
    return step->iteration >= 3;
}

static bool after_a_while(void *context)
{
    return ++*(size_t *)context > 500;
}

START_TEST(a_fit_is_cancelled_between_and_within_epochs)
{
    size_t n_asked = 0;
    const struct estimate_hooks between = {.watch = {.on_step = stop_at_third}};
    const struct estimate_hooks within = {
        .watch = {.is_over = after_a_while, .context = &n_asked}};
    struct error err = {0};
    make(3);
    options.algorithm = names[_i];
    options.solver.batch_size = 1;
    options.solver.max_epochs = 10000;
    options.solver.tolerance = 1e-300;
    options.solver.max_iterations = 100000;
    ck_assert_int_lt(run(&between, &err), 0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    error_clear(&err);
    ck_assert_int_lt(run(&within, &err), 0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    ck_assert_uint_lt(n_asked, 520);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    int status = -1;
    make(2);
    options.algorithm = names[_i];
    options.solver.max_iterations = options.solver.max_epochs = 2;
    options.solver.batch_size = 1000;
    for (long n = 0; status < 0; n++) {
        struct error err = {0};
        ck_assert_int_lt(n, 1000);
        struct pool *pool = pool_new(1, 0, NULL);
        memory_fail_after(n);
        status = estimate_run(&design, &options, NULL, pool, &estimate, &err);
        memory_fail_after(-1);
        pool_free(pool);
        ck_assert_msg(status == 0 || err.code == ERROR_NO_MEMORY, "%s", err.message);
    }
}
END_TEST

/* With more columns than a matrix of them is made for: the step comes from a trace, and
 * no Hessian from the end. */
START_TEST(thousands_of_columns_take_no_matrix)
{
    made_design_new(&design, 60, 2100, 2);
    made_design_draw(&design, 5, 0.05);
    options = made_design_options(&design);
    options.statistics = false;
    options.l2 = 50;
    options.intercept = false; /* its small curvature would take many more steps */
    options.solver.tolerance = 1e-9;
    options.solver.max_iterations = 2000;
    fit("gradient_descent");
    ck_assert(estimate.report.converged);
    ck_assert(isnan(estimate.report.condition));
    ck_assert(made_design_is_warned(&estimate.report, "curvature_unknown", NULL));
    options.algorithm = "newton_cg";
    newton = made_design_fit(&design, &options);
    ck_assert_double_eq_tol(estimate.report.objective, newton.report.objective, 1e-12);
}
END_TEST

TCase *first_order_fit_test(void)
{
    TCase *tests = tcase_create("first_order_fit");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, gradient_descent_reaches_newtons_optimum, 0, 4);
    tcase_add_loop_test(tests, batches_come_near_newtons_optimum, 2, 10);
    tcase_add_test(tests, a_penalty_means_the_same_to_all);
    tcase_add_test(tests, statistics_wait_for_the_certificate);
    tcase_add_loop_test(tests, any_number_of_threads_gives_the_same_bits, 0, 5);
    tcase_add_loop_test(tests, separation_is_found_on_the_way, 0, 5);
    tcase_add_loop_test(tests, a_rate_that_diverges_gives_no_model, 0, 5);
    tcase_add_loop_test(tests, a_fit_is_cancelled_between_and_within_epochs, 0, 5);
    tcase_add_loop_test(tests, each_failed_allocation_is_told, 0, 5);
    tcase_add_test(tests, thousands_of_columns_take_no_matrix);
    return tests;
}
