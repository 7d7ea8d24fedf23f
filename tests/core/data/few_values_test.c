#include "core/data/few_values.h"

#include <check.h>
#include <math.h>
#include <string.h>

static struct few_values values;

static void setup(void)
{
    memset(&values, 0, sizeof(values));
}

START_TEST(different_numbers_are_counted_once)
{
    static const double numbers[] = {3, -0.0, NAN, 0, 3, -7};
    few_values_add(&values, numbers, 6);
    few_values_add(&values, numbers, 6);
    ck_assert_uint_eq(values.n, 3);
    ck_assert(!values.has_fractions);
}
END_TEST

START_TEST(fractions_are_noticed)
{
    static const double numbers[] = {1e300, 0.5};
    few_values_add(&values, numbers, 1);
    ck_assert(!values.has_fractions);
    few_values_add(&values, numbers, 2);
    ck_assert(values.has_fractions);
}
END_TEST

START_TEST(counting_ends_where_they_are_many)
{
    for (int i = 0; i < 1000; i++) {
        double number = i;
        few_values_add(&values, &number, 1);
        ck_assert_uint_eq(values.n, i < 101 ? (size_t)i + 1 : SUMMARY_MAX_DISTINCT);
    }
}
END_TEST

TCase *few_values_test(void)
{
    TCase *tests = tcase_create("few_values");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, different_numbers_are_counted_once);
    tcase_add_test(tests, fractions_are_noticed);
    tcase_add_test(tests, counting_ends_where_they_are_many);
    return tests;
}
