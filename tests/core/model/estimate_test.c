#include "core/model/estimate.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "tests/support/made_design.h"
#include "tests/support/suite.h"

static struct design design;
static struct estimate_options options;
static struct estimate estimate;

static void forget(void)
{
    estimate_free(&estimate);
    design_free(&design);
}

static void make(size_t n_rows, size_t n_columns, size_t n_classes)
{
    forget();
    made_design_new(&design, n_rows, n_columns, n_classes);
    made_design_draw(&design, 8, 0.8);
    options = made_design_options(&design);
}

static void fit(void)
{
    estimate_free(&estimate);
    estimate = made_design_fit(&design, &options);
}

/* ---- published: Spector and Mazzeo's teaching experiment ---- */

/* GPA, TUCE, PSI, GRADE, as statsmodels gives them (BSD licence). */
static const double spector[][4] = {
    {2.66, 20, 0, 0}, {2.89, 22, 0, 0}, {3.28, 24, 0, 0}, {2.92, 12, 0, 0},
    {4, 21, 0, 1},    {2.86, 17, 0, 0}, {2.76, 17, 0, 0}, {2.87, 21, 0, 0},
    {3.03, 25, 0, 0}, {3.92, 29, 0, 1}, {2.63, 20, 0, 0}, {3.32, 23, 0, 0},
    {3.57, 23, 0, 0}, {3.26, 25, 0, 1}, {3.53, 26, 0, 0}, {2.74, 19, 0, 0},
    {2.75, 25, 0, 0}, {2.83, 19, 0, 0}, {3.12, 23, 1, 0}, {3.16, 25, 1, 1},
    {2.06, 22, 1, 0}, {3.62, 28, 1, 1}, {2.89, 14, 1, 0}, {3.51, 26, 1, 0},
    {3.54, 24, 1, 1}, {2.83, 27, 1, 1}, {3.39, 17, 1, 1}, {2.67, 24, 1, 0},
    {3.65, 21, 1, 1}, {4, 23, 1, 1},    {3.1, 21, 1, 0},  {2.39, 19, 1, 1},
};

START_TEST(estimates_of_spector_are_those_of_stata)
{
    /* Stata 11, by way of statsmodels */
    static const double expected[][2] = {{-13.0213483201, 4.93132462871},
                                         {2.82611297201, 1.26294114526},
                                         {.0951576702557, .141554207662},
                                         {2.37868772835, 1.06456430165}};
    made_design_new(&design, 32, 3, 2);
    for (size_t i = 0; i < 32; i++) {
        for (size_t j = 0; j < 3; j++)
            design.x[3 * i + j] = (float)spector[i][j]; /* as Stata holds them */
        design.y[i] = spector[i][3];
    }
    options = made_design_options(&design);
    fit();
    for (size_t i = 0; i < 4; i++) {
        const struct coefficient *c = &estimate.coefficients[i];
        ck_assert_double_eq_tol(c->estimate / expected[i][0], 1, 1e-11);
        ck_assert_double_eq_tol(c->std_error / expected[i][1], 1, 1e-11);
        ck_assert_double_eq_tol(c->z, c->estimate / c->std_error, 1e-14);
        ck_assert_double_eq_tol(c->p_value, erfc(fabs(c->z) / sqrt(2)), 1e-14);
        ck_assert_double_eq_tol(c->ci_high - c->estimate,
                                1.959963984540054 * c->std_error, 1e-13);
        ck_assert_double_eq_tol(c->estimate - c->ci_low, 1.959963984540054 * c->std_error,
                                1e-13);
        ck_assert_double_eq_tol(c->odds_ratio, exp(c->estimate), 1e-14);
        ck_assert_double_eq(estimate.solution[i], c->estimate);
        ck_assert_double_eq_tol(sqrt(estimate.covariance[5 * i]) / c->std_error, 1,
                                1e-14);
    }
    ck_assert_double_eq_tol(estimate.report.log_likelihood, -12.8896334653335, 1e-12);
    ck_assert_double_eq_tol(estimate.report.null_log_likelihood, -20.5917296966173,
                            1e-12);
    ck_assert_double_eq_tol(estimate.report.aic, 33.779266930667, 1e-11);
}
END_TEST

