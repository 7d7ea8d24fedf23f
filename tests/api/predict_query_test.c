#include "api/predict_query.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/small_model.h"

static struct model *model;
static struct problem_list problems;
static struct predict_options options;
static struct error err;

static void setup(void)
{
    memory_fail_after(-1);
    model = small_model_binomial((const double[]){0, 1, 2, 3});
    problems = (struct problem_list){0};
    options = (struct predict_options){0};
    err = (struct error){0};
}

static void teardown(void)
{
    memory_fail_after(-1);
    problem_list_free(&problems);
    model_release(model);
}

static int read_query(const struct request_pair *pairs, size_t n)
{
    const struct request request = {.query = pairs, .n_query = n};
    return predict_query_read(model, &request, &options, &problems, &err);
}

START_TEST(options_mean_what_they_mean_in_a_body)
{
    static const struct request_pair pairs[] = {
        {"output", "label,probability"}, {"threshold", ".25"},  {"top_k", "3"},
        {"confidence", "9e-1"},          {"layout", "columns"}, {"on_error", "row"}};
    ck_assert_int_eq(read_query(pairs, 6), 0);
    ck_assert_uint_eq(problems.n, 0);
    ck_assert_uint_eq(options.outputs,
                      PREDICT_LABEL | PREDICT_PROBABILITY | PREDICT_TOP_K);
    ck_assert(options.threshold == .25 && options.top_k == 3 && options.confidence == .9);
    ck_assert(options.columns_layout && options.on_error_row);
    ck_assert_int_eq(read_query(NULL, 0), 0);
    ck_assert(options.threshold == .5 && !options.columns_layout);
}
END_TEST

START_TEST(wrong_ones_are_told_by_their_parameter)
{
    static const struct request_pair pairs[] = {
        {"output", "label,,odds"}, {"threshold", "half"},     {"top_k", "0"},
        {"confidence", NULL},      {"layout", "\"columns\""}, {"on_error", ""}};
    static const char *const places[] = {
        "query output",     "query output", "query threshold", "query top_k",
        "query confidence", "query layout", "query on_error"};
    ck_assert_int_eq(read_query(pairs, 6), 0);
    ck_assert_uint_eq(problems.n, 7);
    for (size_t i = 0; i < 7; i++)
        ck_assert_str_eq(problems.errors[i].place, places[i]);
    ck_assert_int_eq(problems.errors[2].code, ERROR_INVALID_TYPE);
}
END_TEST

START_TEST(with_json_there_are_none)
{
    static const struct request_pair pairs[] = {{"layout", "columns"}, {"top_k", "1"}};
    const struct request request = {.query = pairs, .n_query = 2};
    predict_query_refuse(&request, &problems);
    ck_assert_uint_eq(problems.n, 2);
    ck_assert_str_eq(problems.errors[1].place, "query top_k");
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    static const struct request_pair pairs[] = {{"output", "label"}};
    for (long i = 0;; i++) {
        error_clear(&err);
        memory_fail_after(i);
        int result = read_query(pairs, 1);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *predict_query_test(void)
{
    TCase *tests = tcase_create("predict_query");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, options_mean_what_they_mean_in_a_body);
    tcase_add_test(tests, wrong_ones_are_told_by_their_parameter);
    tcase_add_test(tests, with_json_there_are_none);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
