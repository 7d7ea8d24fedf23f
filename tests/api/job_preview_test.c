#include "api/job_preview.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/job_calls.h"

#define JSON "Content-Type: application/json"

static struct loopback loopback;

static void setup(void)
{
    loopback_open(&loopback);
}

static void teardown(void)
{
    loopback_close(&loopback);
}

static const char table[] = "y,x,s,k,w\n0,0,a,1,1\n0,0,b,1,2\n0,0,c,1,1\n1,0,b,1,1\n"
                            "1,1,a,1,3\n1,1,b,1,1\n1,,c,1,1\n0,1,b,1,1\n";

static struct answer post(const char *csv, const char *more)
{
    char *dataset = loopback_upload(&loopback, csv);
    struct buffer body = BUFFER_EMPTY;
    buffer_printf(&body,
                  "{\"model\":\"m\",\"target\":\"y\",\"dry_run\":true,"
                  "\"dataset\":\"%s\"%s}",
                  dataset, more);
    struct answer answer =
        job_calls_post(&loopback, JSON "\nPrefer: wait=30", body.bytes);
    buffer_free(&body);
    free(dataset);
    return answer;
}

/* Neither a job nor a model. */
static void check_nothing_made(void)
{
    static const char *const lists[] = {"GET /v1/jobs", "GET /v1/models"};
    for (size_t i = 0; i < 2; i++) {
        struct answer answer = loopback_call(&loopback, lists[i], NULL, NULL);
        ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), 0);
        answer_free(&answer);
    }
    ck_assert_uint_eq(budget_used(&loopback.service->budget), 0);
}

START_TEST(it_tells_what_the_fit_would_be)
{
    struct answer answer =
        post(table, ",\"weights\":\"w\",\"columns\":{\"x\":{\"missing\":\"drop\"},\"k\":{"
                    "\"type\":\"categorical\"}}");
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert(json_is_true(answer_at(&answer, "dry_run")));
    ck_assert_str_eq(answer_string(&answer, "family"), "binomial");
    ck_assert_str_eq(answer_string(&answer, "classes/0"), "0");
    ck_assert_str_eq(answer_string(&answer, "positive"), "1");
    ck_assert_str_eq(answer_string(&answer, "algorithm"), "newton");
    ck_assert_uint_gt(strlen(answer_string(&answer, "chosen_because")), 0);
    ck_assert_double_gt(answer_number(&answer, "time/fit_seconds"), 0);
    ck_assert(json_is_false(answer_at(&answer, "time/at_most")));
    ck_assert_double_eq(answer_number(&answer, "design/n_rows"), 7);
    ck_assert_double_eq(answer_number(&answer, "design/n_rows_dropped"), 1);
    ck_assert_double_eq(answer_number(&answer, "design/n_columns"), 3);
    ck_assert_double_eq(answer_number(&answer, "design/n_entries"), 21);
    ck_assert_double_eq(answer_number(&answer, "design/bytes"), (21 + 7 + 7) * 8);
    ck_assert(json_is_false(answer_at(&answer, "design/on_disk")));
    ck_assert_str_eq(answer_string(&answer, "design/terms/0"), "x");
    ck_assert_str_eq(answer_string(&answer, "design/terms/1"), "s[b]");
    ck_assert_str_eq(answer_string(&answer, "constant_columns/0"), "k");
    ck_assert_double_eq(answer_number(&answer, "n_coefficients"), 4);
    ck_assert_double_gt(answer_number(&answer, "memory_bytes"), 7 * 3 * 8);
    ck_assert(json_is_null(answer_at(&answer, "warm_start")));
    ck_assert_ptr_null(answer_header(&answer, "Location"));
    answer_free(&answer);
    check_nothing_made();
}
END_TEST

/* Rows that are held out are not dropped. */
START_TEST(rows_held_out_are_left_out_of_the_design)
{
    static const char *const validations[] = {
        "{\"fraction\":0.3}", "{\"column\":\"s\",\"level\":[\"c\"],\"train\":[\"b\"]}"};
    static const double dropped[] = {1, 3};
    char more[160];
    snprintf(more, sizeof(more),
             ",\"columns\":{\"x\":{\"missing\":\"drop\"}},\"features\":[\"x\",\"w\"],"
             "\"validation\":%s",
             validations[_i]);
    struct answer answer = post(table, more);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_double_eq(answer_number(&answer, "design/n_rows_dropped"), dropped[_i]);
    ck_assert_double_eq(answer_number(&answer, "design/n_rows"), _i ? 4 : 5);
    answer_free(&answer);
}
END_TEST