/* ---- the optimum, by the formulas alone ---- */

static double gradient_size(void)
{
    double complex terms[40], gradient[40];
    double greatest = 0;
    for (size_t i = 0; i < estimate.n_blocks * estimate.n_terms; i++)
        terms[i] = estimate.solution[i];
    made_design_gradient(&design, &options, terms, gradient);
    for (size_t i = 0; i < estimate.n_blocks * estimate.n_terms; i++)
        greatest = fmax(greatest, cabs(gradient[i]));
    return greatest;
}

/* Covariance times information is the identity: information by complex steps. */
static void check_covariance(double tolerance)
{
    size_t n = estimate.n_blocks * estimate.n_terms;
    double complex terms[40], gradient[40];
    double information[40][40];
    for (size_t i = 0; i < n; i++)
        terms[i] = estimate.solution[i];
    for (size_t i = 0; i < n; i++) {
        terms[i] += 1e-100 * I;
        made_design_gradient(&design, &options, terms, gradient);
        terms[i] = creal(terms[i]);
        for (size_t j = 0; j < n; j++)
            information[i][j] = design.sum_weights * cimag(gradient[j]) / 1e-100;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += estimate.covariance[i * n + k] * information[k][j];
            ck_assert_double_eq_tol(sum, i == j, tolerance);
            ck_assert_double_eq(estimate.covariance[i * n + j],
                                estimate.covariance[j * n + i]);
        }
}

static const struct {
    size_t n_rows, n_columns, n_classes;
    bool intercept, weights, offset, shares;
} models[] = {
    {300, 3, 2, true, false, false, false},  {300, 3, 2, false, false, false, false},
    {2100, 4, 2, true, true, true, false},   {300, 3, 2, true, true, true, true},
    {300, 3, 2, false, true, true, true},    {400, 3, 4, true, false, false, false},
    {1500, 2, 3, false, true, false, false}, {200, 0, 2, true, false, true, false},
};
#define N_MODELS (int)(sizeof(models) / sizeof(models[0]))

static void make_model(int i)
{
    struct random random = random_start(21, 0);
    make(models[i].n_rows, models[i].n_columns, models[i].n_classes);
    options.intercept = models[i].intercept;
    if (models[i].weights)
        made_design_add_weights(&design);
    if (models[i].offset)
        made_design_add_offset(&design);
    for (size_t k = 0; k < design.n_rows; k++) {
        if (models[i].weights)
            design.weights[k] = (double)random_below(&random, 4);
        if (models[i].offset)
            design.offset[k] = random_normal(&random);
        if (models[i].shares)
            design.y[k] = (double)random_below(&random, 6) / 5;
    }
    if (models[i].weights)
        made_design_weigh(&design);
}

START_TEST(every_fit_is_an_optimum_with_its_covariance)
{
    make_model(_i);
    fit();
    ck_assert(estimate.report.converged);
    ck_assert_str_eq(estimate.report.stop_reason, "tolerance");
    ck_assert_double_le(gradient_size(), 1e-14);
    check_covariance(1e-11);
}
END_TEST

/* ---- the report ---- */

static double loss_at(const double *solution)
{
    double complex terms[40];
    for (size_t i = 0; i < estimate.n_blocks * estimate.n_terms; i++)
        terms[i] = solution[i];
    return creal(made_design_loss(&design, &options, terms));
}

static double xlogx(double x)
{
    return x > 0 ? x * log(x) : 0;
}

