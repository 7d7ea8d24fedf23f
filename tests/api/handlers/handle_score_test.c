#include <check.h>
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/loopback_fixture.h"

#define JSON "Content-Type: application/json"
#define WAIT JSON "\nPrefer: wait=30"
#define MODEL "\"model\":\"m\",\"target\":\"y\",\"features\":[\"x\"]"
/* The odds of y=1 are 1:3 where x is 0 and 3:1 where it is 1. */
#define CSV "y,x\n0,0\n0,0\n0,0\n1,0\n1,1\n1,1\n1,1\n0,1\n"

static void train(const char *csv, const char *members)
{
    char body[512];
    char *dataset = loopback_upload(&loopback, csv);
    snprintf(body, sizeof(body), "{%s,\"dataset\":\"%s\"}", members, dataset);
    struct answer answer = loopback_call(&loopback, "POST /v1/jobs", WAIT, body);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_msg(strcmp(answer_string(&answer, "state"), "succeeded") == 0, "%s",
                  answer.body);
    answer_free(&answer);
    free(dataset);
}

static struct answer score(const char *accept, const char *dataset, const char *more)
{
    char body[512], headers[256];
    snprintf(body, sizeof(body), "{\"dataset\":\"%s\"%s}", dataset, more);
    snprintf(headers, sizeof(headers), JSON "%s%s", accept ? "\nAccept: " : "",
             accept ? accept : "");
    return loopback_call(&loopback, "POST /v1/models/m/score", headers, body);
}

static void must_score(const char *accept, const char *dataset, const char *more,
                       const char *type, const char *text)
{
    struct answer answer = score(accept, dataset, more);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_str_eq(answer.content_type, type);
    ck_assert_str_eq(answer.body, text);
    answer_free(&answer);
}

static void must_refuse(const char *accept, const char *dataset, const char *more,
                        const char *pointer, const char *code)
{
    struct answer answer = score(accept, dataset, more);
    ck_assert_msg(answer.status == 422, "%s: %d %s", more, answer.status, answer.body);
    ck_assert_msg(answer_has_error(&answer, pointer, code), "%s: %s", more, answer.body);
    answer_free(&answer);
}

/* x = ½: log-odds of exactly 0. Ids with quotes, empty and missing ones. */
#define ROWS "x,id,n\n0.5,\"a,\"\"b\",1\n0.5,,\n"

static void train_half(void)
{
    train("y,x\n0,0\n1,1\n0,1\n1,0\n", MODEL);
}

START_TEST(scores_come_as_csv)
{
    train_half();
    char *dataset = loopback_upload(&loopback, ROWS);
    must_score(
        NULL, dataset, "", "text/csv",
        "label,probability[0],probability[1],log_odds\n1,0.5,0.5,0\n1,0.5,0.5,0\n");
    must_score("text/csv", dataset,
               ",\"columns\":[\"id\",\"n\"],\"output\":[\"linear_predictor\",\"label\"],"
               "\"threshold\":0.6,\"on_error\":\"row\"",
               "text/csv",
               "id,n,label,linear_predictor,error\n\"a,\"\"b\",1,0,0,\n,,0,0,\n");
    free(dataset);
}
END_TEST

START_TEST(scores_come_as_objects)
{
    train_half();
    char *dataset = loopback_upload(&loopback, ROWS);
    must_score("application/x-ndjson", dataset, ",\"columns\":[\"id\",\"n\"]",
               "application/x-ndjson",
               "{\"id\":\"a,\\\"b\",\"n\":1,\"label\":\"1\",\"probability\":{\"0\":0.5,"
               "\"1\":0.5},\"log_odds\":0,\"tie\":true}\n"
               "{\"id\":null,\"n\":null,\"label\":\"1\",\"probability\":{\"0\":0.5,\"1\":"
               "0.5},\"log_odds\":0,\"tie\":true}\n");
    free(dataset);
}
END_TEST

