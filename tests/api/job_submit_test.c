#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/job_calls.h"

#define JSON "Content-Type: application/json"

static struct loopback loopback;

static void setup(void)
{
    loopback_open_paused(&loopback);
}

static void teardown(void)
{
    loopback_close(&loopback);
}

static const char table[] =
    "y,x,s\n0,0,a\n0,0,b\n0,0,a\n1,0,b\n1,1,a\n1,1,b\n1,1,a\n0,1,b\n";
START_TEST(what_the_data_does_not_have_is_refused_at_once)
{
    char *dataset = loopback_upload(&loopback, table);
    struct answer answer = job_calls_post_on(
        &loopback, JSON, dataset,
        ",\"weights\":\"w\",\"columns\":{\"zz\":{\"type\":\"numeric\"}},\"bogus\":true");
    ck_assert_int_eq(answer.status, 422);
    ck_assert(answer_has_error(&answer, "/weights", "unknown_column"));
    ck_assert(answer_has_error(&answer, "/columns/zz", "unknown_column"));
    ck_assert(answer_has_error(&answer, "/bogus", "unknown_field"));
    answer_free(&answer);
    answer = loopback_call(&loopback, "GET /v1/jobs", NULL, NULL);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), 0);
    answer_free(&answer);
    free(dataset);
}
END_TEST

static const struct {
    const char *more, *pointer, *code;
} bad_columns[] = {
    {",\"validation\":{\"column\":\"zz\",\"level\":1}", "/validation/column",
     "unknown_column"},
    {",\"validation\":{\"column\":\"s\",\"level\":\"c\"}", "/validation/level",
     "unknown_level"},
    {",\"validation\":{\"column\":\"x\",\"level\":[1,2]}", "/validation/level/1",
     "unknown_level"},
    {",\"validation\":{\"column\":\"x\",\"level\":[1,0]}", "/validation/level",
     "no_rows"},
    {",\"validation\":{\"column\":\"x\",\"level\":1,\"train\":2}", "/validation/train",
     "unknown_level"},
    {",\"cross_validation\":{\"column\":\"zz\"}", "/cross_validation/column",
     "unknown_column"},
    {",\"cross_validation\":{\"column\":\"one\"}", "/cross_validation/column",
     "out_of_range"},
};

static void check_refused(struct answer *answer, const char *pointer, const char *code)
{
    ck_assert_msg(answer->status == 422, "%s", answer->body);
    ck_assert_msg(answer_has_error(answer, pointer, code), "%s", answer->body);
    answer_free(answer);
}

/* Of a dataset, and of rows that come with the job. */
START_TEST(columns_that_cannot_divide_the_rows_are_refused_at_once)
{
    char body[640];
    char *dataset = loopback_upload(&loopback, "y,x,s,one\n0,0,a,7\n1,1,b,7\n0,1,a,7\n");
    struct answer answer =
        job_calls_post_on(&loopback, JSON, dataset, bad_columns[_i].more);
    check_refused(&answer, bad_columns[_i].pointer, bad_columns[_i].code);
    free(dataset);
    snprintf(body, sizeof(body),
             "{\"model\":\"m\",\"target\":\"y\",\"data\":{\"columns\":[\"y\",\"x\","
             "\"s\",\"one\"],\"rows\":[[0,0,\"a\",7],[1,1,\"b\",7],[0,1,\"a\",7]]}%s}",
             bad_columns[_i].more);
    answer = job_calls_post(&loopback, JSON, body);
    check_refused(&answer, bad_columns[_i].pointer, bad_columns[_i].code);
}
END_TEST

START_TEST(an_unknown_dataset_is_refused)
{
    struct answer answer = job_calls_post_on(&loopback, JSON, "ds_00", "");
    ck_assert_int_eq(answer.status, 422);
    ck_assert(answer_has_error(&answer, "/dataset", "not_found"));
    answer_free(&answer);
}
END_TEST