START_TEST(the_report_follows_its_formulas)
{
    make_model(_i);
    options.log_coefficient = models[_i].shares ? 12.5 : 0;
    options.frequency_weights = models[_i].weights && models[_i].n_classes == 2;
    fit();
    const struct report *report = &estimate.report;
    double n = 0, entropy = 0, k = (double)(estimate.n_blocks * estimate.n_terms);
    for (size_t i = 0; i < design.n_rows; i++) {
        double weight = design.weights ? design.weights[i] : 1;
        n += options.frequency_weights ? weight : weight > 0;
        if (options.family == FAMILY_BINOMIAL)
            entropy -= weight * (xlogx(design.y[i]) + xlogx(1 - design.y[i]));
    }
    double loss = design.sum_weights * loss_at(estimate.solution);
    double l = report->log_likelihood, l0 = report->null_log_likelihood;
    ck_assert_double_eq_tol(report->objective, loss / design.sum_weights, 1e-13);
    ck_assert_double_eq_tol(l, options.log_coefficient - loss, 1e-10);
    ck_assert_double_eq_tol(report->deviance, 2 * (loss - entropy), 1e-9);
    ck_assert_double_eq_tol(report->null_deviance - report->deviance, 2 * (l - l0), 1e-9);
    ck_assert_double_eq_tol(report->aic, 2 * k - 2 * l, 1e-10);
    ck_assert_double_eq_tol(report->bic, k * log(n) - 2 * l, 1e-10);
    ck_assert_double_eq_tol(report->mcfadden, 1 - l / l0, 1e-12);
    double cox_snell = 1 - exp(2 * (l0 - l) / n);
    ck_assert_double_eq_tol(report->cox_snell, cox_snell, 1e-12);
    ck_assert_double_eq_tol(report->nagelkerke, cox_snell / (1 - exp(2 * l0 / n)), 1e-12);
    ck_assert_double_eq(report->lr_df, (double)(estimate.n_blocks * design.n_columns));
    if (design.n_columns > 0) {
        ck_assert_double_eq_tol(report->lr_statistic, 2 * (l - l0), 1e-9);
        ck_assert(report->lr_p_value >= 0 && report->lr_p_value < 1);
    } else
        ck_assert(isnan(report->lr_statistic) && isnan(report->lr_p_value));
    ck_assert_double_eq(report->df_residual, n - k);
    ck_assert_uint_eq(report->n_coefficients, estimate.n_blocks * estimate.n_terms);
    ck_assert_double_eq(report->sum_weights, design.sum_weights);
    ck_assert_uint_eq(report->n_rows, design.n_rows);
}
END_TEST

/* The null model is an optimum too: no other intercept is better. */
START_TEST(the_null_model_has_the_best_intercepts)
{
    make_model(_i);
    fit();
    double terms[40] = {0};
    double null = -estimate.report.null_log_likelihood / design.sum_weights;
    if (!options.intercept) {
        ck_assert_double_eq_tol(loss_at(terms), null, 1e-13);
        return;
    }
    double step = 1e-4, best = INFINITY;
    for (double b = -3; b < 3; b += step) { /* to 1e-8 about the minimum */
        terms[0] = b;
        best = estimate.n_blocks == 1 ? fmin(best, loss_at(terms)) : best;
        b += fabs(loss_at(terms) - null) > 0.01 ? 100 * step : 0;
    }
    if (estimate.n_blocks == 1)
        ck_assert_double_eq_tol(best, null, 1e-8);
    else /* closed form, from the shares of the classes */
        ck_assert_double_lt(null, log((double)estimate.n_blocks + 1) + 1e-12);
}
END_TEST

START_TEST(the_certificate_is_that_of_the_coefficients_as_given)
{
    make(500, 2, 2);
    for (size_t i = 0; i < 500; i++)
        design.x[2 * i] = 1e3 * design.x[2 * i] + 500;
    fit();
    const struct report *report = &estimate.report;
    ck_assert_double_le(report->newton_decrement, 1e-14);
    ck_assert_double_le(report->gradient_norm, 1e-11);
    ck_assert_double_le(report->kkt_residual, report->gradient_norm);
    ck_assert(isnan(report->duality_gap));
    /* λ of the 3×3 Hessian: trace and determinant by its covariance */
    double trace = 0;
    for (size_t i = 0; i < 3; i++)
        trace += estimate.covariance[4 * i];
    ck_assert_double_gt(1 / (report->min_eigenvalue * 500), trace / 3);
    ck_assert_double_le(1 / (report->min_eigenvalue * 500), trace * (1 + 1e-12));
    ck_assert_double_eq_tol(report->condition,
                            report->max_eigenvalue / report->min_eigenvalue, 1e-3);
    ck_assert(report->max_eigenvalue > 1e4 && report->max_eigenvalue < 1e6);
}
END_TEST

