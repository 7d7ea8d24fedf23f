/* Requests and answers as MLflow's scoring server has them (mlflow/pyfunc/scoring_server/
 * __init__.py and its documentation "Deploy MLflow model as a local inference server").
 */
#include "api/dialect/mlflow.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/odds_models.h"

#define JSON "Content-Type: application/json; charset=utf-8"
#define CSV "Content-Type: text/csv"
#define INVOCATIONS "POST /invocations"

static struct loopback loopback;

static void serve(const char *model)
{
    loopback.options.invocations_model = model;
    loopback_restart(&loopback);
}

static void setup(void)
{
    memory_fail_after(-1);
    loopback_open(&loopback);
    odds_models_mixed(&loopback, "m");
    serve("m");
}

static void teardown(void)
{
    memory_fail_after(-1);
    ck_assert_uint_eq(budget_used(&loopback.service->budget), 0);
    loopback_close(&loopback);
}

static void must_answer(const char *headers, const char *body, const char *expected)
{
    struct answer answer = loopback_call(&loopback, INVOCATIONS, headers, body);
    ck_assert_msg(answer.status == 200 && strcmp(answer.body, expected) == 0, "%s: %d %s",
                  body, answer.status, answer.body);
    answer_free(&answer);
}

#define LABELS "{\"predictions\":[\"no\",\"yes\"]}"

START_TEST(all_forms_are_answered_with_labels)
{
    must_answer(JSON,
                "{\"dataframe_split\":{\"index\":[0,1],\"columns\":[\"x\",\"s\"],"
                "\"data\":[[0,\"a\"],[1,\"b\"]]}}",
                LABELS);
    must_answer(JSON, "{\"dataframe_split\":{\"data\":[[\"a\",0],[\"b\",1]]}}", LABELS);
    must_answer(JSON,
                "{\"dataframe_records\":[{\"s\":\"a\",\"x\":0},{\"s\":\"b\",\"x\":1}]}",
                LABELS);
    must_answer(JSON, "{\"instances\":[[\"a\",0],{\"s\":\"b\",\"x\":[1]}]}", LABELS);
    must_answer(JSON, "{\"inputs\":[[\"a\",0],[\"b\",1]]}", LABELS);
    must_answer(JSON, "{\"inputs\":{\"s\":[\"a\",\"b\"],\"x\":[0,1]}}", LABELS);
    must_answer(CSV, "s,x\na,0\nb,1\n", LABELS);
}
END_TEST

START_TEST(numbers_are_answered_bare)
{
    odds_models_line(&loopback, "l");
    serve("l");
    struct answer answer =
        loopback_call(&loopback, INVOCATIONS, JSON, "{\"inputs\":[0,5]}");
    odds_models_near(&answer, "predictions/0", 1);
    odds_models_near(&answer, "predictions/1", 11);
    answer_free(&answer);
}
END_TEST

START_TEST(params_ask_for_other_outputs)
{
    struct answer answer = loopback_call(
        &loopback, INVOCATIONS, JSON,
        "{\"inputs\":[[\"a\",0]],\"params\":{\"output\":[\"probability\"]}}");
    odds_models_near(&answer, "predictions/0/0", 0.75);
    answer_free(&answer);
    answer = loopback_call(&loopback, INVOCATIONS, JSON,
                           "{\"inputs\":[[\"a\",0]],\"params\":{\"output\":[\"log_odds\","
                           "\"label\"],\"threshold\":0.2}}");
    odds_models_near(&answer, "predictions/0/log_odds", -log(3));
    ck_assert_str_eq(answer_string(&answer, "predictions/0/label"), "yes");
    answer_free(&answer);
    must_answer(JSON, "{\"inputs\":[[\"a\",0]],\"params\":null}",
                "{\"predictions\":[\"no\"]}");
    must_answer(JSON "\nAccept: text/csv",
                "{\"inputs\":[[\"a\",0]],\"params\":{\"threshold\":0.2}}", "yes\n");
}
END_TEST

/* json.dumps writes NaN for what pandas has as missing. */
START_TEST(nan_is_missing)
{
    must_answer(JSON, "{\"dataframe_records\":[{\"s\":\"b\",\"x\":NaN}]}",
                "{\"predictions\":[\"yes\"]}");
    must_answer(JSON, "{\"dataframe_records\":[{\"s\":\"b\",\"x\":null},{\"s\":\"b\"}]}",
                "{\"predictions\":[\"yes\",\"yes\"]}");
    must_answer(CSV, "s,x\nb,\nb,NaN\n", "{\"predictions\":[\"yes\",\"yes\"]}");
}
END_TEST