static const struct {
    const char *data, *pointer, *code;
} bad_data[] = {
    {"{\"columns\":[\"y\"]}", "/data/rows", "missing_field"},
    {"{\"rows\":[[1]]}", "/data/columns", "missing_field"},
    {"{\"columns\":[\"y\"],\"rows\":[[1]],\"more\":1}", "/data/more", "unknown_field"},
    {"{\"columns\":\"y\",\"rows\":[[1]]}", "/data/columns", "invalid_type"},
    {"{\"columns\":[\"y\",1],\"rows\":[[1]]}", "/data/columns/1", "invalid_type"},
    {"{\"columns\":[\"y\",\"y\"],\"rows\":[[1,2]]}", "/data/columns/1",
     "duplicate_column"},
    {"{\"columns\":[\"y\",\"\"],\"rows\":[[1,2]]}", "/data/columns/1", "bad_column_name"},
    {"{\"columns\":[\"a\\u0000\"],\"rows\":[[1]]}", "/data/columns/0", "bad_column_name"},
    {"{\"columns\":[\"y\"],\"rows\":[]}", "/data/rows", "no_rows"},
    {"{\"columns\":[\"y\"],\"rows\":{}}", "/data/rows", "invalid_type"},
    {"{\"columns\":[\"y\"],\"rows\":[[1],[1,2]]}", "/data/rows/1", "ragged_row"},
    {"{\"columns\":[\"y\"],\"rows\":[[1],[]]}", "/data/rows/1", "ragged_row"},
    {"{\"columns\":[\"y\"],\"rows\":[[1],7]}", "/data/rows/1", "invalid_type"},
    {"{\"columns\":[\"y\"],\"rows\":[[1],[[]]]}", "/data/rows/1/0", "invalid_type"},
    {"{\"columns\":[\"y\"],\"rows\":[[1],[1e309]]}", "/data/rows/1/0", "non_finite"},
    {"{\"rows\":[[1],[2]],\"columns\":[\"y\",\"z\"]}", "/data/columns", "ragged_row"},
    {"{\"rows\":[[1,2]],\"columns\":[\"y\",\"y\"]}", "/data/columns/1",
     "duplicate_column"},
    {"{\"columns\":[\"y\"],\"rows\":[[{}],[0]]}", "/data/rows/0/0", "invalid_type"},
    {"{\"columns\":[\"y\"],\"rows\":[[\"\\u0000\"]]}", "/data/rows/0/0", "invalid"},
};

START_TEST(bad_inline_rows_are_told_at_their_pointers)
{
    char body[512];
    snprintf(body, sizeof(body), "{\"model\":\"m\",\"target\":\"y\",\"data\":%s}",
             bad_data[_i].data);
    struct answer answer = job_calls_post(&loopback, JSON, body);
    ck_assert_msg(answer.status == 422, "%s: %s", body, answer.body);
    ck_assert_msg(answer_has_error(&answer, bad_data[_i].pointer, bad_data[_i].code),
                  "%s: %s", body, answer.body);
    answer_free(&answer);
}
END_TEST

START_TEST(all_bad_cells_are_told_at_once)
{
    struct answer answer = job_calls_post(
        &loopback, JSON,
        "{\"model\":\"m\",\"target\":\"y\",\"data\":{\"rows\":[[{},1],[0,[]],"
        "[1]],\"columns\":[\"y\",\"x\"]},\"seed\":\"a\"}");
    ck_assert_int_eq(answer.status, 422);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "errors")), 4);
    ck_assert(answer_has_error(&answer, "/data/rows/0/0", "invalid_type"));
    ck_assert(answer_has_error(&answer, "/data/rows/1/1", "invalid_type"));
    ck_assert(answer_has_error(&answer, "/data/rows/2", "ragged_row"));
    ck_assert(answer_has_error(&answer, "/seed", "invalid_type"));
    answer_free(&answer);
}
END_TEST

static const struct {
    const char *body, *code;
    int status;
} malformed[] = {
    {"", "bad_json", 400},
    {"{\"model\":", "bad_json", 400},
    {"{\"model\":\"m\",\"model\":\"m\"}", "duplicate_key", 400},
    {"{\"data\":{},\"data\":{}}", "duplicate_key", 400},
    {"{\"data\":{\"rows\":[],\"rows\":[]}}", "duplicate_key", 400},
    {"{\"model\":NaN}", "bad_json", 400},
    {"[]", "invalid_type", 422},
    {"{\"model\":\"\xff\"}", "bad_utf8", 400},
};

START_TEST(malformed_bodies_are_refused)
{
    struct answer answer = job_calls_post(&loopback, JSON, malformed[_i].body);
    ck_assert_msg(answer.status == malformed[_i].status, "%s: %s", malformed[_i].body,
                  answer.body);
    ck_assert_str_eq(answer_string(&answer, "code"), malformed[_i].code);
    answer_free(&answer);
}
END_TEST

START_TEST(other_types_of_body_are_415)
{
    struct answer answer = job_calls_post(
        &loopback, "Content-Type: application/x-www-form-urlencoded", job_calls_inline);
    ck_assert_int_eq(answer.status, 415);
    answer_free(&answer);
}
END_TEST