START_TEST(scores_come_as_an_array_of_numbers)
{
    static const char head[] = "\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', "
                               "'fortran_order': False, 'shape': (2, 4), }";
    double found[8];
    train_half();
    char *dataset = loopback_upload(&loopback, ROWS);
    struct answer answer = score("application/x-npy", dataset, ",\"columns\":[\"n\"]");
    ck_assert_int_eq(answer.status, 200);
    ck_assert_uint_eq(answer.body_bytes, 128 + sizeof(found));
    ck_assert_mem_eq(answer.body, head, sizeof(head) - 1);
    ck_assert_int_eq(answer.body[127], '\n');
    memcpy(found, answer.body + 128, sizeof(found));
    static const double expected[] = {1, 0.5, 0.5, 0, NAN, 0.5, 0.5, 0};
    for (size_t i = 0; i < 8; i++)
        ck_assert(found[i] == expected[i] || (isnan(found[i]) && isnan(expected[i])));
    ck_assert_str_eq(answer_header(&answer, "Content-Disposition"),
                     "attachment; filename=\"m-1-scores.npy\"");
    answer_free(&answer);
    must_refuse("application/x-npy", dataset, ",\"columns\":[\"id\"]", "/columns/0",
                "not_a_number");
    must_refuse("application/x-npy", dataset, ",\"output\":[\"label\"]", "/output",
                "unsupported");
    free(dataset);
}
END_TEST

/* The second row could not be scored, and is not asked for. */
START_TEST(only_the_rows_that_are_meant_are_scored)
{
    train_half();
    char *dataset = loopback_upload(&loopback, "x,g\n0.5,a\n,b\n0.5,c\n0.5,b\n0.5,a\n");
    must_score(NULL, dataset,
               ",\"columns\":[\"g\"],\"output\":[\"log_odds\"],"
               "\"where\":{\"column\":\"g\",\"level\":[\"a\",\"c\"]}",
               "text/csv", "g,log_odds\na,0\nc,0\na,0\n");
    struct answer answer =
        score("application/x-npy", dataset,
              ",\"output\":[\"log_odds\"],\"where\":{\"column\":\"g\",\"level\":\"a\"}");
    ck_assert_int_eq(answer.status, 200);
    ck_assert_uint_eq(answer.body_bytes, 128 + 2 * sizeof(double));
    ck_assert(memmem(answer.body, 128, "'shape': (2, 1)", 15));
    answer_free(&answer);
    answer = score(NULL, dataset, ",\"where\":{\"column\":\"g\",\"level\":\"b\"}");
    ck_assert_int_eq(answer.status, 422);
    ck_assert(
        strstr(answer.body, "\"row\":2,\"column\":\"x\",\"code\":\"missing_value\""));
    answer_free(&answer);
    must_refuse(NULL, dataset, ",\"where\":{\"column\":\"g\",\"level\":\"d\"}",
                "/where/level", "unknown_level");
    free(dataset);
}
END_TEST

START_TEST(versions_and_aliases_score_too)
{
    static const char *const paths[] = {"m/versions/1", "m/aliases/a"};
    train_half();
    char *dataset = loopback_upload(&loopback, ROWS);
    struct answer answer =
        loopback_json(&loopback, "PUT /v1/models/m/aliases/a", "{\"version\":1}");
    answer_free(&answer);
    for (size_t i = 0; i < 2; i++) {
        char target[128], body[128];
        snprintf(target, sizeof(target), "POST /v1/models/%s/score", paths[i]);
        snprintf(body, sizeof(body), "{\"dataset\":\"%s\",\"output\":[\"label\"]}",
                 dataset);
        answer = loopback_json(&loopback, target, body);
        ck_assert_str_eq(answer.body, "label\n1\n1\n");
        answer_free(&answer);
    }
    free(dataset);
}
END_TEST

