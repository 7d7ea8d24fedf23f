#include "core/model/profile.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/kernel/distribution.h"
#include "tests/support/made_design.h"

static struct design design;
static struct estimate_options options;
static struct estimate estimate;

static void teardown(void)
{
    estimate_free(&estimate);
    design_free(&design);
}

static void make(size_t n_rows, size_t n_columns, size_t n_classes, uint64_t seed)
{
    made_design_new(&design, n_rows, n_columns, n_classes);
    made_design_draw(&design, seed, 0.8);
    options = made_design_options(&design);
    options.details.profile = true;
}

static void fit(size_t n_threads)
{
    estimate_free(&estimate);
    estimate = made_design_fit_with(&design, &options, n_threads);
}

/* ---- a bound is where the likelihood-ratio test is on its edge ---- */

/* The log-likelihood where a coefficient is held: of the fit without its column, which
 * is an offset instead. */
static double held_log_likelihood(size_t term, double value)
{
    size_t d = design.n_columns, n_kept = 0;
    struct design rest;
    struct estimate_options same = options;
    same.details.profile = false;
    same.statistics = false;
    same.intercept = options.intercept && term > 0;
    bool is_column = term >= options.intercept;
    made_design_new(&rest, design.n_rows, d - is_column, 2);
    made_design_add_offset(&rest);
    for (size_t i = 0; i < design.n_rows; i++) {
        rest.offset[i] = design.offset ? design.offset[i] : 0;
        rest.offset[i] +=
            value * (is_column ? design.x[i * d + term - options.intercept] : 1);
        for (size_t j = 0; j < d; j++)
            if (!is_column || j != term - options.intercept)
                rest.x[n_kept++] = design.x[i * d + j];
        rest.y[i] = design.y[i];
    }
    if (design.weights) {
        made_design_add_weights(&rest);
        memcpy(rest.weights, design.weights, design.n_rows * sizeof(double));
        made_design_weigh(&rest);
    }
    struct estimate held = made_design_fit(&rest, &same);
    double log_likelihood = held.report.log_likelihood;
    estimate_free(&held);
    design_free(&rest);
    return log_likelihood;
}

static void check_bound(size_t term, double bound)
{
    double reach = distribution_normal_reach(options.confidence);
    double deviance =
        2 * (estimate.report.log_likelihood - held_log_likelihood(term, bound));
    ck_assert_double_eq_tol(deviance / (reach * reach), 1, 1e-7);
}

static const struct {
    bool intercept, weights, offset;
    double confidence, scale;
} cases[] = {{true, false, false, .95, 1},
             {true, false, false, .5, 1e6},
             {true, false, false, .999999, 1e-5},
             {false, true, true, .95, 1},
             {true, true, true, .9, 30}};
#define N_CASES (int)(sizeof(cases) / sizeof(*cases))

START_TEST(bounds_are_where_the_ratio_test_rejects)
{
    struct random random = random_start(3, (uint64_t)_i);
    make(150, 3, 2, 40 + (uint64_t)_i);
    options.intercept = cases[_i].intercept;
    options.confidence = cases[_i].confidence;
    if (cases[_i].weights)
        made_design_add_weights(&design);
    if (cases[_i].offset)
        made_design_add_offset(&design);
    for (size_t i = 0; i < design.n_rows; i++) {
        design.x[3 * i] = cases[_i].scale * (design.x[3 * i] + 20);
        if (cases[_i].weights)
            design.weights[i] = 2 * random_uniform(&random);
        if (cases[_i].offset)
            design.offset[i] = random_normal(&random);
    }
    if (cases[_i].weights)
        made_design_weigh(&design);
    fit(1);
    for (size_t t = 0; t < estimate.n_terms; t++) {
        const struct coefficient *c = &estimate.coefficients[t];
        ck_assert(c->ci_low < c->estimate && c->estimate < c->ci_high);
        check_bound(t, c->ci_low);
        check_bound(t, c->ci_high);
    }
    ck_assert(estimate.report.addenda.profile);
}
END_TEST

START_TEST(two_classes_of_a_softmax_have_the_same_bounds)
{
    make(200, 2, 2, 9);
    fit(1);
    options.family = FAMILY_MULTINOMIAL;
    struct estimate other = made_design_fit(&design, &options);
    for (size_t t = 0; t < estimate.n_terms; t++) {
        ck_assert_double_eq_tol(estimate.coefficients[t].ci_low,
                                other.coefficients[t].ci_low, 1e-9);
        ck_assert_double_eq_tol(estimate.coefficients[t].ci_high,
                                other.coefficients[t].ci_high, 1e-9);
    }
    estimate_free(&other);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    make(3000, 2, 3, 12);
    fit(1);
    struct estimate one = estimate;
    estimate = (struct estimate){0};
    fit(3);
    for (size_t i = 0; i < one.n_blocks * one.n_terms; i++)
        ck_assert(one.coefficients[i].ci_low == estimate.coefficients[i].ci_low &&
                  one.coefficients[i].ci_high == estimate.coefficients[i].ci_high);
    estimate_free(&one);
}
END_TEST

/* ---- separated data ---- */