START_TEST(the_same_key_makes_one_job)
{
    static const char headers[] = JSON "\nIdempotency-Key: k1";
    struct answer first = job_calls_post(&loopback, headers, job_calls_inline);
    struct answer second = job_calls_post(&loopback, headers, job_calls_inline);
    ck_assert_int_eq(first.status, 202);
    ck_assert_int_eq(second.status, 202);
    ck_assert_str_eq(first.body, second.body);
    ck_assert_str_eq(answer_header(&first, "Location"),
                     answer_header(&second, "Location"));
    loopback_restart_paused(&loopback);
    struct answer third = job_calls_post(&loopback, headers, job_calls_inline);
    ck_assert_str_eq(first.body, third.body);
    struct answer list = loopback_call(&loopback, "GET /v1/jobs", NULL, NULL);
    ck_assert_uint_eq(json_array_size(answer_at(&list, "data")), 1);
    answer_free(&first);
    answer_free(&second);
    answer_free(&third);
    answer_free(&list);
}
END_TEST

/* The first answer, whatever has become of the job. */
START_TEST(the_same_key_is_answered_when_the_job_is_gone)
{
    static const char plain[] = JSON "\nIdempotency-Key: k1";
    static const char waits[] = JSON "\nIdempotency-Key: k1\nPrefer: wait=20";
    char target[128];
    struct answer first = job_calls_post(&loopback, plain, job_calls_inline);
    loopback_start(&loopback);
    struct answer ended = job_calls_post(&loopback, waits, job_calls_inline);
    ck_assert_int_eq(ended.status, 200);
    snprintf(target, sizeof(target), "DELETE /v1/jobs/%s", answer_string(&first, "id"));
    struct answer deleted = loopback_call(&loopback, target, NULL, NULL);
    ck_assert_int_eq(deleted.status, 204);
    struct answer again = job_calls_post(&loopback, plain, job_calls_inline);
    struct answer waited = job_calls_post(&loopback, waits, job_calls_inline);
    ck_assert_int_eq(again.status, 202);
    ck_assert_str_eq(again.body, first.body);
    ck_assert_int_eq(waited.status, 202);
    ck_assert_str_eq(waited.body, first.body);
    ck_assert_str_eq(answer_header(&waited, "Location"),
                     answer_header(&first, "Location"));
    answer_free(&first);
    answer_free(&ended);
    answer_free(&deleted);
    answer_free(&again);
    answer_free(&waited);
}
END_TEST

START_TEST(the_same_key_with_another_body_is_refused)
{
    static const char headers[] = JSON "\nIdempotency-Key: k1";
    struct answer first = job_calls_post(&loopback, headers, job_calls_inline);
    struct answer second = job_calls_post(&loopback, headers, "{\"model\":\"m\"}");
    ck_assert_int_eq(second.status, 422);
    answer_free(&first);
    answer_free(&second);
}
END_TEST

START_TEST(a_key_belongs_to_its_caller)
{
    static const char headers[] = JSON "\nIdempotency-Key: k1";
    loopback.principal.name = "ann";
    struct answer first = job_calls_post(&loopback, headers, job_calls_inline);
    loopback.principal.name = "bob";
    struct answer second = job_calls_post(&loopback, headers, job_calls_inline);
    ck_assert_str_ne(answer_string(&first, "id"), answer_string(&second, "id"));
    answer_free(&first);
    answer_free(&second);
}
END_TEST

START_TEST(a_refused_request_leaves_its_key_free)
{
    static const char headers[] = JSON "\nIdempotency-Key: k1";
    struct answer first = job_calls_post(&loopback, headers, "{\"model\":\"m\"}");
    struct answer second = job_calls_post(&loopback, headers, job_calls_inline);
    ck_assert_int_eq(first.status, 422);
    ck_assert_int_eq(second.status, 202);
    answer_free(&first);
    answer_free(&second);
}
END_TEST

START_TEST(an_empty_or_endless_key_is_refused)
{
    char headers[400] = JSON "\nIdempotency-Key: ";
    struct answer answer = job_calls_post(&loopback, headers, job_calls_inline);
    ck_assert_int_eq(answer.status, 400);
    ck_assert_str_eq(answer_string(&answer, "errors/0/header"), "Idempotency-Key");
    answer_free(&answer);
    memset(headers + strlen(headers), 'k', 256);
    answer = job_calls_post(&loopback, headers, job_calls_inline);
    ck_assert_int_eq(answer.status, 400);
    answer_free(&answer);
}
END_TEST

#define N_CALLERS 16
static void *post_with_key(void *context)
{
    struct answer *answer = context;
    *answer = job_calls_post(&loopback, JSON "\nIdempotency-Key: same", job_calls_inline);
    return NULL;
}

START_TEST(the_same_key_at_the_same_time_makes_one_job)
{
    pthread_t threads[N_CALLERS];
    struct answer answers[N_CALLERS];
    for (size_t i = 0; i < N_CALLERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, post_with_key, &answers[i]),
                         0);
    for (size_t i = 0; i < N_CALLERS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < N_CALLERS; i++) {
        ck_assert_msg(answers[i].status == 202, "%s", answers[i].body);
        ck_assert_str_eq(answers[i].body, answers[0].body);
    }
    for (size_t i = 0; i < N_CALLERS; i++)
        answer_free(&answers[i]);
    struct answer list = loopback_call(&loopback, "GET /v1/jobs", NULL, NULL);
    ck_assert_uint_eq(json_array_size(answer_at(&list, "data")), 1);
    answer_free(&list);
}
END_TEST

