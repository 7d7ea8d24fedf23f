#include "core/kernel/exponential.h"

#include <check.h>

#include "core/base/random.h"

#define N 200000
#define LEAST 0x1p-1022 /* below, results are subnormal */

/* Of the exact value, in units of the double's last place. */
static double ulps(double value, long double exact)
{
    return (double)fabsl((value - exact) / (long double)ldexp(1, ilogb(value) - 52));
}

START_TEST(powers_of_negative_numbers_are_within_an_ulp)
{
    struct random random = random_start(11, 0);
    for (int i = 0; i < N; i++) {
        double t = random_uniform(&random), x = -745 * t * t * t * t;
        long double exact = expl(x);
        if (exact >= (long double)LEAST)
            ck_assert_double_le(ulps(exponential_of_negative(x), exact), 1);
        else
            ck_assert_double_le(fabs(exponential_of_negative(x) - (double)exact),
                                0x1p-1074);
    }
}
END_TEST

START_TEST(log1p_of_fractions_is_within_an_ulp)
{
    struct random random = random_start(12, 0);
    for (int i = 0; i < N; i++) {
        double t = random_uniform(&random), e = i % 2 ? t : pow(t, 40);
        ck_assert_double_le(ulps(exponential_log1p(e), log1pl(e)), 1);
    }
}
END_TEST

START_TEST(log1p_of_any_number_is_that_of_fractions_and_within_an_ulp)
{
    struct random random = random_start(13, 0);
    for (int i = 0; i < N; i++) {
        double t = random_uniform(&random), e = pow(t, 40);
        double greater = ldexp(1 + t, (int)(30 * random_uniform(&random)) - 1);
        if (exponential_log1p_of_any(e) != exponential_log1p(e))
            ck_abort_msg("%.17g", e);
        if (!(ulps(exponential_log1p_of_any(greater), log1pl(greater)) <= 1))
            ck_abort_msg("%.17g", greater);
    }
    ck_assert_double_eq(exponential_log1p_of_any(0), 0);
    ck_assert_double_eq(exponential_log1p_of_any(1), 0x1.62e42fefa39efp-1);
    ck_assert(isnan(exponential_log1p_of_any(NAN)));
}
END_TEST

START_TEST(ends_of_the_range_are_exact)
{
    ck_assert_double_eq(exponential_of_negative(0), 1);
    ck_assert_double_eq(exponential_of_negative(-1e300), 0);
    ck_assert_double_eq(exponential_of_negative(-INFINITY), 0);
    ck_assert_double_eq(exponential_of_negative(-745.13), 0x1p-1074);
    ck_assert_double_eq(exponential_log1p(0), 0);
    ck_assert_double_eq(exponential_log1p(0x1p-1074), 0x1p-1074);
    ck_assert_double_eq(exponential_log1p(1), 0x1.62e42fefa39efp-1);
    ck_assert(isnan(exponential_of_negative(NAN)));
    ck_assert(isnan(exponential_log1p(NAN)));
}
END_TEST

TCase *exponential_test(void)
{
    TCase *tests = tcase_create("exponential");
    tcase_add_test(tests, powers_of_negative_numbers_are_within_an_ulp);
    tcase_add_test(tests, log1p_of_fractions_is_within_an_ulp);
    tcase_add_test(tests, log1p_of_any_number_is_that_of_fractions_and_within_an_ulp);
    tcase_add_test(tests, ends_of_the_range_are_exact);
    return tests;
}
