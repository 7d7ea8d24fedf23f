#include <pthread.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/job_calls.h"
#include "tests/support/suite.h"

#define BODY "{\"classes\":[0,1],\"features\":[\"x\"],\"coef\":[[2]],\"intercept\":[-1]}"

static struct loopback loopback;

static void setup(void)
{
    loopback_open(&loopback);
}

static void teardown(void)
{
    memory_fail_after(-1);
    loopback_close(&loopback);
}

static struct answer import(const char *model, const char *body)
{
    char target[128];
    snprintf(target, sizeof(target), "POST /v1/models/%s/versions", model);
    return loopback_json(&loopback, target, body);
}

static struct answer get(const char *target)
{
    return loopback_call(&loopback, target, NULL, NULL);
}

START_TEST(an_import_is_the_next_version_and_answers_at_once)
{
    for (int version = 1; version <= 2; version++) {
        struct answer answer = import("m", BODY);
        ck_assert_msg(answer.status == 201, "%s", answer.body);
        ck_assert_int_eq((int)answer_number(&answer, "version"), version);
        ck_assert_str_eq(answer_string(&answer, "fit/stop_reason"), "imported");
        ck_assert(json_is_null(answer_at(&answer, "fit/n_rows")));
        ck_assert(json_is_null(answer_at(&answer, "fit/converged")));
        if (version == 2)
            ck_assert_str_eq(answer_header(&answer, "Location"),
                             "/v1/models/m/versions/2");
        answer_free(&answer);
    }
    loopback_restart(&loopback);
    struct answer answer =
        loopback_json(&loopback, "POST /v1/models/m/predict", "{\"rows\":[[3]]}");
    ck_assert(answer_number(&answer, "predictions/0/log_odds") == 5);
    answer_free(&answer);
}
END_TEST

/* The same version in everything but where it is and since when. */
START_TEST(a_fit_exports_and_imports_as_it_is)
{
    struct answer job = job_calls_post(
        &loopback, "Content-Type: application/json\nPrefer: wait=30", job_calls_inline);
    ck_assert_int_eq(job.status, 200);
    struct answer answer = get("GET /v1/models/m/versions/1?include=state,covariance");
    ck_assert_int_eq(answer.status, 200);
    struct answer copy = import("copy", answer.body);
    ck_assert_msg(copy.status == 201, "%s", copy.body);
    answer_free(&copy);
    copy = get("GET /v1/models/copy/versions/1?include=state,covariance");
    json_object_del(answer.json, "created_at");
    json_object_del(copy.json, "created_at");
    json_object_set_new(copy.json, "model", json_string("m"));
    json_object_set_new(copy.json, "name", json_string("m"));
    ck_assert(json_equal(answer.json, copy.json));
    answer_free(&job);
    answer_free(&answer);
    answer_free(&copy);
}
END_TEST

START_TEST(what_is_refused_makes_no_version)
{
    static const struct {
        const char *model, *body;
        int status;
    } refused[] = {{".m", BODY, 422},
                   {"m", "{}", 422},
                   {"m", "{", 400},
                   {"m", "{\"coef\":1,\"coef\":1}", 400}};
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        struct answer answer = import(refused[i].model, refused[i].body);
        ck_assert_msg(answer.status == refused[i].status, "%s", answer.body);
        answer_free(&answer);
    }
    struct answer answer = loopback_call(&loopback, "POST /v1/models/m/versions",
                                         "Content-Type: text/csv", BODY);
    ck_assert_int_eq(answer.status, 415);
    answer_free(&answer);
    answer = get("GET /v1/models/m");
    ck_assert_int_eq(answer.status, 404);
    answer_free(&answer);
}
END_TEST

#define KEY "Content-Type: application/json\nIdempotency-Key: k"

static struct answer import_once(const char *body)
{
    return loopback_call(&loopback, "POST /v1/models/m/versions", KEY, body);
}

static void expect_versions(size_t n)
{
    struct answer answer = get("GET /v1/models/m/versions");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), n);
    answer_free(&answer);
}

