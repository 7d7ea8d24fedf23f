#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/loopback.h"

#define JSON "Content-Type: application/json"
#define WAIT JSON "\nPrefer: wait=30"
#define USAGE "/v1/models/m/versions/1/usage"

static struct loopback loopback;

/* Of x 1…8 and s a or b, each a half. */
static void setup(void)
{
    memory_fail_after(-1);
    loopback_open(&loopback);
    struct answer answer = loopback_call(
        &loopback, "POST /v1/jobs", WAIT,
        "{\"model\":\"m\",\"target\":\"y\",\"penalty\":{\"l2\":0.1},"
        "\"columns\":{\"x\":{\"missing\":\"mean\"},\"s\":{\"unseen\":\"ignore\"}},"
        "\"data\":{\"columns\":[\"y\",\"x\",\"s\"],\"rows\":[[0,1,\"a\"],[0,2,\"b\"],"
        "[1,3,\"a\"],[0,4,\"b\"],[1,5,\"a\"],[0,6,\"b\"],[1,7,\"a\"],[1,8,\"b\"]]}}");
    ck_assert_msg(strcmp(answer_string(&answer, "state"), "succeeded") == 0, "%s",
                  answer.body);
    answer_free(&answer);
}

static void teardown(void)
{
    memory_fail_after(-1);
    ck_assert_uint_eq(budget_used(&loopback.service->budget), 0);
    loopback_close(&loopback);
}

static void predict(const char *rows, int status)
{
    char body[256];
    snprintf(body, sizeof(body), "{\"rows\":%s}", rows);
    struct answer answer = loopback_json(&loopback, "POST /v1/models/m/predict", body);
    ck_assert_msg(answer.status == status, "%s", answer.body);
    answer_free(&answer);
}

static struct answer ask(const char *path)
{
    char target[128];
    snprintf(target, sizeof(target), "GET %s", path);
    struct answer answer = loopback_call(&loopback, target, NULL, NULL);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    return answer;
}

START_TEST(a_version_that_was_not_asked_has_no_counts)
{
    struct answer answer = ask("/v1/models/m/usage");
    ck_assert_double_eq(answer_number(&answer, "version"), 1);
    ck_assert_double_eq(answer_number(&answer, "requests/answered"), 0);
    ck_assert_double_eq(answer_number(&answer, "rows"), 0);
    ck_assert(json_is_null(answer_at(&answer, "last_answered_at")));
    ck_assert(json_is_null(answer_at(&answer, "drift/max_psi")));
    ck_assert_double_eq(answer_number(&answer, "drift/rows"), 0);
    answer_free(&answer);
}
END_TEST

START_TEST(requests_and_rows_are_counted)
{
    predict("[[1,\"a\"],[2,\"b\"]]", 200);
    predict("[[1,\"a\"]]", 200);
    predict("[[\"x\",\"a\"]]", 422);
    struct answer answer = ask(USAGE);
    ck_assert_double_eq(answer_number(&answer, "requests/answered"), 2);
    ck_assert_double_eq(answer_number(&answer, "requests/failed"), 1);
    ck_assert_double_eq(answer_number(&answer, "rows"), 3);
    ck_assert_double_eq(answer_number(&answer, "latency/17/answered"), 2);
    ck_assert(json_is_null(answer_at(&answer, "latency/17/up_to_seconds")));
    ck_assert(json_is_string(answer_at(&answer, "last_answered_at")));
    answer_free(&answer);
}
END_TEST

START_TEST(drift_tells_what_lies_elsewhere)
{
    predict("[[100,\"a\"],[null,\"a\"],[100,\"new\"],[100,\"a\"]]", 200);
    struct answer answer = ask(USAGE);
    ck_assert_double_eq(answer_number(&answer, "drift/rows"), 4);
    ck_assert_str_eq(answer_string(&answer, "drift/inputs/0/name"), "x");
    ck_assert_double_eq(answer_number(&answer, "drift/inputs/0/missing/fit"), 0);
    ck_assert_double_eq(answer_number(&answer, "drift/inputs/0/missing/now"), 0.25);
    ck_assert_double_eq(answer_number(&answer, "drift/inputs/0/bins/8/above"), 8);
    ck_assert_double_eq(answer_number(&answer, "drift/inputs/0/bins/8/now"), 1);
    ck_assert_double_eq(answer_number(&answer, "drift/inputs/0/bins/8/fit"), 0);
    ck_assert_double_gt(answer_number(&answer, "drift/inputs/0/psi"), 0.25);
    ck_assert_double_eq(answer_number(&answer, "drift/inputs/1/unseen"), 0.25);
    ck_assert_str_eq(answer_string(&answer, "drift/inputs/1/bins/0/level"), "a");
    ck_assert_double_eq(answer_number(&answer, "drift/inputs/1/bins/0/fit"), 0.5);
    ck_assert_double_eq(answer_number(&answer, "drift/inputs/1/bins/0/now"), 1);
    ck_assert_double_eq(answer_number(&answer, "drift/max_psi"),
                        answer_number(&answer, "drift/inputs/0/psi"));
    answer_free(&answer);
}
END_TEST