/* to_csv() writes the index as a first column without a name. */
START_TEST(csv_is_read_by_its_header)
{
    must_answer(CSV, ",x,s\n0,0,a\n1,1,\"b\"\n", LABELS);
    must_answer(CSV "\nAccept: text/csv", "\"s\",x\r\na,0\r\nb,1", "no\nyes\n");
    must_answer(CSV "\nAccept: application/jsonlines", "s,x\na,0\nb,1\n",
                "\"no\"\n\"yes\"\n");
}
END_TEST

static const struct {
    const char *headers, *body;
    int status;
    const char *code, *text;
} bad[] = {
    {JSON, "{", 400, "BAD_REQUEST", "byte 1"},
    {JSON, "[]", 400, "BAD_REQUEST", "an object is needed"},
    {JSON, "{}", 400, "BAD_REQUEST", "exactly one"},
    {JSON, "{\"inputs\":[[\"a\",0]],\"instances\":[[\"a\",0]]}", 400, "BAD_REQUEST",
     "exactly one"},
    {JSON, "{\"inputs\":[[\"a\",0]],\"data\":1}", 400, "BAD_REQUEST", "(/data)"},
    {JSON, "{\"dataframe_split\":{\"columns\":[\"s\",\"x\"]}}", 400, "BAD_REQUEST",
     "(/dataframe_split)"},
    {JSON, "{\"dataframe_split\":{\"columns\":[\"s\",\"q\"],\"data\":[[1,2]]}}", 400,
     "BAD_REQUEST", "(/dataframe_split/columns/1)"},
    {JSON, "{\"dataframe_split\":{\"columns\":[\"s\",\"x\"],\"data\":[[\"a\",\"b\"]]}}",
     400, "BAD_REQUEST", "(/dataframe_split/data/0/1)"},
    {JSON, "{\"dataframe_split\":[1]}", 400, "BAD_REQUEST", "(/dataframe_split)"},
    {JSON, "{\"dataframe_records\":[[\"a\",0]]}", 400, "BAD_REQUEST",
     "(/dataframe_records/0)"},
    {JSON, "{\"dataframe_records\":[{\"s\":\"z\",\"x\":0}]}", 400, "BAD_REQUEST",
     "(/dataframe_records/0/s)"},
    {JSON, "{\"inputs\":{\"s\":[\"a\"],\"x\":[0,1]}}", 400, "BAD_REQUEST", "(/inputs/x)"},
    {JSON, "{\"inputs\":[[\"a\",0]],\"params\":{\"output\":[\"logits\"]}}", 400,
     "BAD_REQUEST", "(/params/output/0)"},
    {JSON, "{\"inputs\":[[\"a\",0]],\"params\":{\"temperature\":1}}", 400, "BAD_REQUEST",
     "(/params/temperature)"},
    {JSON, "{\"inputs\":[[\"a\",0]],\"params\":{\"threshold\":2}}", 400, "BAD_REQUEST",
     "(/params/threshold)"},
    {CSV, "s,x\n", 400, "BAD_REQUEST", "at least one row"},
    {CSV, "s,q\na,0\n", 400, "BAD_REQUEST", "(row 1, column q)"},
    {CSV, "s,s\na,a\n", 400, "BAD_REQUEST", "(row 1, column s)"},
    {CSV, "s\na\n", 400, "BAD_REQUEST", "lacks the input x"},
    {CSV, "s,x\na,0\nb\n", 400, "BAD_REQUEST", "(row 3)"},
    {CSV, "s,x\na,0\nz,u\n", 400, "BAD_REQUEST", "(row 3, column s)"},
    {CSV, "s,x\na,\"0\n", 400, "BAD_REQUEST", "quote"},
    {"Content-Type: image/png", "x", 415, "BAD_REQUEST", "text/csv"},
    {"Content-Type: application/json; charset=latin-1", "{}", 415, "BAD_REQUEST",
     "UTF-8"},
    {JSON "\nAccept: image/png", "{}", 406, "BAD_REQUEST", "text/csv"},
};

START_TEST(what_is_wrong_is_told_as_mlflow_does)
{
    struct answer answer =
        loopback_call(&loopback, INVOCATIONS, bad[_i].headers, bad[_i].body);
    ck_assert_msg(answer.status == bad[_i].status, "%s: %d %s", bad[_i].body,
                  answer.status, answer.body);
    ck_assert_str_eq(answer.content_type, "application/json");
    ck_assert_str_eq(answer_string(&answer, "error_code"), bad[_i].code);
    ck_assert_msg(strstr(answer_string(&answer, "message"), bad[_i].text) != NULL,
                  "%s: %s", bad[_i].body, answer.body);
    answer_free(&answer);
}
END_TEST