/* More rows than a piece has, against the same rows in a body. */
START_TEST(scores_have_the_bits_of_predictions)
{
    struct buffer csv = BUFFER_EMPTY, body = BUFFER_EMPTY, expected = BUFFER_EMPTY;
    train(CSV, MODEL);
    buffer_append_string(&csv, "x\n");
    buffer_append_string(&body, "{\"rows\":[");
    for (size_t i = 0; i < 2500; i++) {
        double x = (double)i / 7 - 100;
        buffer_printf(&csv, "%.17g\n", x);
        buffer_printf(&body, "%s[%.17g]", i ? "," : "", x);
    }
    buffer_append_string(&body, "]}");
    char *dataset = loopback_upload(&loopback, csv.bytes);
    struct answer predicted =
        loopback_json(&loopback, "POST /v1/models/m/predict", body.bytes);
    struct answer scored = score("application/x-ndjson", dataset, "");
    ck_assert_int_eq(scored.status, 200);
    /* {"predictions":[{…},{…}]}: its objects are lines. */
    const char *from = strchr(predicted.body, '[') + 1;
    buffer_append(&expected, from, strlen(from) - 2);
    for (char *at = expected.bytes; (at = strstr(at, "},{")); at++)
        at[1] = '\n';
    buffer_append_byte(&expected, '\n');
    ck_assert_str_eq(scored.body, expected.bytes);
    answer_free(&predicted);
    answer_free(&scored);
    buffer_free(&csv);
    buffer_free(&body);
    buffer_free(&expected);
    free(dataset);
}
END_TEST

START_TEST(an_offset_is_added_on_request)
{
    train_half();
    char *dataset = loopback_upload(&loopback, ROWS);
    must_score(NULL, dataset,
               ",\"offset\":\"n\",\"output\":[\"log_odds\"],"
               "\"on_error\":\"row\"",
               "text/csv", "log_odds,error\n1,\n,missing_value\n");
    must_refuse(NULL, dataset, ",\"offset\":\"id\"", "/offset", "not_a_number");
    must_refuse(NULL, dataset, ",\"offset\":\"none\"", "/offset", "unknown_column");
    free(dataset);
}
END_TEST

START_TEST(bad_rows_fail_or_answer_for_themselves)
{
    train_half();
    char *bad = loopback_upload(&loopback, "x,n\n0.5,1\n,2\n");
    struct answer answer = score(NULL, bad, "");
    ck_assert_int_eq(answer.status, 422);
    ck_assert_str_eq(answer_string(&answer, "errors/0/column"), "x");
    ck_assert(answer_number(&answer, "errors/0/row") == 2);
    answer_free(&answer);
    must_score(
        "application/x-ndjson", bad, ",\"on_error\":\"row\",\"output\":[\"log_odds\"]",
        "application/x-ndjson",
        "{\"log_odds\":0,\"tie\":true}\n"
        "{\"error\":{\"code\":\"missing_value\",\"detail\":\"the value is missing "
        "and the model does not know what to do without it\",\"column\":\"x\"}}\n");
    must_score(NULL, bad, ",\"on_error\":\"row\",\"columns\":[\"n\"]", "text/csv",
               "n,label,probability[0],probability[1],log_odds,error\n1,1,0.5,0.5,0,\n"
               "2,,,,,missing_value\n");
    free(bad);
}
END_TEST

START_TEST(what_is_wrong_with_a_request_is_told)
{
    train_half();
    char *dataset = loopback_upload(&loopback, "x,label,z\n0.5,1,2\n");
    must_refuse(NULL, "ds_none", "", "/dataset", "not_found");
    must_refuse(NULL, dataset, ",\"columns\":[\"label\"]", "/columns/0", "invalid");
    must_score(NULL, dataset, ",\"columns\":[\"label\"],\"output\":[\"log_odds\"]",
               "text/csv", "label,log_odds\n1,0\n");
    must_refuse(NULL, dataset, ",\"columns\":[\"q\"]", "/columns/0", "unknown_column");
    must_refuse(NULL, dataset, ",\"columns\":[\"z\",\"z\"]", "/columns/1",
                "duplicate_column");
    must_refuse(NULL, dataset, ",\"columns\":\"z\"", "/columns", "invalid_type");
    must_refuse(NULL, dataset, ",\"output\":[\"logits\"]", "/output/0", "unsupported");
    must_refuse(NULL, dataset, ",\"threshold\":2", "/threshold", "out_of_range");
    must_refuse(NULL, dataset, ",\"rows\":[]", "/rows", "unknown_field");
    free(dataset);
    dataset = loopback_upload(&loopback, "z\n1\n");
    must_refuse(NULL, dataset, "", "/dataset", "unknown_column");
    struct answer answer = score("image/png", dataset, "");
    ck_assert_int_eq(answer.status, 406);
    ck_assert_str_eq(answer_string(&answer, "code"), "not_acceptable");
    answer_free(&answer);
    static const struct {
        const char *body;
        int status;
    } bodies[] = {
        {"{}", 422}, {"[]", 422}, {"{", 400}, {"{\"output\":1,\"output\":1}", 400}};
    for (size_t i = 0; i < 4; i++) {
        answer = loopback_json(&loopback, "POST /v1/models/m/score", bodies[i].body);
        ck_assert_msg(answer.status == bodies[i].status, "%s", answer.body);
        answer_free(&answer);
    }
    free(dataset);
}
END_TEST

