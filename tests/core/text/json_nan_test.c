/* NaN where a protocol has it: read as null, and nothing else beyond JSON. */
#include "core/text/json_scan.h"

#include <check.h>
#include <string.h>

static int check(const char *text, bool takes_nan, struct error *err)
{
    struct json_scan scan = json_scan_start(text, strlen(text));
    scan.takes_nan = takes_nan;
    return json_scan_skip(&scan, err) < 0 ? -1 : json_scan_finish(&scan, err);
}

START_TEST(nan_passes_only_where_it_is_asked_for)
{
    static const char *const texts[] = {"NaN", "[NaN]", "[1, NaN ,2]", "{\"a\":NaN}"};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(check(texts[i], true, NULL), 0);
        ck_assert_int_eq(check(texts[i], false, NULL), -1);
    }
}
END_TEST

START_TEST(nan_is_read_as_null)
{
    struct json_scan scan = json_scan_start("[1,NaN,2]", 9);
    struct error err = {0};
    enum json_kind kind;
    double values[2];
    size_t n;
    scan.takes_nan = true;
    ck_assert_int_eq(json_scan_enter_array(&scan, &err), 0);
    ck_assert_int_eq(json_scan_next_numbers(&scan, values, 2, &n, &err), 1);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(json_scan_peek(&scan), JSON_KIND_NULL);
    ck_assert_int_eq(json_scan_literal(&scan, &kind, &err), 0);
    ck_assert_int_eq(kind, JSON_KIND_NULL);
    ck_assert_int_eq(json_scan_next_numbers(&scan, values, 2, &n, &err), 0);
    ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(other_words_are_refused_all_the_same)
{
    static const char *const texts[] = {"nan", "Nan",    "NaN1", "NaNN", "N",
                                        "Na",  "[-NaN]", "nNaN", "NAN",  "+NaN"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct error err = {0};
        ck_assert_msg(check(texts[i], true, &err) == -1, "%s", texts[i]);
        ck_assert_int_eq(err.code, ERROR_BAD_JSON);
    }
}
END_TEST

START_TEST(an_infinite_number_is_told_as_that)
{
    static const char *const texts[] = {"[ Infinity]", "[ -Infinity]"};
    for (size_t i = 0; i < 2; i++) {
        struct error err = {0}, strict = {0}, number = {0};
        double value;
        ck_assert_int_eq(check(texts[i], true, &err), -1);
        ck_assert_int_eq(err.code, ERROR_NON_FINITE);
        ck_assert_str_eq(err.place, "byte 2");
        ck_assert_int_eq(check(texts[i], false, &strict), -1);
        ck_assert_int_eq(strict.code, ERROR_BAD_JSON);
        struct json_scan scan = json_scan_start(texts[i] + 2, strlen(texts[i]) - 3);
        scan.takes_nan = true;
        ck_assert_int_eq(json_scan_number(&scan, &value, &number), -1);
        ck_assert_int_eq(number.code, ERROR_NON_FINITE);
    }
}
END_TEST

TCase *json_nan_test(void)
{
    TCase *tests = tcase_create("json_nan");
    tcase_add_test(tests, nan_passes_only_where_it_is_asked_for);
    tcase_add_test(tests, nan_is_read_as_null);
    tcase_add_test(tests, other_words_are_refused_all_the_same);
    tcase_add_test(tests, an_infinite_number_is_told_as_that);
    return tests;
}
