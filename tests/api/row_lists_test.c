#include "api/row_lists.h"

#include <check.h>
#include <string.h>

static struct row_lists lists;
static struct problem_list problems;
static struct buffer rest;
static struct error err;

static void setup(void)
{
    lists = (struct row_lists){0};
    error_clear(&err);
}

static void teardown(void)
{
    problem_list_free(&problems);
    buffer_free(&rest);
}

static int cut(const char *body)
{
    return row_lists_cut(&lists, body, strlen(body), &rest, &problems, &err);
}

START_TEST(lists_are_found_and_the_rest_is_left)
{
    ck_assert_int_eq(cut("{\"labels\":[0],\"bins\":5,\"rows\":[[1]]}"), 0);
    ck_assert(lists.members.is_object);
    ck_assert(lists.members.has[PREDICT_MEMBER_ROWS]);
    ck_assert(!lists.members.has[PREDICT_MEMBER_COLUMNS]);
    ck_assert(!lists.members.has[PREDICT_MEMBER_INSTANCES]);
    ck_assert(lists.has_labels);
    ck_assert_int_eq(json_scan_peek(&lists.labels), JSON_KIND_ARRAY);
    ck_assert_uint_eq(lists.labels.at, strlen("{\"labels\":"));
    buffer_append_byte(&rest, '\0');
    ck_assert_str_eq(rest.bytes, "{\"bins\":5}");
}
END_TEST

START_TEST(another_value_is_a_problem)
{
    ck_assert_int_eq(cut("[1]"), 0);
    ck_assert(!lists.members.is_object);
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_int_eq(problems.errors[0].code, ERROR_INVALID_TYPE);
}
END_TEST

START_TEST(malformed_text_and_lists_given_twice_are_errors)
{
    ck_assert_int_eq(cut("{\"rows\":[1}"), -1);
    ck_assert_int_eq(err.code, ERROR_BAD_JSON);
    error_clear(&err);
    ck_assert_int_eq(cut("{\"rows\":[],\"rows\":[]}"), -1);
    ck_assert_int_eq(err.code, ERROR_DUPLICATE_KEY);
}
END_TEST

TCase *row_lists_test(void)
{
    TCase *tests = tcase_create("row_lists");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, lists_are_found_and_the_rest_is_left);
    tcase_add_test(tests, another_value_is_a_problem);
    tcase_add_test(tests, malformed_text_and_lists_given_twice_are_errors);
    return tests;
}