/* No file may be longer than this; libcheck gives every test a process of its own. */
static void limit_files(rlim_t n_bytes)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = n_bytes < limit.rlim_max ? n_bytes : limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_full_disk_is_told_in_place_of_scores)
{
    train_half();
    char *dataset = loopback_upload(&loopback, ROWS);
    limit_files(64);
    struct answer answer = score(NULL, dataset, "");
    ck_assert_int_eq(answer.status, 507);
    ck_assert_str_eq(answer_string(&answer, "code"), "no_space");
    answer_free(&answer);
    limit_files(RLIM_INFINITY);
    must_score(NULL, dataset, ",\"output\":[\"label\"]", "text/csv", "label\n1\n1\n");
    free(dataset);
}
END_TEST

static size_t count_descriptors(void)
{
    size_t n = 0;
    DIR *open = opendir("/proc/self/fd");
    while (readdir(open))
        n++;
    closedir(open);
    return n;
}

/* A short one still ends in a drain's time, a long one must not hold it. */
START_TEST(a_drain_stops_scoring_when_its_time_is_over)
{
    train_half();
    char *dataset = loopback_upload(&loopback, ROWS);
    service_drain(loopback.service);
    must_score(NULL, dataset, ",\"output\":[\"label\"]", "text/csv", "label\n1\n1\n");
    atomic_store(&loopback.service->work_ends_at, 0);
    size_t n_descriptors = count_descriptors();
    struct answer answer = score(NULL, dataset, "");
    ck_assert_msg(answer.status == 503, "%s", answer.body);
    ck_assert_str_eq(answer_string(&answer, "code"), "busy");
    ck_assert_ptr_nonnull(answer_header(&answer, "Retry-After"));
    answer_free(&answer);
    ck_assert_uint_eq(count_descriptors(), n_descriptors);
    ck_assert_uint_eq(budget_used(&loopback.service->budget), 0);
    free(dataset);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    train_half();
    char *dataset = loopback_upload(&loopback, ROWS);
    static const char *const accepts[] = {"text/csv", "application/x-ndjson",
                                          "application/x-npy"};
    for (size_t i = 0; i < 3; i++)
        for (long n = 0, status = 0; status != 200; n++) {
            memory_fail_after(n);
            struct answer answer = score(accepts[i], dataset, ",\"columns\":[\"n\"]");
            memory_fail_after(-1);
            status = answer.status;
            ck_assert_msg(status == 200 || status == 503, "%ld: %s", n, answer.body);
            answer_free(&answer);
            ck_assert_uint_eq(budget_used(&loopback.service->budget), 0);
        }
    free(dataset);
}
END_TEST

TCase *handle_score_test(void)
{
    TCase *tests = tcase_create("handle_score");
    tcase_add_checked_fixture(tests, loopback_fixture_setup, loopback_fixture_teardown);
    tcase_add_test(tests, scores_come_as_csv);
    tcase_add_test(tests, scores_come_as_objects);
    tcase_add_test(tests, scores_come_as_an_array_of_numbers);
    tcase_add_test(tests, only_the_rows_that_are_meant_are_scored);
    tcase_add_test(tests, versions_and_aliases_score_too);
    tcase_add_test(tests, scores_have_the_bits_of_predictions);
    tcase_add_test(tests, an_offset_is_added_on_request);
    tcase_add_test(tests, bad_rows_fail_or_answer_for_themselves);
    tcase_add_test(tests, what_is_wrong_with_a_request_is_told);
    tcase_add_test(tests, a_full_disk_is_told_in_place_of_scores);
    tcase_add_test(tests, a_drain_stops_scoring_when_its_time_is_over);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
