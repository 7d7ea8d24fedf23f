/*
 * Estimates of hundreds of random designs against the independent check of
 * tests/support/optimality.h: the coefficients against the optimum that Newton's method
 * finds in long double from there, everything else against what follows from it.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/distribution.h"
#include "core/model/estimate.h"
#include "tests/support/generated_data.h"
#include "tests/support/suite.h"

#define N_GROUPS 40
#define SEEDS_A_GROUP 10
#define CONDITION 1e8 /* up to which the errors below are promised */
#define COEFFICIENTS 1e-9
#define STANDARD_ERRORS 1e-8

static uint64_t seed;

static void check_near(double value, long double expected, double tolerance,
                       long double scale, const char *what, size_t i)
{
    long double apart = fabsl(value - expected);
    ck_assert_msg(apart <= tolerance * scale,
                  "seed %llu: %s %zu is %.17g, not %.17Lg: %.2Lg × the tolerance",
                  (unsigned long long)seed, what, i, value, expected,
                  apart / (tolerance * scale));
}

/* ---- a case: data, estimate, the exact optimum ---- */

struct property_case {
    struct generated_data data;
    struct estimate estimate;
    double *factors;
    struct optimality problem;
    size_t n;
    long double *beta;         /* [n] of the columns that terms refer to */
    long double *given;        /* [n] of the columns as given */
    long double *given_errors; /* [n] their standard errors */
    struct optimality_point point;
    long double *covariance; /* [n × n] */
};

static void estimate_case(struct property_case *tested)
{
    struct error err = {0};
    struct estimate_hooks hooks = {0};
    struct pool *pool = pool_new(1 + seed % 3, 0, NULL);
    ck_assert_ptr_nonnull(pool);
    int status = estimate_run(&tested->data.design, &tested->data.options, &hooks, pool,
                              &tested->estimate, &err);
    ck_assert_msg(status == 0, "seed %llu: %s", (unsigned long long)seed, err.message);
    pool_free(pool);
}

static long double error_of(const struct property_case *tested, size_t i)
{
    return sqrtl(tested->covariance[i * tested->n + i]);
}

static void find_optimum(struct property_case *tested)
{
    const struct estimate *estimate = &tested->estimate;
    size_t n = optimality_n(&tested->problem);
    ck_assert_uint_eq(n, estimate->n_blocks * estimate->n_terms);
    tested->n = n;
    tested->beta = calloc(n, sizeof(*tested->beta));
    tested->given = calloc(n, sizeof(*tested->given));
    tested->given_errors = calloc(n, sizeof(*tested->given_errors));
    tested->covariance = calloc(n * n, sizeof(*tested->covariance));
    for (size_t i = 0; i < n; i++)
        tested->beta[i] = estimate->solution[i];
    ck_assert_msg(optimality_solve(&tested->problem, tested->beta, &tested->point),
                  "seed %llu: no optimum near the estimate", (unsigned long long)seed);
    long double total = optimality_sum_weights(&tested->problem);
    for (size_t i = 0; i < n * n; i++)
        tested->covariance[i] = tested->point.inverse[i] / total;
    memcpy(tested->given, tested->beta, n * sizeof(*tested->beta));
    for (size_t i = 0; i < n; i++)
        tested->given_errors[i] = error_of(tested, i);
}

/* ---- standardised columns ---- */

/* x → Tx with b' = b + Σ m w, w' = s w, for each block of terms; in place, the entries of
 * x lying `stride` apart. */
struct standardised {
    size_t n, n_terms;
    bool intercept;
    const long double *means, *scales; /* [n_terms] */
};

static void to_standardised(const struct standardised *to, long double *a, size_t stride)
{
    for (size_t block = 0; block < to->n; block += to->n_terms)
        for (size_t t = to->intercept; t < to->n_terms; t++) {
            long double *w = &a[(block + t) * stride];
            if (to->intercept)
                a[block * stride] += to->means[t] * *w;
            *w *= to->scales[t];
        }
}

/* The transpose of its inverse: derivatives by w' = (derivative by w - m · by b)/s. */
static void to_gradient(const struct standardised *to, long double *a, size_t stride)
{
    for (size_t block = 0; block < to->n; block += to->n_terms)
        for (size_t t = to->intercept; t < to->n_terms; t++) {
            long double *slope = &a[(block + t) * stride];
            if (to->intercept)
                *slope -= to->means[t] * a[block * stride];
            *slope /= to->scales[t];
        }
}