START_TEST(a_key_makes_one_version)
{
    struct answer first = import_once(BODY);
    ck_assert_msg(first.status == 201, "%s", first.body);
    for (int i = 0; i < 2; i++) {
        struct answer answer = import_once(BODY);
        ck_assert_int_eq(answer.status, 201);
        ck_assert_str_eq(answer.body, first.body);
        ck_assert_str_eq(answer_header(&answer, "Location"), "/v1/models/m/versions/1");
        answer_free(&answer);
        loopback_restart(&loopback);
    }
    answer_free(&first);
    expect_versions(1);
    struct answer answer = import_once("{\"classes\":[0,1],\"features\":[\"x\"],"
                                       "\"coef\":[[2]],\"intercept\":[-2]}");
    ck_assert_int_eq(answer.status, 422);
    answer_free(&answer);
    answer = loopback_call(&loopback, "POST /v1/models/m/versions",
                           "Content-Type: application/json\nIdempotency-Key: ", BODY);
    ck_assert_int_eq(answer.status, 400);
    answer_free(&answer);
    expect_versions(1);
}
END_TEST

START_TEST(a_key_does_not_make_again_what_was_deleted)
{
    struct answer answer = import_once(BODY);
    answer_free(&answer);
    answer = import("m", BODY);
    answer_free(&answer);
    answer = get("DELETE /v1/models/m/versions/1");
    ck_assert_int_eq(answer.status, 204);
    answer_free(&answer);
    answer = import_once(BODY);
    ck_assert_msg(answer.status == 404, "%s", answer.body);
    answer_free(&answer);
    expect_versions(1);
}
END_TEST

START_TEST(a_refused_import_does_not_use_up_its_key)
{
    struct answer answer = import_once("{}");
    ck_assert_int_eq(answer.status, 422);
    answer_free(&answer);
    answer = import_once(BODY);
    ck_assert_int_eq(answer.status, 201);
    answer_free(&answer);
}
END_TEST

static void *import_in_a_race(void *context)
{
    int *version = context;
    struct answer answer = import_once(BODY);
    *version = answer.status == 201 ? (int)answer_number(&answer, "version") : 0;
    answer_free(&answer);
    return NULL;
}

START_TEST(a_key_that_comes_often_at_once_makes_one_version)
{
    enum { N = 16 };
    pthread_t threads[N];
    int versions[N];
    for (size_t i = 0; i < N; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, import_in_a_race, &versions[i]), 0);
    for (size_t i = 0; i < N; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(versions[i], 1);
    }
    expect_versions(1);
}
END_TEST

/* Without a key, and with one, which also makes one version alone. */
START_TEST(importing_survives_every_failed_allocation)
{
    int status = 503;
    for (long n = 0; status != 201; n++) {
        ck_assert_int_lt(n, 500);
        memory_fail_after(n);
        struct answer answer = _i == 1 ? import_once(BODY) : import("m", BODY);
        memory_fail_after(-1);
        status = answer.status;
        ck_assert_msg(status == 201 || status == 503, "%d %s", status, answer.body);
        answer_free(&answer);
    }
    if (_i == 1)
        expect_versions(1);
}
END_TEST

TCase *handle_import_test(void)
{
    TCase *tcase = tcase_create("handle_import");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_import_is_the_next_version_and_answers_at_once);
    tcase_add_test(tcase, a_fit_exports_and_imports_as_it_is);
    tcase_add_test(tcase, what_is_refused_makes_no_version);
    tcase_add_test(tcase, a_key_makes_one_version);
    tcase_add_test(tcase, a_key_does_not_make_again_what_was_deleted);
    tcase_add_test(tcase, a_refused_import_does_not_use_up_its_key);
    tcase_add_test(tcase, a_key_that_comes_often_at_once_makes_one_version);
    tcase_add_loop_test(tcase, importing_survives_every_failed_allocation, 0, 2);
    return tcase;
}
