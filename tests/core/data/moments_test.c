#include "core/data/moments.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/random.h"

static struct moments moments_of(const double *values, size_t n, size_t piece)
{
    struct moments moments = {0};
    for (size_t i = 0; i < n; i += piece)
        moments_add(&moments, values + i, n - i < piece ? n - i : piece);
    return moments;
}

/* By the definitions, in long double. */
static void check_against_definition(const double *values, size_t n, size_t piece)
{
    struct moments moments = moments_of(values, n, piece);
    long double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    long double mean = sum / (long double)n;
    for (size_t i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    double std = (double)sqrtl(squares / (long double)(n - 1));
    ck_assert_double_eq_tol(moments_mean(&moments), (double)mean,
                            1e-15 * (fabs((double)mean) + std));
    /* Merged means are right to the last bits of a long double. */
    ck_assert_double_eq_tol(moments_std(&moments), std,
                            1e-13 * std + 1e-18 * fabs((double)mean));
}

static void fill(double *values, size_t n, double centre, double width)
{
    struct random random = random_start(1, 0);
    for (size_t i = 0; i < n; i++)
        values[i] = centre + width * random_normal(&random);
}

START_TEST(moments_do_not_depend_on_the_pieces_and_are_right)
{
    enum { N = 5000 };
    static double values[N];
    static const double cases[][2] = {
        {0, 1}, {1e9, 1e-3}, {-1e300, 1e299}, {1e-300, 1e-301}, {1e8, 1}};
    static const size_t pieces[] = {1, 7, 1000, N};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fill(values, N, cases[i][0], cases[i][1]);
        for (size_t j = 0; j < 4; j++)
            check_against_definition(values, N, pieces[j]);
    }
}
END_TEST

START_TEST(an_outlier_in_front_spoils_nothing)
{
    static double values[1000];
    fill(values, 1000, 0, 1);
    values[0] = 1e12;
    check_against_definition(values, 1000, 10);
}
END_TEST

START_TEST(missing_cells_are_passed_over)
{
    const double values[] = {NAN, 2, NAN, -4, 8, NAN};
    struct moments moments = moments_of(values, 6, 2);
    ck_assert_uint_eq(moments.n, 3);
    ck_assert(moments.min == -4 && moments.max == 8);
    ck_assert(moments_mean(&moments) == 2);
    ck_assert(moments_std(&moments) == 6); /* √(0 + 36 + 36)/2 */
}
END_TEST

START_TEST(too_few_numbers_have_no_moments)
{
    const double values[] = {NAN, 3};
    struct moments none = moments_of(values, 1, 1), one = moments_of(values, 2, 1);
    ck_assert(isnan(moments_mean(&none)) && isnan(moments_std(&none)));
    ck_assert(moments_mean(&one) == 3 && isnan(moments_std(&one)));
}
END_TEST

START_TEST(equal_numbers_have_no_spread)
{
    double values[300];
    for (size_t i = 0; i < 300; i++)
        values[i] = 0.1;
    struct moments moments = moments_of(values, 300, 300);
    ck_assert(moments_mean(&moments) == 0.1);
    ck_assert_double_le(moments_std(&moments), 1e-17);
}
END_TEST

/* 127 of 400, as in the admissions; numbers that cancel, within a block and across. */
START_TEST(a_mean_is_right_to_the_last_digit)
{
    double values[400];
    for (size_t i = 0; i < 400; i++)
        values[i] = i % 3 == 0 && i / 3 < 127;
    static const size_t pieces[] = {1, 7, 256, 400};
    static const double cancelling[] = {1e16, 1, -1e16};
    for (size_t i = 0; i < 4; i++) {
        struct moments moments = moments_of(values, 400, pieces[i]);
        ck_assert(moments_mean(&moments) == 0.3175);
        moments = moments_of(cancelling, 3, pieces[i]);
        ck_assert(moments_mean(&moments) == 1.0 / 3);
    }
}
END_TEST

START_TEST(the_largest_and_smallest_doubles_have_a_mean)
{
    const double large[] = {1.7e308, -1.7e308, 1.7e308}, small[] = {5e-324, 5e-324};
    struct moments moments = moments_of(large, 3, 3);
    ck_assert_double_eq_tol(moments_mean(&moments) / 1e308, 1.7 / 3, 1e-15);
    moments = moments_of(small, 2, 1);
    ck_assert(moments_mean(&moments) == 5e-324);
}
END_TEST

TCase *moments_test(void)
{
    TCase *tests = tcase_create("moments");
    tcase_add_test(tests, moments_do_not_depend_on_the_pieces_and_are_right);
    tcase_add_test(tests, an_outlier_in_front_spoils_nothing);
    tcase_add_test(tests, missing_cells_are_passed_over);
    tcase_add_test(tests, too_few_numbers_have_no_moments);
    tcase_add_test(tests, equal_numbers_have_no_spread);
    tcase_add_test(tests, a_mean_is_right_to_the_last_digit);
    tcase_add_test(tests, the_largest_and_smallest_doubles_have_a_mean);
    return tests;
}
