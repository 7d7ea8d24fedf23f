#include "core/kernel/distribution.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stddef.h>

#include "tests/core/kernel/distribution_values.h"

#define N(array) (sizeof(array) / sizeof(*(array)))

/* Within a relative error, or one unit of the last place of a subnormal number. */
static void check_near(double value, double expected, double tolerance)
{
    double allowed = fmax(tolerance * fabs(expected), 0x1p-1074);
    ck_assert_msg(fabs(value - expected) <= allowed,
                  "%.17g, not %.17g: relative error %.3g", value, expected,
                  fabs(value / expected - 1));
}

START_TEST(two_sided_p_values_are_right_far_into_the_tail)
{
    for (size_t i = 0; i < N(normal_p_values); i++) {
        check_near(distribution_normal_p(normal_p_values[i][0]), normal_p_values[i][1],
                   1e-14);
        check_near(distribution_normal_p(-normal_p_values[i][0]), normal_p_values[i][1],
                   1e-14);
    }
}
END_TEST

START_TEST(p_values_below_all_doubles_are_zero)
{
    ck_assert(distribution_normal_p(38.4) > 0);
    ck_assert(distribution_normal_p(38.6) == 0);
    ck_assert(distribution_normal_p(1e300) == 0);
    ck_assert(distribution_normal_p(-INFINITY) == 0);
    ck_assert(distribution_normal_p(0) == 1);
    ck_assert(distribution_chi_square_p(1e5, 3) == 0);
    ck_assert(distribution_chi_square_p(DBL_MAX, 1e-3) == 0);
    ck_assert(distribution_chi_square_p(INFINITY, 3) == 0);
}
END_TEST

START_TEST(quantiles_are_right_in_centre_and_tail)
{
    for (size_t i = 0; i < N(normal_quantiles); i++)
        check_near(distribution_normal_quantile(normal_quantiles[i][0]),
                   normal_quantiles[i][1], 1e-14);
    ck_assert(distribution_normal_quantile(0.5) == 0);
}
END_TEST

START_TEST(intervals_reach_as_far_as_their_confidence_says)
{
    for (size_t i = 0; i < N(normal_reaches); i++)
        check_near(distribution_normal_reach(normal_reaches[i][0]), normal_reaches[i][1],
                   1e-14);
    ck_assert(distribution_normal_reach(0) == 0);
    ck_assert(distribution_normal_reach(1) == INFINITY);
}
END_TEST

START_TEST(quantiles_undo_p_values)
{
    for (double z = 0.01; z < 38; z *= 1.07)
        check_near(-distribution_normal_quantile(distribution_normal_p(z) / 2), z, 1e-14);
}
END_TEST

START_TEST(chi_square_p_values_are_right_near_and_far)
{
    for (size_t i = 0; i < N(chi_square_p_values); i++)
        check_near(distribution_chi_square_p(chi_square_p_values[i][0],
                                             chi_square_p_values[i][1]),
                   chi_square_p_values[i][2], 1e-12);
}
END_TEST

START_TEST(one_degree_of_freedom_is_a_squared_normal)
{
    for (double z = 0.001; z < 38; z *= 1.03)
        check_near(distribution_chi_square_p(z * z, 1), distribution_normal_p(z), 1e-12);
}
END_TEST

START_TEST(two_degrees_of_freedom_are_exponential)
{
    for (double x = 0.001; x < 1400; x *= 1.03)
        check_near(distribution_chi_square_p(x, 2), exp(-x / 2), 1e-12);
}
END_TEST

/* Abramowitz and Stegun 26.4.8: Q(x|df+2) = Q(x|df) + (x/2)^(df/2)·e^(-x/2)/Γ(df/2+1). */
START_TEST(chi_square_obeys_its_recurrence)
{
    for (double df = 0.3; df < 20; df += 0.7)
        for (double x = 0.01; x < 500; x *= 1.3) {
            double between = exp(df / 2 * log(x / 2) - x / 2) / tgamma(df / 2 + 1);
            check_near(distribution_chi_square_p(x, df + 2),
                       distribution_chi_square_p(x, df) + between, 1e-12);
        }
}
END_TEST

START_TEST(chi_square_falls_with_x_across_its_two_methods)
{
    for (double df = 0.1; df < 1e5; df *= 3) {
        double before = 1;
        for (double x = 0.9 * df; x < 1.1 * df + 4; x += 0.02 * df) {
            double p = distribution_chi_square_p(x, df);
            ck_assert(p <= before);
            before = p;
        }
    }
}
END_TEST

START_TEST(no_statistic_is_no_evidence)
{
    ck_assert(distribution_chi_square_p(0, 3) == 1);
    ck_assert(distribution_chi_square_p(-1e-12, 3) == 1);
    ck_assert(distribution_chi_square_p(-INFINITY, 3) == 1);
}
END_TEST

START_TEST(what_is_undefined_is_nan)
{
    ck_assert_double_nan(distribution_normal_p(NAN));
    ck_assert_double_nan(distribution_normal_quantile(NAN));
    ck_assert_double_nan(distribution_normal_quantile(-1e-9));
    ck_assert_double_nan(distribution_normal_quantile(1.0000001));
    ck_assert_double_nan(distribution_normal_reach(NAN));
    ck_assert_double_nan(distribution_normal_reach(-0.1));
    ck_assert_double_nan(distribution_normal_reach(1.5));
    ck_assert_double_nan(distribution_chi_square_p(NAN, 2));
    ck_assert_double_nan(distribution_chi_square_p(1, NAN));
    ck_assert_double_nan(distribution_chi_square_p(1, 0));
    ck_assert_double_nan(distribution_chi_square_p(1, -2));
    ck_assert_double_nan(distribution_chi_square_p(1e13, 1.01e12));
    ck_assert(distribution_normal_quantile(0) == -INFINITY);
    ck_assert(distribution_normal_quantile(1) == INFINITY);
}
END_TEST

TCase *distribution_test(void)
{
    TCase *tests = tcase_create("distribution");
    tcase_add_test(tests, two_sided_p_values_are_right_far_into_the_tail);
    tcase_add_test(tests, p_values_below_all_doubles_are_zero);
    tcase_add_test(tests, quantiles_are_right_in_centre_and_tail);
    tcase_add_test(tests, intervals_reach_as_far_as_their_confidence_says);
    tcase_add_test(tests, quantiles_undo_p_values);
    tcase_add_test(tests, chi_square_p_values_are_right_near_and_far);
    tcase_add_test(tests, one_degree_of_freedom_is_a_squared_normal);
    tcase_add_test(tests, two_degrees_of_freedom_are_exponential);
    tcase_add_test(tests, chi_square_obeys_its_recurrence);
    tcase_add_test(tests, chi_square_falls_with_x_across_its_two_methods);
    tcase_add_test(tests, no_statistic_is_no_evidence);
    tcase_add_test(tests, what_is_undefined_is_nan);
    return tests;
}