/* Where x_0 = 1, y = 1; x_1 is a column like any other. */
static void make_quasi_separated(void)
{
    make(80, 2, 2, 31);
    for (size_t i = 0; i < 80; i++) {
        design.x[2 * i] = i % 8 == 0;
        if (i % 8 == 0)
            design.y[i] = 1;
    }
}

START_TEST(an_infinite_estimate_has_its_finite_bound)
{
    make_quasi_separated();
    fit(1);
    const struct coefficient *infinite = &estimate.coefficients[1];
    ck_assert_int_eq(infinite->infinite, 1);
    ck_assert(isnan(infinite->ci_high));
    check_bound(1, infinite->ci_low);
    for (size_t t = 0; t < 3; t += 2) {
        ck_assert_int_eq(estimate.coefficients[t].infinite, 0);
        check_bound(t, estimate.coefficients[t].ci_low);
        check_bound(t, estimate.coefficients[t].ci_high);
    }
    ck_assert(made_design_is_warned(&estimate.report, "interval_unbounded", NULL));
}
END_TEST

START_TEST(labels_turned_turn_the_bound)
{
    make_quasi_separated();
    fit(1);
    double low = estimate.coefficients[1].ci_low;
    for (size_t i = 0; i < 80; i++)
        design.y[i] = 1 - design.y[i];
    fit(1);
    ck_assert_int_eq(estimate.coefficients[1].infinite, -1);
    ck_assert(isnan(estimate.coefficients[1].ci_low));
    ck_assert_double_eq_tol(estimate.coefficients[1].ci_high, -low, 1e-8);
}
END_TEST

START_TEST(completely_separated_data_have_the_bounds_they_have)
{
    make(12, 1, 2, 1);
    for (size_t i = 0; i < 12; i++) {
        design.x[i] = (double)i;
        design.y[i] = i > 5;
    }
    fit(1);
    ck_assert_int_eq(estimate.coefficients[1].infinite, 1);
    ck_assert(isnan(estimate.coefficients[1].ci_high));
    estimate.report.log_likelihood = 0;
    check_bound(0, estimate.coefficients[0].ci_high);
    check_bound(1, estimate.coefficients[1].ci_low);
    ck_assert(isnan(estimate.coefficients[1].std_error));
}
END_TEST

/* Whatever the coefficient of one column is, the other one separates. */
START_TEST(a_likelihood_that_does_not_fall_bounds_nothing)
{
    make(12, 2, 2, 1);
    for (size_t i = 0; i < 12; i++) {
        design.x[2 * i] = (double)i;
        design.x[2 * i + 1] = (double)(i * 7 % 5);
        design.y[i] = i > 5;
    }
    fit(1);
    ck_assert(isnan(estimate.coefficients[2].ci_low));
    ck_assert(isnan(estimate.coefficients[2].ci_high));
    ck_assert(isfinite(estimate.coefficients[1].ci_low));
}
END_TEST

/* ---- the rest ---- */

START_TEST(with_a_penalty_the_profile_is_of_the_penalised_likelihood)
{
    make(60, 1, 2, 4);
    options.l2 = 0.05;
    options.intercept = false;
    fit(1);
    const struct coefficient *c = &estimate.coefficients[0];
    double reach = distribution_normal_reach(.95), loss[3];
    const double at[] = {c->estimate, c->ci_low, c->ci_high};
    for (size_t k = 0; k < 3; k++) {
        const double complex terms[] = {at[k]};
        loss[k] = creal(made_design_loss(&design, &options, terms)) +
                  options.l2 / 2 * at[k] * at[k];
    }
    for (size_t k = 1; k < 3; k++)
        ck_assert_double_eq_tol(2 * 60 * (loss[k] - loss[0]), reach * reach, 1e-8);
}
END_TEST

static bool is_over(void *context)
{
    size_t *n_asked = context;
    return (*n_asked)++ > 400;
}

START_TEST(it_stops_when_it_is_asked_to)
{
    struct error err = {0};
    size_t n_asked = 0;
    struct pool *pool = pool_new(1, 0, NULL);
    const struct estimate_hooks hooks = {
        .watch = {.is_over = is_over, .context = &n_asked}};
    make(3000, 6, 4, 12);
    ck_assert_int_lt(estimate_run(&design, &options, &hooks, pool, &estimate, &err), 0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    pool_free(pool);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    struct pool *pool = pool_new(1, 0, NULL);
    make_quasi_separated();
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = estimate_run(&design, &options, NULL, pool, &estimate, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    pool_free(pool);
}
END_TEST

TCase *profile_test(void)
{
    TCase *tests = tcase_create("profile");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, bounds_are_where_the_ratio_test_rejects, 0, N_CASES);
    tcase_add_test(tests, two_classes_of_a_softmax_have_the_same_bounds);
    tcase_add_test(tests, any_number_of_threads_gives_the_same_bits);
    tcase_add_test(tests, an_infinite_estimate_has_its_finite_bound);
    tcase_add_test(tests, labels_turned_turn_the_bound);
    tcase_add_test(tests, completely_separated_data_have_the_bounds_they_have);
    tcase_add_test(tests, a_likelihood_that_does_not_fall_bounds_nothing);
    tcase_add_test(tests, with_a_penalty_the_profile_is_of_the_penalised_likelihood);
    tcase_add_test(tests, it_stops_when_it_is_asked_to);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
