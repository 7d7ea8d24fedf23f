#include "core/model/prior.h"

#include <check.h>
#include <math.h>

#include "tests/support/made_design.h"

static struct design design;
static struct estimate_options options;
static struct estimate estimate;

static void teardown(void)
{
    estimate_free(&estimate);
    design_free(&design);
}

static const struct addenda *fit(void)
{
    estimate_free(&estimate);
    estimate = made_design_fit(&design, &options);
    return &estimate.report.addenda;
}

static void setup(void)
{
    made_design_new(&design, 200, 2, 2);
    made_design_draw(&design, 3, 0.5);
    for (size_t i = 0; i < 200; i++)
        design.x[2 * i] *= 50;
    options = made_design_options(&design);
    options.l2 = 0.02;
}

START_TEST(maximum_likelihood_has_flat_priors)
{
    options.l2 = 0;
    const struct addenda *told = fit();
    ck_assert(told->prior_l2 == 0 && told->prior_l1 == 0 && told->n_prior == 0);
    ck_assert(isnan(told->prior_variance) && isnan(told->prior_scale));
}
END_TEST

START_TEST(one_penalty_is_one_variance)
{
    const struct addenda *told = fit();
    ck_assert_double_eq_tol(told->prior_variance, 1 / (0.02 * 200), 1e-13);
    ck_assert(told->prior_l2 == 0.02 && told->n_prior == 0 && isnan(told->prior_scale));
    ck_assert(told->is_penalised);
}
END_TEST

START_TEST(factors_give_each_column_its_own)
{
    static const double factors[] = {4, 0};
    options.factors = factors;
    const struct addenda *told = fit();
    ck_assert_uint_eq(told->n_prior, 2);
    ck_assert(isnan(told->prior_variance));
    ck_assert_double_eq_tol(told->prior_variances[0], 1 / (4 * 0.02 * 200), 1e-13);
    ck_assert(isinf(told->prior_variances[1]));
}
END_TEST

START_TEST(the_prior_is_of_the_standardised_coefficients_where_these_are_told)
{
    options.standardize = true;
    ck_assert_double_eq_tol(fit()->prior_variance, 1 / (0.02 * 200), 1e-13);
}
END_TEST

TCase *prior_test(void)
{
    TCase *tests = tcase_create("prior");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, maximum_likelihood_has_flat_priors);
    tcase_add_test(tests, one_penalty_is_one_variance);
    tcase_add_test(tests, factors_give_each_column_its_own);
    tcase_add_test(tests,
                   the_prior_is_of_the_standardised_coefficients_where_these_are_told);
    return tests;
}