typedef void map_fn(const struct standardised *to, long double *a, size_t stride);

/* MAM' */
static void map_matrix(const struct standardised *to, map_fn *map, long double *a)
{
    for (size_t j = 0; j < to->n; j++)
        map(to, a + j, to->n);
    for (size_t i = 0; i < to->n; i++)
        map(to, a + i * to->n, 1);
}

static void refer_to_standardised(struct property_case *tested)
{
    const struct design *design = &tested->data.design;
    bool intercept = tested->problem.intercept;
    long double means[64], scales[64];
    const struct standardised to = {tested->n, design->n_columns + intercept, intercept,
                                    means, scales};
    if (!tested->data.options.standardize)
        return;
    for (size_t j = 0; j < design->n_columns; j++) {
        generated_data_moments(design, j, &means[intercept + j], &scales[intercept + j]);
        scales[intercept + j] = sqrtl(scales[intercept + j]);
    }
    to_standardised(&to, tested->beta, 1);
    map_matrix(&to, to_standardised, tested->covariance);
    map_matrix(&to, to_standardised, tested->point.inverse);
    map_matrix(&to, to_gradient, tested->point.hessian);
}

static void make_case(struct property_case *tested,
                      const struct generated_options *options)
{
    generated_data_make(&tested->data, seed, options);
    tested->factors = calloc(tested->data.design.n_columns, sizeof(double));
    tested->problem = generated_data_problem(&tested->data, tested->factors);
    estimate_case(tested);
    find_optimum(tested);
    refer_to_standardised(tested);
}

static void free_case(struct property_case *tested)
{
    generated_data_free(&tested->data);
    estimate_free(&tested->estimate);
    optimality_point_free(&tested->point);
    free(tested->factors);
    free(tested->beta);
    free(tested->given);
    free(tested->given_errors);
    free(tested->covariance);
    *tested = (struct property_case){0};
}

/* How much the other columns inflate the variance of the worst coefficient; promises hold
 * up to CONDITION, and beyond it in proportion. */
static double inflation(const struct property_case *tested)
{
    long double greatest = CONDITION;
    for (size_t i = 0; i < tested->n; i++) {
        size_t cell = i * (tested->n + 1);
        greatest =
            fmaxl(greatest, tested->point.hessian[cell] * tested->point.inverse[cell]);
    }
    return (double)(greatest / CONDITION);
}

/* ---- what must hold ---- */

/* Relative to itself, or to its standard error where it is but a small part of that. */
static void check_coefficients(const struct property_case *tested)
{
    double tolerance = COEFFICIENTS * inflation(tested);
    for (size_t i = 0; i < tested->n; i++) {
        const struct coefficient *found = &tested->estimate.coefficients[i];
        long double beta = tested->beta[i], error = error_of(tested, i);
        long double scale = fmaxl(fabsl(beta), error);
        ck_assert_msg(!found->aliased && found->infinite == 0,
                      "seed %llu: coefficient %zu", (unsigned long long)seed, i);
        check_near(found->estimate, beta, tolerance, scale, "coefficient", i);
        check_near(tested->estimate.solution[i], tested->given[i], tolerance,
                   fmaxl(fabsl(tested->given[i]), tested->given_errors[i]), "solution",
                   i);
        ck_assert(found->odds_ratio == exp(found->estimate));
    }
}

static void check_inference(const struct property_case *tested)
{
    double tolerance = STANDARD_ERRORS * inflation(tested);
    long double reach = distribution_normal_reach(tested->data.options.confidence);
    for (size_t i = 0; i < tested->n; i++) {
        const struct coefficient *found = &tested->estimate.coefficients[i];
        long double beta = tested->beta[i], error = error_of(tested, i), z = beta / error;
        check_near(found->std_error, error, tolerance, error, "standard error", i);
        check_near(found->z, z, tolerance, 1 + fabsl(z), "z", i);
        long double p = distribution_normal_p((double)z);
        check_near(found->p_value, p, tolerance, p * (1 + z * z) + 1e-300L, "p-value", i);
        long double scale = fabsl(beta) + error;
        check_near(found->ci_low, beta - reach * error, tolerance, scale, "lower bound",
                   i);
        check_near(found->ci_high, beta + reach * error, tolerance, scale, "upper bound",
                   i);
    }
}

