#include <check.h>

#include "api/query.h"

static struct problem_list problems;

static void teardown(void)
{
    problem_list_free(&problems);
}

static struct request with(const struct request_pair *query, size_t n)
{
    return (struct request){.query = query, .n_query = n};
}

START_TEST(known_parameters_pass)
{
    const struct request_pair query[] = {{"after", "x"}, {"limit", "3"}};
    const struct request request = with(query, 2);
    query_check(&request, "limit after", &problems);
    ck_assert_uint_eq(problems.n, 0);
}
END_TEST

START_TEST(unknown_and_repeated_parameters_are_all_told)
{
    const struct request_pair query[] = {
        {"lim", "x"}, {"limit", "3"}, {"limit", "4"}, {"", NULL}, {"limit after", "1"}};
    const struct request request = with(query, 5);
    query_check(&request, "limit after", &problems);
    ck_assert_uint_eq(problems.n, 4);
    ck_assert_int_eq(problems.errors[0].code, ERROR_UNKNOWN_FIELD);
    ck_assert_str_eq(problems.errors[0].place, "query lim");
    ck_assert_str_eq(problems.errors[0].message,
                     "no such query parameter; there are: limit after");
    ck_assert_int_eq(problems.errors[1].code, ERROR_INVALID);
    ck_assert_str_eq(problems.errors[1].place, "query limit");
}
END_TEST

START_TEST(where_no_parameters_are_taken_any_is_wrong)
{
    const struct request_pair query[] = {{"a", "b"}};
    const struct request request = with(query, 1);
    query_check(&request, "", &problems);
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_str_eq(problems.errors[0].message, "no query parameters are taken here");
}
END_TEST

START_TEST(a_page_has_defaults)
{
    const struct request request = {0};
    const struct query_page page = query_read_page(&request, &problems);
    ck_assert_uint_eq(page.limit, 20);
    ck_assert_ptr_null(page.after);
}
END_TEST

START_TEST(a_page_is_read)
{
    const struct request_pair query[] = {{"limit", "1000"}, {"after", "ds_1"}};
    const struct request request = with(query, 2);
    const struct query_page page = query_read_page(&request, &problems);
    ck_assert_uint_eq(page.limit, 1000);
    ck_assert_str_eq(page.after, "ds_1");
    ck_assert_uint_eq(problems.n, 0);
}
END_TEST

static const char *const bad_limits[] = {"0", "1001", "-1", "", "1.5", "ten", " 5", "5 "};

START_TEST(a_limit_outside_its_range_is_told)
{
    const struct request_pair query[] = {{"limit", bad_limits[_i]}};
    const struct request request = with(query, 1);
    query_read_page(&request, &problems);
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_str_eq(problems.errors[0].message, "must be a whole number from 1 to 1000");
}
END_TEST

START_TEST(booleans_are_true_or_false)
{
    const struct request_pair query[] = {{"a", "true"}, {"b", "false"}, {"c", "yes"}};
    const struct request request = with(query, 3);
    ck_assert(query_bool(&request, "a", false, &problems));
    ck_assert(!query_bool(&request, "b", true, &problems));
    ck_assert(query_bool(&request, "d", true, &problems));
    ck_assert_uint_eq(problems.n, 0);
    query_bool(&request, "c", true, &problems);
    ck_assert_uint_eq(problems.n, 1);
}
END_TEST

TCase *query_test(void)
{
    TCase *tcase = tcase_create("query");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, known_parameters_pass);
    tcase_add_test(tcase, unknown_and_repeated_parameters_are_all_told);
    tcase_add_test(tcase, where_no_parameters_are_taken_any_is_wrong);
    tcase_add_test(tcase, a_page_has_defaults);
    tcase_add_test(tcase, a_page_is_read);
    tcase_add_loop_test(tcase, a_limit_outside_its_range_is_told, 0,
                        sizeof(bad_limits) / sizeof(*bad_limits));
    tcase_add_test(tcase, booleans_are_true_or_false);
    return tcase;
}
