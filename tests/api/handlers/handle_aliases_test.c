#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/loopback.h"

#define JSON "Content-Type: application/json"

static struct loopback loopback;

/* One model with three versions. */
static void setup(void)
{
    loopback_open(&loopback);
    for (int i = 0; i < 3; i++) {
        struct answer answer = loopback_call(
            &loopback, "POST /v1/jobs", JSON "\nPrefer: wait=30",
            "{\"model\":\"m\",\"target\":\"y\",\"data\":{\"columns\":[\"y\",\"x\"],"
            "\"rows\":[[0,0],[0,0],[0,0],[1,0],[1,1],[1,1],[1,1],[0,1]]}}");
        ck_assert_str_eq(answer_string(&answer, "state"), "succeeded");
        answer_free(&answer);
    }
}

static void teardown(void)
{
    loopback_close(&loopback);
}

static struct answer call(const char *method, const char *alias, const char *headers,
                          const char *body)
{
    char target[512];
    snprintf(target, sizeof(target), "%s /v1/models/m/aliases/%s", method, alias);
    return loopback_call(&loopback, target, headers, body);
}

static struct answer put(const char *alias, const char *more_headers, unsigned version)
{
    char headers[256], body[64];
    snprintf(headers, sizeof(headers), JSON "%s", more_headers);
    snprintf(body, sizeof(body), "{\"version\":%u}", version);
    return call("PUT", alias, headers, body);
}

/* The answer's status; its ETag, where there is one, in `tag`. */
static int status_of(struct answer answer, char tag[64])
{
    int status = answer.status;
    const char *found = answer_header(&answer, "ETag");
    if (tag && found)
        snprintf(tag, 64, "%s", found);
    answer_free(&answer);
    return status;
}

static int put_if(const char *header, const char *value, unsigned version)
{
    char line[256];
    snprintf(line, sizeof(line), "\n%s: %s", header, value);
    return status_of(put("prod", line, version), NULL);
}

static void expect_version(const char *alias, double version)
{
    struct answer answer = call("GET", alias, NULL, NULL);
    ck_assert_int_eq(answer.status, 200);
    ck_assert(answer_number(&answer, "version") == version);
    answer_free(&answer);
}

START_TEST(an_alias_is_created_shown_moved_and_deleted)
{
    char created[64], shown[64], moved[64];
    struct answer answer = put("prod", "", 1);
    ck_assert_int_eq(answer.status, 201);
    ck_assert_str_eq(answer.body, "{\"model\":\"m\",\"alias\":\"prod\",\"version\":1}");
    ck_assert_str_eq(answer_header(&answer, "Location"), "/v1/models/m/aliases/prod");
    ck_assert_int_eq(status_of(answer, created), 201);
    answer = call("GET", "prod", NULL, NULL);
    ck_assert_str_eq(answer.body, "{\"model\":\"m\",\"alias\":\"prod\",\"version\":1}");
    ck_assert_int_eq(status_of(answer, shown), 200);
    ck_assert_str_eq(created, shown);
    answer = put("prod", "", 3);
    ck_assert_ptr_null(answer_header(&answer, "Location"));
    ck_assert_int_eq(status_of(answer, moved), 200);
    ck_assert_str_ne(moved, shown);
    expect_version("prod", 3);
    ck_assert_int_eq(status_of(call("DELETE", "prod", NULL, NULL), NULL), 204);
    ck_assert_int_eq(status_of(call("GET", "prod", NULL, NULL), NULL), 404);
    ck_assert_int_eq(status_of(call("DELETE", "prod", NULL, NULL), NULL), 404);
}
END_TEST

START_TEST(an_alias_and_its_tag_survive_a_restart)
{
    char before[64], after[64];
    ck_assert_int_eq(status_of(put("prod", "", 2), before), 201);
    loopback_restart(&loopback);
    ck_assert_int_eq(status_of(call("GET", "prod", NULL, NULL), after), 200);
    ck_assert_str_eq(before, after);
    expect_version("prod", 2);
}
END_TEST

START_TEST(if_match_guards_against_moving_what_has_moved)
{
    char old[64], new[64];
    ck_assert_int_eq(put_if("If-Match", "*", 1), 412);
    ck_assert_int_eq(put_if("If-Match", "\"1\"", 1), 412);
    ck_assert_int_eq(status_of(put("prod", "", 1), old), 201);
    ck_assert_int_eq(put_if("If-Match", old, 2), 200);
    ck_assert_int_eq(put_if("If-Match", old, 3), 412);
    expect_version("prod", 2);
    ck_assert_int_eq(status_of(call("GET", "prod", NULL, NULL), new), 200);
    ck_assert_int_eq(put_if("If-Match", new, 3), 200);
    ck_assert_int_eq(put_if("If-Match", "*", 1), 200);
    expect_version("prod", 1);
}
END_TEST