START_TEST(statuses_have_the_codes_of_mlflow)
{
    ck_assert_str_eq(mlflow_error_code(401), "UNAUTHENTICATED");
    ck_assert_str_eq(mlflow_error_code(403), "PERMISSION_DENIED");
    ck_assert_str_eq(mlflow_error_code(413), "BAD_REQUEST");
    ck_assert_str_eq(mlflow_error_code(503), "TEMPORARILY_UNAVAILABLE");
}
END_TEST

static int ping(const char *path)
{
    struct answer answer = loopback_call(&loopback, path, NULL, NULL);
    int status = answer.status;
    ck_assert_ptr_nonnull(answer.json);
    answer_free(&answer);
    return status;
}

START_TEST(the_model_is_the_one_that_was_named)
{
    odds_models_binomial(&loopback, "v");
    odds_models_turned(&loopback, "v");
    struct answer answer =
        loopback_json(&loopback, "PUT /v1/models/v/aliases/old", "{\"version\":1}");
    answer_free(&answer);
    serve("v");
    must_answer(JSON, "{\"inputs\":[1]}", "{\"predictions\":[\"0\"]}");
    serve("v/1");
    must_answer(JSON, "{\"inputs\":[1]}", "{\"predictions\":[\"1\"]}");
    serve("v@old");
    must_answer(JSON, "{\"inputs\":[1]}", "{\"predictions\":[\"1\"]}");
    ck_assert_int_eq(ping("GET /ping"), 200);
    ck_assert_int_eq(ping("GET /health"), 200);
}
END_TEST

START_TEST(without_a_model_nothing_answers)
{
    static const char *const models[] = {NULL, "nowhere", "m/7", "m@gone"};
    for (size_t i = 0; i < 4; i++) {
        serve(models[i]);
        ck_assert_int_eq(ping("GET /ping"), 404);
        struct answer answer =
            loopback_call(&loopback, INVOCATIONS, JSON, "{\"inputs\":[1]}");
        ck_assert_int_eq(answer.status, 404);
        ck_assert_str_eq(answer_string(&answer, "error_code"), "RESOURCE_DOES_NOT_EXIST");
        answer_free(&answer);
    }
}
END_TEST

START_TEST(a_draining_service_is_not_healthy)
{
    service_drain(loopback.service);
    ck_assert_int_eq(ping("GET /ping"), 503);
}
END_TEST

START_TEST(the_version_is_told_as_text)
{
    struct answer answer = loopback_call(&loopback, "GET /version", NULL, NULL);
    ck_assert_int_eq(answer.status, 200);
    ck_assert_str_eq(answer.content_type, "text/plain");
    ck_assert_str_eq(answer.body, LOGITD_VERSION);
    answer_free(&answer);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    static const struct {
        const char *headers, *body;
        int status;
    } cases[] = {
        {JSON,
         "{\"dataframe_split\":{\"columns\":[\"x\",\"s\"],\"data\":[[0,\"a\"]]},"
         "\"params\":{\"threshold\":0.3}}",
         200},
        {JSON, "{\"inputs\":{\"x\":[0],\"s\":[\"a\"]}}", 200},
        {CSV, "s,x\na,0\nb,1\n", 200},
        {CSV, "s,q\na,0\nb,1\n", 400},
        {JSON, "{\"dataframe_records\":[{\"q\":1}],\"params\":{\"q\":3}}", 400},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        odds_models_fail_allocations(&loopback, INVOCATIONS, cases[i].headers,
                                     cases[i].body, cases[i].status);
}
END_TEST

TCase *mlflow_test(void)
{
    TCase *tests = tcase_create("mlflow");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, all_forms_are_answered_with_labels);
    tcase_add_test(tests, numbers_are_answered_bare);
    tcase_add_test(tests, params_ask_for_other_outputs);
    tcase_add_test(tests, nan_is_missing);
    tcase_add_test(tests, csv_is_read_by_its_header);
    tcase_add_loop_test(tests, what_is_wrong_is_told_as_mlflow_does, 0,
                        (int)(sizeof(bad) / sizeof(*bad)));
    tcase_add_test(tests, statuses_have_the_codes_of_mlflow);
    tcase_add_test(tests, the_model_is_the_one_that_was_named);
    tcase_add_test(tests, without_a_model_nothing_answers);
    tcase_add_test(tests, a_draining_service_is_not_healthy);
    tcase_add_test(tests, the_version_is_told_as_text);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