START_TEST(rows_in_the_request_will_do)
{
    struct answer answer = loopback_call(
        &loopback, "POST /v1/jobs", JSON "\nIdempotency-Key: k",
        "{\"model\":\"m\",\"target\":\"y\",\"dry_run\":true,\"family\":\"multinomial\","
        "\"algorithm\":\"lbfgs\",\"data\":{\"columns\":[\"y\",\"x\"],\"rows\":[[\"a\",1],"
        "[\"b\",2],[\"c\",3],[\"a\",3]]}}");
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_str_eq(answer_string(&answer, "reference"), "a");
    ck_assert_str_eq(answer_string(&answer, "algorithm"), "lbfgs");
    ck_assert_double_eq(answer_number(&answer, "n_coefficients"), 4);
    answer_free(&answer);
    check_nothing_made();
    answer = loopback_call(&loopback, "POST /v1/jobs", JSON "\nIdempotency-Key: k",
                           job_calls_inline);
    ck_assert_int_eq(answer.status, 202); /* the key was not used up */
    answer_free(&answer);
}
END_TEST

/* What only the rows tell. */
static const struct {
    const char *csv, *more, *code;
} bad_rows[] = {
    {"y,x,w\n1,1,1\n0,2,-1\n1,2,1\n0,3,1\n", ",\"weights\":\"w\"", "bad_weight"},
    {"y,x,w\n1,1,1\n0,2,0\n1,2,1\n0,3,0\n", ",\"weights\":\"w\"", "single_class"},
    {"y,x,n\n1,1,1\n3,2,2\n", ",\"trials\":\"n\"", "bad_count"},
    {"y,x\n1,\n0,\n1,\n0,2\n1,\n", ",\"columns\":{\"x\":{\"missing\":\"drop\"}}",
     "single_class"},
};

START_TEST(what_only_the_rows_tell_is_refused)
{
    struct answer answer = post(bad_rows[_i].csv, bad_rows[_i].more);
    ck_assert_msg(answer.status == 422, "%s", answer.body);
    ck_assert_msg(strcmp(answer_string(&answer, "code"), bad_rows[_i].code) == 0, "%s",
                  answer.body);
    answer_free(&answer);
    check_nothing_made();
}
END_TEST

START_TEST(all_other_problems_are_told_together_as_ever)
{
    struct answer answer = post(table, ",\"weights\":\"zz\",\"bogus\":1");
    ck_assert_int_eq(answer.status, 422);
    ck_assert(answer_has_error(&answer, "/weights", "unknown_column"));
    ck_assert(answer_has_error(&answer, "/bogus", "unknown_field"));
    answer_free(&answer);
}
END_TEST

START_TEST(a_fit_that_would_never_fit_in_memory_is_refused)
{
    struct buffer csv = BUFFER_EMPTY;
    loopback.options.memory_bytes = 1U << 16;
    loopback_restart(&loopback);
    buffer_append_string(&csv, "y,a,b,c,d\n");
    for (int i = 0; i < 2000; i++)
        buffer_printf(&csv, "%d,%d,%d,%d,%d\n", i % 2, i % 7, i % 11, i % 13, i % 17);
    struct answer answer = post(csv.bytes, "");
    ck_assert_msg(answer.status == 413, "%s", answer.body);
    answer_free(&answer);
    buffer_free(&csv);
    check_nothing_made();
}
END_TEST

START_TEST(a_stopping_service_lets_go_of_it)
{
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "y,x\n");
    for (int i = 0; i < 5000; i++)
        buffer_printf(&csv, "%d,%d\n", i % 2, i % 7);
    service_drain(loopback.service);
    struct answer answer = post(csv.bytes, "");
    ck_assert_msg(answer.status == 503, "%s", answer.body);
    answer_free(&answer);
    buffer_free(&csv);
    ck_assert_uint_eq(budget_used(&loopback.service->budget), 0);
}
END_TEST

TCase *job_preview_test(void)
{
    TCase *tcase = tcase_create("job_preview");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, it_tells_what_the_fit_would_be);
    tcase_add_loop_test(tcase, rows_held_out_are_left_out_of_the_design, 0, 2);
    tcase_add_test(tcase, rows_in_the_request_will_do);
    tcase_add_loop_test(tcase, what_only_the_rows_tell_is_refused, 0,
                        (int)(sizeof(bad_rows) / sizeof(*bad_rows)));
    tcase_add_test(tcase, all_other_problems_are_told_together_as_ever);
    tcase_add_test(tcase, a_fit_that_would_never_fit_in_memory_is_refused);
    tcase_add_test(tcase, a_stopping_service_lets_go_of_it);
    return tcase;
}