START_TEST(a_caller_has_as_many_live_jobs_as_its_key_allows)
{
    loopback.principal = (struct principal){.name = "ann", .scopes = 7, .n_jobs_most = 2};
    struct answer first = job_calls_post(&loopback, JSON, job_calls_inline);
    struct answer second = job_calls_post(&loopback, JSON, job_calls_inline);
    struct answer third = job_calls_post(&loopback, JSON, job_calls_inline);
    ck_assert_int_eq(second.status, 202);
    ck_assert_int_eq(third.status, 429);
    ck_assert_str_eq(answer_string(&third, "code"), "too_many_jobs");
    ck_assert_ptr_nonnull(answer_header(&third, "Retry-After"));
    loopback.principal.name = "bob";
    struct answer other = job_calls_post(&loopback, JSON, job_calls_inline);
    ck_assert_int_eq(other.status, 202);
    loopback.principal.name = "ann";
    struct answer cancelled =
        job_calls_on(&loopback, "POST", answer_string(&first, "id"), "/cancel");
    struct answer again = job_calls_post(&loopback, JSON, job_calls_inline);
    ck_assert_int_eq(again.status, 202);
    answer_free(&first);
    answer_free(&second);
    answer_free(&third);
    answer_free(&other);
    answer_free(&cancelled);
    answer_free(&again);
}
END_TEST

START_TEST(a_full_queue_is_503)
{
    int status = 202;
    for (int i = 0; status == 202; i++) {
        ck_assert_int_lt(i, 1100);
        struct answer answer = job_calls_post(&loopback, JSON, job_calls_inline);
        status = answer.status;
        if (status != 202) {
            ck_assert_str_eq(answer_string(&answer, "code"), "queue_full");
            ck_assert_ptr_nonnull(answer_header(&answer, "Retry-After"));
        }
        answer_free(&answer);
    }
    ck_assert_int_eq(status, 503);
}
END_TEST

START_TEST(submitting_survives_every_failed_allocation)
{
    int status = 503;
    for (long n = 0; status != 202; n++) {
        ck_assert_int_lt(n, 3000);
        memory_fail_after(n);
        struct answer answer =
            job_calls_post(&loopback, JSON "\nIdempotency-Key: k", job_calls_inline);
        memory_fail_after(-1);
        status = answer.status;
        ck_assert_msg(status == 202 || status == 503, "%ld: %d %s", n, status,
                      answer.body);
        answer_free(&answer);
    }
    struct answer list = loopback_call(&loopback, "GET /v1/jobs", NULL, NULL);
    ck_assert_uint_eq(json_array_size(answer_at(&list, "data")), 1);
    answer_free(&list);
}
END_TEST

TCase *job_submit_test(void)
{
    TCase *tcase = tcase_create("job_submit");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_the_data_does_not_have_is_refused_at_once);
    tcase_add_loop_test(tcase, columns_that_cannot_divide_the_rows_are_refused_at_once, 0,
                        sizeof(bad_columns) / sizeof(*bad_columns));
    tcase_add_test(tcase, an_unknown_dataset_is_refused);
    tcase_add_loop_test(tcase, bad_inline_rows_are_told_at_their_pointers, 0,
                        sizeof(bad_data) / sizeof(*bad_data));
    tcase_add_test(tcase, all_bad_cells_are_told_at_once);
    tcase_add_loop_test(tcase, malformed_bodies_are_refused, 0,
                        sizeof(malformed) / sizeof(*malformed));
    tcase_add_test(tcase, other_types_of_body_are_415);
    tcase_add_test(tcase, the_same_key_makes_one_job);
    tcase_add_test(tcase, the_same_key_is_answered_when_the_job_is_gone);
    tcase_add_test(tcase, the_same_key_with_another_body_is_refused);
    tcase_add_test(tcase, a_key_belongs_to_its_caller);
    tcase_add_test(tcase, a_refused_request_leaves_its_key_free);
    tcase_add_test(tcase, an_empty_or_endless_key_is_refused);
    tcase_add_test(tcase, the_same_key_at_the_same_time_makes_one_job);
    tcase_add_test(tcase, a_caller_has_as_many_live_jobs_as_its_key_allows);
    tcase_add_test(tcase, a_full_queue_is_503);
    tcase_add_test(tcase, submitting_survives_every_failed_allocation);
    return tcase;
}