START_TEST(if_none_match_creates_only)
{
    ck_assert_int_eq(put_if("If-None-Match", "*", 1), 201);
    ck_assert_int_eq(put_if("If-None-Match", "*", 2), 412);
    expect_version("prod", 1);
}
END_TEST

START_TEST(if_match_guards_deleting)
{
    char old[64], new[64], line[128];
    ck_assert_int_eq(status_of(call("DELETE", "prod", "If-Match: *", NULL), NULL), 412);
    ck_assert_int_eq(status_of(put("prod", "", 1), old), 201);
    ck_assert_int_eq(status_of(put("prod", "", 2), new), 200);
    snprintf(line, sizeof(line), "If-Match: %s", old);
    ck_assert_int_eq(status_of(call("DELETE", "prod", line, NULL), NULL), 412);
    snprintf(line, sizeof(line), "If-Match: %s", new);
    ck_assert_int_eq(status_of(call("DELETE", "prod", line, NULL), NULL), 204);
}
END_TEST

static const struct {
    const char *body, *pointer, *code;
    int status;
} bad_bodies[] = {
    {"{\"version\":4}", "/version", "not_found", 422},
    {"{\"version\":0}", "/version", "out_of_range", 422},
    {"{\"version\":1.5}", "/version", "invalid_type", 422},
    {"{\"version\":\"1\"}", "/version", "invalid_type", 422},
    {"{\"version\":null}", "/version", "missing_field", 422},
    {"{}", "/version", "missing_field", 422},
    {"{\"version\":1,\"note\":\"x\"}", "/note", "unknown_field", 422},
    {"{\"version\":1,\"split\":{\"1\":1}}", "/split", "invalid", 422},
    {"{\"version\":1,\"shadow\":1}", "/shadow", "invalid", 422},
    {"{\"version\":1,\"shadow\":9}", "/shadow", "not_found", 422},
    {"{\"shadow\":1}", "/version", "missing_field", 422},
    {"{\"split\":{}}", "/split", "invalid_type", 422},
    {"{\"split\":[1]}", "/split", "invalid_type", 422},
    {"{\"split\":{\"1\":0.5,\"2\":0.4}}", "/split", "out_of_range", 422},
    {"{\"split\":{\"1\":0.5,\"2\":\"x\"}}", "/split/2", "invalid_type", 422},
    {"{\"split\":{\"1\":1.5,\"2\":-0.5}}", "/split/2", "out_of_range", 422},
    {"{\"split\":{\"1\":0.5,\"8\":0.5}}", "/split/8", "not_found", 422},
    {"{\"split\":{\"1\":0.5,\"01\":0.5}}", "/split/01", "invalid", 422},
    {"{\"split\":{\"1\":0.5,\"2\":0.5},\"shadow\":2}", "/shadow", "invalid", 422},
};

START_TEST(bad_bodies_are_refused_with_pointers)
{
    struct answer answer = call("PUT", "prod", JSON, bad_bodies[_i].body);
    ck_assert_msg(answer.status == bad_bodies[_i].status, "%s", answer.body);
    ck_assert_msg(answer_has_error(&answer, bad_bodies[_i].pointer, bad_bodies[_i].code),
                  "%s", answer.body);
    answer_free(&answer);
    ck_assert_int_eq(status_of(call("GET", "prod", NULL, NULL), NULL), 404);
}
END_TEST

START_TEST(other_requests_are_refused_by_status)
{
    ck_assert_int_eq(status_of(call("PUT", "prod", JSON, "{\"version\":"), NULL), 400);
    ck_assert_int_eq(status_of(call("PUT", "prod", JSON, ""), NULL), 400);
    ck_assert_int_eq(status_of(call("PUT", "prod", JSON, "[1]"), NULL), 422);
    ck_assert_int_eq(
        status_of(call("PUT", "prod", "Content-Type: text/plain", "{\"version\":1}"),
                  NULL),
        415);
    ck_assert_int_eq(status_of(put("-prod", "", 1), NULL), 422);
    ck_assert_int_eq(status_of(put("a%40b", "", 1), NULL), 422);
    ck_assert_int_eq(status_of(put("prod?x=1", "", 1), NULL), 400);
    struct answer answer =
        loopback_json(&loopback, "PUT /v1/models/x/aliases/prod", "{\"version\":1}");
    ck_assert_int_eq(status_of(answer, NULL), 404);
}
END_TEST