START_TEST(the_trace_tells_every_iteration)
{
    make(500, 3, 2);
    fit();
    const struct report *report = &estimate.report;
    ck_assert_uint_eq(report->n_steps, report->iterations + 1);
    ck_assert_double_eq_tol(report->trace[0].objective * 500,
                            -report->null_log_likelihood, 1e-10);
    ck_assert_double_eq(report->trace[report->n_steps - 1].objective, report->objective);
    for (size_t i = 0; i < report->n_steps; i++) {
        ck_assert_uint_eq(report->trace[i].iteration, i);
        ck_assert(i == 0 ||
                  report->trace[i].objective <= report->trace[i - 1].objective + 1e-15);
    }
    ck_assert_str_eq(report->algorithm, "newton");
    ck_assert_ptr_nonnull(report->chosen_because);
    ck_assert_ptr_nonnull(strstr(report->blas, "OpenBLAS"));
    ck_assert_uint_eq(report->n_threads, 1);
    ck_assert_uint_eq(report->seed, 1);
    ck_assert_double_ge(report->solve_seconds,
                        report->trace[report->n_steps - 1].seconds);
}
END_TEST

START_TEST(without_statistics_there_are_only_estimates)
{
    make(200, 2, 2);
    options.statistics = false;
    fit();
    ck_assert_ptr_null(estimate.covariance);
    for (size_t i = 0; i < 3; i++) {
        const struct coefficient *c = &estimate.coefficients[i];
        ck_assert(isfinite(c->estimate) && isfinite(c->odds_ratio));
        ck_assert(isnan(c->std_error) && isnan(c->z) && isnan(c->p_value));
        ck_assert(isnan(c->ci_low) && isnan(c->ci_high));
    }
    ck_assert_uint_eq(estimate.report.n_warnings, 0);
}
END_TEST

START_TEST(a_fit_cut_short_withholds_statistics_and_says_so)
{
    make(200, 2, 2);
    options.solver.max_iterations = 1;
    fit();
    ck_assert(!estimate.report.converged);
    ck_assert_str_eq(estimate.report.stop_reason, "max_iterations");
    ck_assert_uint_eq(estimate.report.iterations, 1);
    ck_assert(made_design_is_warned(&estimate.report, "statistics_withheld", NULL));
    ck_assert(isnan(estimate.coefficients[1].std_error));
    ck_assert(isfinite(estimate.coefficients[1].estimate));
    ck_assert_ptr_null(estimate.covariance);
}
END_TEST

START_TEST(a_confidence_of_a_half_is_narrower)
{
    make(200, 2, 2);
    options.confidence = 0.5;
    fit();
    const struct coefficient *c = &estimate.coefficients[1];
    /* the upper quartile of the normal distribution */
    ck_assert_double_eq_tol(c->ci_high - c->estimate, 0.6744897501960817 * c->std_error,
                            1e-13);
}
END_TEST

TCase *estimate_test(void)
{
    TCase *tests = tcase_create("estimate");
    tcase_add_checked_fixture(tests, NULL, forget);
    tcase_add_test(tests, estimates_of_spector_are_those_of_stata);
    tcase_add_loop_test(tests, every_fit_is_an_optimum_with_its_covariance, 0, N_MODELS);
    tcase_add_loop_test(tests, the_report_follows_its_formulas, 0, N_MODELS);
    suite_add_rounds(tests, the_null_model_has_the_best_intercepts, 0, N_MODELS);
    tcase_add_test(tests, the_certificate_is_that_of_the_coefficients_as_given);
    tcase_add_test(tests, the_trace_tells_every_iteration);
    tcase_add_test(tests, without_statistics_there_are_only_estimates);
    tcase_add_test(tests, a_fit_cut_short_withholds_statistics_and_says_so);
    tcase_add_test(tests, a_confidence_of_a_half_is_narrower);
    return tests;
}
