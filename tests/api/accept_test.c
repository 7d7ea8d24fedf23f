#include "api/accept.h"

#include <check.h>

static const char *const types[] = {"text/csv", "application/x-ndjson",
                                    "application/x-npy"};

static size_t choose(const char *header)
{
    return accept_choose(header, types, 3);
}

START_TEST(nothing_and_anything_take_the_first)
{
    ck_assert_uint_eq(choose(NULL), 0);
    ck_assert_uint_eq(choose(""), 0);
    ck_assert_uint_eq(choose("*/*"), 0);
    ck_assert_uint_eq(choose("text/html, */*;q=0.1"), 0);
}
END_TEST

START_TEST(the_greatest_weight_wins)
{
    ck_assert_uint_eq(choose("application/x-npy"), 2);
    ck_assert_uint_eq(choose("Application/X-NPY"), 2);
    ck_assert_uint_eq(choose("application/*"), 1);
    ck_assert_uint_eq(choose("text/csv;q=0.2, application/x-ndjson;q=0.3"), 1);
    ck_assert_uint_eq(choose("text/csv; charset=utf-8; q=0.2,application/x-npy;q=.1"), 0);
    ck_assert_uint_eq(choose("*/*;q=0.5, application/x-npy"), 2);
}
END_TEST

START_TEST(the_most_precise_range_counts)
{
    ck_assert_uint_eq(choose("text/csv;q=0, */*"), 1);
    ck_assert_uint_eq(choose("application/*;q=0.9, application/x-ndjson;q=0.1"), 2);
}
END_TEST

START_TEST(what_nobody_offers_is_nothing)
{
    ck_assert_uint_eq(choose("application/json"), 3);
    ck_assert_uint_eq(choose("text/csv;q=0"), 3);
    ck_assert_uint_eq(choose("text/csv;q=x"), 3);
    ck_assert_uint_eq(choose("text/csvx"), 3);
    ck_assert_uint_eq(choose("text"), 3);
    ck_assert_uint_eq(choose(",;,"), 3);
    ck_assert_uint_eq(choose("*/csv"), 3);
}
END_TEST

TCase *accept_test(void)
{
    TCase *tests = tcase_create("accept");
    tcase_add_test(tests, nothing_and_anything_take_the_first);
    tcase_add_test(tests, the_greatest_weight_wins);
    tcase_add_test(tests, the_most_precise_range_counts);
    tcase_add_test(tests, what_nobody_offers_is_nothing);
    return tests;
}