START_TEST(rows_like_those_of_the_fit_do_not_drift)
{
    for (int i = 0; i < 20; i++)
        predict("[[1,\"a\"],[2,\"b\"],[3,\"a\"],[4,\"b\"],[5,\"a\"],[6,\"b\"],[7,\"a\"],"
                "[8,\"b\"]]",
                200);
    struct answer answer = ask(USAGE);
    ck_assert_double_eq(answer_number(&answer, "drift/rows"), 160);
    ck_assert_double_lt(answer_number(&answer, "drift/max_psi"), 0.1);
    answer_free(&answer);
}
END_TEST

/* In seven of eight rows 1 is absent; in the fit it was so in one of four. */
START_TEST(inputs_that_are_absent_drift_to_0)
{
    char body[256];
    struct answer answer =
        loopback_call(&loopback, "POST /v1/datasets?name=s",
                      "Content-Type: text/x-libsvm", "0 1:1 2:1\n1 1:2\n0 2:1\n1 1:1\n");
    snprintf(body, sizeof(body),
             "{\"model\":\"sparse\",\"target\":\"label\",\"dataset\":\"%s\","
             "\"penalty\":{\"l2\":1}}",
             answer_string(&answer, "id"));
    answer_free(&answer);
    answer = loopback_call(&loopback, "POST /v1/jobs", WAIT, body);
    ck_assert_msg(strcmp(answer_string(&answer, "state"), "succeeded") == 0, "%s",
                  answer.body);
    answer_free(&answer);
    answer = loopback_call(&loopback, "POST /v1/models/sparse/predict",
                           "Content-Type: text/x-libsvm",
                           "0 1:1\n0 2:1\n0 2:1\n0\n0\n0\n0\n0\n");
    ck_assert_int_eq(answer.status, 200);
    answer_free(&answer);
    answer = ask("/v1/models/sparse/usage");
    ck_assert_double_eq(answer_number(&answer, "drift/rows"), 8);
    ck_assert_double_eq(answer_number(&answer, "drift/inputs/0/bins/0/now"), 7. / 8);
    ck_assert_double_eq(answer_number(&answer, "drift/inputs/0/bins/1/now"), 1. / 8);
    ck_assert_double_gt(answer_number(&answer, "drift/max_psi"), 0.1);
    answer_free(&answer);
}
END_TEST

START_TEST(what_is_not_there_is_404)
{
    static const char *const targets[] = {"GET /v1/models/none/usage",
                                          "GET /v1/models/m/versions/2/usage",
                                          "GET /v1/models/m/aliases/none/usage"};
    for (size_t i = 0; i < 3; i++) {
        struct answer answer = loopback_call(&loopback, targets[i], NULL, NULL);
        ck_assert_int_eq(answer.status, 404);
        answer_free(&answer);
    }
}
END_TEST

START_TEST(without_memory_the_answer_is_503)
{
    for (long n = 0;; n++) {
        memory_fail_after(n);
        struct answer answer = loopback_call(&loopback, "GET " USAGE, NULL, NULL);
        bool has_failed = memory_fail_after(-1) < 0;
        int status = answer.status;
        answer_free(&answer);
        if (status == 200)
            break;
        ck_assert_int_eq(status, 503);
        ck_assert(n < 100 || has_failed);
    }
}
END_TEST

START_TEST(metrics_tell_of_versions)
{
    static const char *const lines[] = {
        ("\nlogitd_model_requests_total{model=\"m\",version=\"1\",outcome=\"answered\"} "
         "100\n"),
        "\nlogitd_model_requests_total{model=\"m\",version=\"1\",outcome=\"failed\"} 0\n",
        "\nlogitd_model_rows_total{model=\"m\",version=\"1\"} 200\n",
        "\nlogitd_model_request_duration_seconds_count{model=\"m\",version=\"1\"} 100\n",
        "\nlogitd_model_age_seconds{model=\"m\",version=\"1\"} ",
        "\nlogitd_model_max_psi{model=\"m\",version=\"1\"} ",
        "\nlogitd_fit_seconds_count 1\n"};
    for (int i = 0; i < 100; i++)
        predict("[[1,\"a\"],[2,\"b\"]]", 200);
    struct answer answer = loopback_call(&loopback, "GET /metrics", NULL, NULL);
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
        ck_assert_msg(strstr(answer.body, lines[i]) != NULL, "no %s", lines[i]);
    answer_free(&answer);
}
END_TEST

START_TEST(metrics_tell_of_no_shift_before_there_are_rows_enough)
{
    predict("[[1,\"a\"],[2,\"b\"]]", 200);
    struct answer answer = loopback_call(&loopback, "GET /metrics", NULL, NULL);
    ck_assert_ptr_null(strstr(answer.body, "\nlogitd_model_max_psi{"));
    answer_free(&answer);
}
END_TEST

TCase *handle_usage_test(void)
{
    TCase *tests = tcase_create("handle_usage");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_version_that_was_not_asked_has_no_counts);
    tcase_add_test(tests, requests_and_rows_are_counted);
    tcase_add_test(tests, drift_tells_what_lies_elsewhere);
    tcase_add_test(tests, rows_like_those_of_the_fit_do_not_drift);
    tcase_add_test(tests, inputs_that_are_absent_drift_to_0);
    tcase_add_test(tests, what_is_not_there_is_404);
    tcase_add_test(tests, without_memory_the_answer_is_503);
    tcase_add_test(tests, metrics_tell_of_versions);
    tcase_add_test(tests, metrics_tell_of_no_shift_before_there_are_rows_enough);
    return tests;
}