static void check_covariance(const struct property_case *tested)
{
    double tolerance = STANDARD_ERRORS * inflation(tested);
    for (size_t i = 0; i < tested->n; i++)
        for (size_t j = 0; j < tested->n; j++) {
            size_t cell = i * tested->n + j;
            check_near(tested->estimate.covariance[cell], tested->covariance[cell],
                       tolerance, error_of(tested, i) * error_of(tested, j), "covariance",
                       cell);
        }
}

/* The log-likelihood of the intercepts alone. */
static long double null_log_likelihood(const struct property_case *tested)
{
    struct optimality null = tested->problem;
    null.n_columns = 0;
    null.l2 = 0;
    size_t n = optimality_n(&null);
    long double *beta = calloc(n + 1, sizeof(*beta)), log_likelihood;
    struct optimality_point point;
    ck_assert(optimality_solve(&null, beta, &point));
    log_likelihood = point.log_likelihood;
    optimality_point_free(&point);
    free(beta);
    return log_likelihood;
}

/* Σ ω (y log y + (1-y) log(1-y)): what no model of shares can exceed. */
static long double saturated_log_likelihood(const struct optimality *problem)
{
    long double sum = 0;
    for (size_t i = 0; problem->is_binomial && i < problem->n_rows; i++) {
        long double y = problem->y[i],
                    weight = problem->weights ? problem->weights[i] : 1;
        if (y > 0 && y < 1)
            sum += weight * (y * logl(y) + (1 - y) * logl(1 - y));
    }
    return sum;
}

static long double n_observations(const struct property_case *tested)
{
    size_t n = 0;
    if (tested->data.options.frequency_weights)
        return optimality_sum_weights(&tested->problem);
    for (size_t i = 0; i < tested->problem.n_rows; i++)
        n += !tested->problem.weights || tested->problem.weights[i] > 0;
    return n;
}

static void check_goodness(const struct property_case *tested)
{
    const struct report *report = &tested->estimate.report;
    long double full = tested->point.log_likelihood, null = null_log_likelihood(tested);
    long double saturated = saturated_log_likelihood(&tested->problem);
    long double n = n_observations(tested), k = tested->n, scale = fabsl(null);
    size_t n_null = tested->problem.intercept ? tested->estimate.n_blocks : 0;
    check_near(report->objective, tested->point.value, 1e-12, tested->point.value, "J",
               0);
    check_near(report->log_likelihood, full, 1e-12, scale, "log-likelihood", 0);
    check_near(report->null_log_likelihood, null, 1e-12, scale, "its null", 0);
    check_near(report->deviance, 2 * (saturated - full), 1e-12, 2 * scale, "deviance", 0);
    check_near(report->null_deviance, 2 * (saturated - null), 1e-12, 2 * scale,
               "its null", 0);
    check_near(report->aic, 2 * k - 2 * full, 1e-12, 2 * k + 2 * scale, "AIC", 0);
    check_near(report->bic, logl(n) * k - 2 * full, 1e-12, 9 * k + 2 * scale, "BIC", 0);
    check_near(report->mcfadden, 1 - full / null, 1e-11, 1, "McFadden", 0);
    check_near(report->lr_statistic, 2 * (full - null), 1e-11, 2 * scale, "statistic", 0);
    check_near(report->lr_df, k - n_null, 0, 1, "degrees of freedom", 0);
    check_near(report->df_residual, n - k, 1e-13, n + k, "residual freedom", 0);
    check_near(report->sum_weights, optimality_sum_weights(&tested->problem), 1e-13,
               n * 9, "weight", 0);
    ck_assert_uint_eq(report->n_coefficients, tested->n);
    ck_assert_uint_eq(report->n_rows, tested->problem.n_rows);
}

/*
 * The greatest eigenvalue of a positive definite matrix [n × n]: squared again and again,
 * with its trace kept at 1, only its direction is left; the trace of A times that is the
 * eigenvalue.
 */