START_TEST(an_alias_of_another_model_is_another)
{
    ck_assert_int_eq(status_of(put("prod", "", 1), NULL), 201);
    struct answer answer =
        loopback_call(&loopback, "GET /v1/models/x/aliases/prod", NULL, NULL);
    ck_assert_int_eq(status_of(answer, NULL), 404);
    ck_assert_int_eq(status_of(call("GET", "pro", NULL, NULL), NULL), 404);
    ck_assert_int_eq(status_of(call("GET", "prod%40m", NULL, NULL), NULL), 404);
}
END_TEST

/* Who has the right tag wins, whoever that is: one of them, once. */
#define N_MOVERS 8
struct mover {
    pthread_t thread;
    char tag[64];
    unsigned version;
    int status;
};

static void *move(void *argument)
{
    struct mover *mover = argument;
    mover->status = put_if("If-Match", mover->tag, mover->version);
    return NULL;
}

START_TEST(of_many_who_move_from_the_same_tag_one_succeeds)
{
    struct mover movers[N_MOVERS];
    char tag[64];
    int n_moved = 0;
    ck_assert_int_eq(status_of(put("prod", "", 1), tag), 201);
    for (unsigned i = 0; i < N_MOVERS; i++) {
        snprintf(movers[i].tag, sizeof(movers[i].tag), "%s", tag);
        movers[i].version = 2 + i % 2;
        pthread_create(&movers[i].thread, NULL, move, &movers[i]);
    }
    for (unsigned i = 0; i < N_MOVERS; i++) {
        pthread_join(movers[i].thread, NULL);
        ck_assert(movers[i].status == 200 || movers[i].status == 412);
        n_moved += movers[i].status == 200;
        if (movers[i].status == 200)
            expect_version("prod", movers[i].version);
    }
    ck_assert_int_eq(n_moved, 1);
}
END_TEST

START_TEST(putting_an_alias_survives_every_failed_allocation)
{
    int status = 503;
    for (long n = 0; status != 201; n++) {
        ck_assert_int_lt(n, 200);
        memory_fail_after(n);
        struct answer answer = put("prod", "", 1);
        memory_fail_after(-1);
        status = answer.status;
        ck_assert_msg(status == 201 || status == 503, "%d %s", status, answer.body);
        answer_free(&answer);
    }
    expect_version("prod", 1);
}
END_TEST

static unsigned version_of_prediction(const char *headers)
{
    char lines[128];
    snprintf(lines, sizeof(lines), JSON "%s", headers);
    struct answer answer =
        loopback_call(&loopback, "POST /v1/models/m/aliases/prod/predict", lines,
                      "{\"rows\":[[0],[1]]}");
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    unsigned version = (unsigned)answer_number(&answer, "version");
    answer_free(&answer);
    return version;
}

static void put_split(const char *body)
{
    int status = status_of(call("PUT", "prod", JSON, body), NULL);
    ck_assert(status == 201 || status == 200);
}

START_TEST(a_split_answers_with_each_of_its_versions)
{
    unsigned n[4] = {0};
    put_split("{\"split\":{\"3\":0.25,\"1\":0.75}}");
    loopback_restart(&loopback);
    for (int i = 0; i < 400; i++)
        n[version_of_prediction("") & 3]++;
    ck_assert_uint_eq(n[1] + n[3], 400);
    ck_assert(n[3] > 60 && n[3] < 140); /* 100, deviation 9 */
    memset(n, 0, sizeof(n));
    for (int caller = 0; caller < 80; caller++) {
        char header[64];
        snprintf(header, sizeof(header), "\nX-Split-Key: caller-%d", caller);
        unsigned version = version_of_prediction(header);
        for (int i = 0; i < 3; i++)
            ck_assert_uint_eq(version_of_prediction(header), version);
        n[version & 3]++;
    }
    ck_assert(n[3] > 8 && n[3] < 32); /* 20, deviation 4 */
    struct answer answer = call("GET", "prod", NULL, NULL);
    ck_assert(answer_number(&answer, "split/1") == 0.75);
    ck_assert_ptr_null(json_object_get(answer.json, "version"));
    answer_free(&answer);
}
END_TEST

/* The three versions are the same fit. */
START_TEST(a_shadow_scores_the_same_rows_and_is_told_of)
{
    put_split("{\"version\":1,\"shadow\":2}");
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(version_of_prediction(""), 1);
    struct answer answer = call("GET", "prod", NULL, NULL);
    ck_assert(answer_number(&answer, "shadow") == 2);
    ck_assert(answer_number(&answer, "shadow_report/rows") == 6);
    ck_assert(answer_number(&answer, "shadow_report/rows_skipped") == 0);
    ck_assert(answer_number(&answer, "shadow_report/labels_differ") == 0);
    ck_assert(answer_number(&answer, "shadow_report/mean_difference") == 0);
    answer_free(&answer);
    put_split("{\"version\":1,\"shadow\":2}");
    answer = call("GET", "prod", NULL, NULL);
    ck_assert(answer_number(&answer, "shadow_report/rows") == 0);
    answer_free(&answer);
}
END_TEST