static long double greatest_eigenvalue(const long double *a, size_t n)
{
    long double *power = calloc(n * n, sizeof(*power)), eigenvalue = 0;
    long double *square = calloc(n * n, sizeof(*square));
    memcpy(power, a, n * n * sizeof(*power));
    for (int round = 0; round < 40; round++) {
        long double trace = 0;
        for (size_t i = 0; i < n; i++)
            trace += power[i * n + i];
        for (size_t i = 0; i < n * n; i++)
            power[i] /= trace;
        for (size_t i = 0; i < n * n; i++) {
            square[i] = 0;
            for (size_t k = 0; k < n; k++)
                square[i] += power[i / n * n + k] * power[k * n + i % n];
        }
        memcpy(power, square, n * n * sizeof(*power));
    }
    long double trace = 0;
    for (size_t i = 0; i < n; i++)
        trace += power[i * n + i];
    for (size_t i = 0; i < n * n; i++)
        eigenvalue += a[i] * power[i] / trace;
    free(power);
    free(square);
    return eigenvalue;
}

static void check_curvature(const struct property_case *tested)
{
    const struct report *report = &tested->estimate.report;
    long double greatest = greatest_eigenvalue(tested->point.hessian, tested->n);
    long double least = 1 / greatest_eigenvalue(tested->point.inverse, tested->n);
    check_near(report->max_eigenvalue, greatest, 1e-7, greatest, "greatest eigenvalue",
               0);
    check_near(report->min_eigenvalue, least, 1e-7, least, "least eigenvalue", 0);
    check_near(report->condition, report->max_eigenvalue / report->min_eigenvalue, 1e-12,
               report->condition, "condition", 0);
}

static void check_certificate(const struct property_case *tested)
{
    const struct report *report = &tested->estimate.report;
    ck_assert_msg(report->converged, "seed %llu: %s", (unsigned long long)seed,
                  report->stop_reason);
    ck_assert_str_eq(report->stop_reason, "tolerance");
    ck_assert(report->newton_decrement < 1e-8);
    ck_assert(report->n_steps == report->iterations + 1);
    ck_assert(report->trace[report->n_steps - 1].objective == report->objective);
    for (size_t i = 1; i < report->n_steps; i++)
        ck_assert(report->trace[i].objective <= report->trace[i - 1].objective + 1e-12);
    /* But of what makes promises shrink. */
    ck_assert_uint_eq(report->n_warnings, inflation(tested) > 1);
}

/* ---- the tests ---- */

static void check_case(const struct generated_options *options)
{
    struct property_case tested = {0};
    make_case(&tested, options);
    check_certificate(&tested);
    check_coefficients(&tested);
    check_inference(&tested);
    check_covariance(&tested);
    check_goodness(&tested);
    check_curvature(&tested);
    free_case(&tested);
}

START_TEST(estimates_of_any_design_are_its_optimum)
{
    static const struct generated_options any;
    for (int i = 0; i < SEEDS_A_GROUP; i++) {
        seed = (uint64_t)(_i * SEEDS_A_GROUP + i);
        check_case(&any);
    }
}
END_TEST

/* Nearly equal columns under penalties: one of them penalised much, the other not; both a
 * little. */
START_TEST(designs_that_were_once_estimated_badly_are_no_more)
{
    static const struct generated_options any;
    static const uint64_t seeds[] = {206, 762};
    seed = seeds[_i];
    check_case(&any);
}
END_TEST

/* Where blocks of rows end, and one row before and behind. */
START_TEST(the_ends_of_row_blocks_lose_no_row)
{
    static const size_t n_rows[] = {1023, 1024, 1025, 2047, 2048, 2049};
    const struct generated_options options = {
        .n_rows = n_rows[_i], .n_columns = 3, .is_plain = true};
    seed = (uint64_t)(1000000 + _i);
    check_case(&options);
}
END_TEST

START_TEST(many_classes_and_columns_are_no_harder)
{
    const struct generated_options options = {.family = FAMILY_MULTINOMIAL,
                                              .n_classes = (size_t)(5 + 3 * _i),
                                              .n_columns = 4,
                                              .is_plain = true};
    seed = (uint64_t)(2000000 + _i);
    check_case(&options);
}
END_TEST

TCase *estimate_property_test(void)
{
    TCase *tests = tcase_create("estimate_property");
    suite_add_rounds(tests, estimates_of_any_design_are_its_optimum, 0, N_GROUPS);
    tcase_add_loop_test(tests, designs_that_were_once_estimated_badly_are_no_more, 0, 2);
    tcase_add_loop_test(tests, the_ends_of_row_blocks_lose_no_row, 0, 6);
    tcase_add_loop_test(tests, many_classes_and_columns_are_no_harder, 0, 3);
    return tests;
}