START_TEST(a_version_that_an_alias_names_in_any_way_stays)
{
    put_split("{\"split\":{\"1\":0.5,\"2\":0.5},\"shadow\":3}");
    for (int version = 1; version <= 3; version++) {
        char target[64];
        snprintf(target, sizeof(target), "DELETE /v1/models/m/versions/%d", version);
        struct answer answer = loopback_call(&loopback, target, NULL, NULL);
        ck_assert_int_eq(answer.status, 409);
        ck_assert_ptr_nonnull(strstr(answer_string(&answer, "detail"), "prod"));
        answer_free(&answer);
    }
    put_split("{\"version\":1}");
    ck_assert_int_eq(
        status_of(loopback_call(&loopback, "DELETE /v1/models/m/versions/3", NULL, NULL),
                  NULL),
        204);
}
END_TEST

START_TEST(aliases_are_listed_in_pages)
{
    ck_assert_int_eq(status_of(put("b", "", 1), NULL), 201);
    ck_assert_int_eq(status_of(put("a", "", 2), NULL), 201);
    put_split("{\"version\":1,\"shadow\":2}");
    struct answer answer =
        loopback_call(&loopback, "GET /v1/models/m/aliases?limit=2", NULL, NULL);
    ck_assert_int_eq(answer.status, 200);
    ck_assert_str_eq(answer_string(&answer, "data/0/alias"), "b");
    ck_assert(answer_number(&answer, "data/1/version") == 2);
    ck_assert(json_is_true(answer_at(&answer, "has_more")));
    answer_free(&answer);
    answer = loopback_call(&loopback, "GET /v1/models/m/aliases?after=a", NULL, NULL);
    ck_assert_str_eq(answer_string(&answer, "data/0/alias"), "prod");
    ck_assert(answer_number(&answer, "data/0/shadow_report/rows") == 0);
    ck_assert(json_is_false(answer_at(&answer, "has_more")));
    answer_free(&answer);
    ck_assert_int_eq(
        status_of(loopback_call(&loopback, "GET /v1/models/x/aliases", NULL, NULL), NULL),
        404);
    ck_assert_int_eq(
        status_of(
            loopback_call(&loopback, "GET /v1/models/m/aliases?after=z", NULL, NULL),
            NULL),
        400);
}
END_TEST

/* A shadow that finds no memory is skipped; no answer fails for it alone. */
START_TEST(predicting_with_a_shadow_survives_every_failed_allocation)
{
    int status = 503;
    put_split("{\"version\":1,\"shadow\":2}");
    for (long n = 0; n < 80; n++) {
        memory_fail_after(n);
        struct answer answer = loopback_json(
            &loopback, "POST /v1/models/m/aliases/prod/predict", "{\"rows\":[[0],[1]]}");
        memory_fail_after(-1);
        status = answer.status;
        ck_assert_msg(status == 200 || status == 503, "%d %s", status, answer.body);
        answer_free(&answer);
    }
    ck_assert_int_eq(status, 200);
    struct answer answer = call("GET", "prod", NULL, NULL);
    ck_assert(answer_number(&answer, "shadow_report/rows_skipped") > 0);
    answer_free(&answer);
}
END_TEST

TCase *handle_aliases_test(void)
{
    TCase *tcase = tcase_create("handle_aliases");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_alias_is_created_shown_moved_and_deleted);
    tcase_add_test(tcase, an_alias_and_its_tag_survive_a_restart);
    tcase_add_test(tcase, if_match_guards_against_moving_what_has_moved);
    tcase_add_test(tcase, if_none_match_creates_only);
    tcase_add_test(tcase, if_match_guards_deleting);
    tcase_add_loop_test(tcase, bad_bodies_are_refused_with_pointers, 0,
                        sizeof(bad_bodies) / sizeof(*bad_bodies));
    tcase_add_test(tcase, other_requests_are_refused_by_status);
    tcase_add_test(tcase, an_alias_of_another_model_is_another);
    tcase_add_test(tcase, of_many_who_move_from_the_same_tag_one_succeeds);
    tcase_add_test(tcase, putting_an_alias_survives_every_failed_allocation);
    tcase_add_test(tcase, a_split_answers_with_each_of_its_versions);
    tcase_add_test(tcase, a_shadow_scores_the_same_rows_and_is_told_of);
    tcase_add_test(tcase, a_version_that_an_alias_names_in_any_way_stays);
    tcase_add_test(tcase, aliases_are_listed_in_pages);
    tcase_add_test(tcase, predicting_with_a_shadow_survives_every_failed_allocation);
    return tcase;
}
