#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static char *id_of(const struct answer *answer)
{
    return strdup(answer_string(answer, "id"));
}

START_TEST(without_waiting_the_answer_is_202_and_the_queued_job)
{
    struct answer answer = job_calls_post(&loopback, JSON, job_calls_inline);
    ck_assert_int_eq(answer.status, 202);
    const char *id = answer_string(&answer, "id");
    ck_assert(strncmp(id, "job_", 4) == 0);
    ck_assert_str_eq(answer_header(&answer, "Location") + strlen("/v1/jobs/"), id);
    ck_assert_ptr_null(answer_header(&answer, "Preference-Applied"));
    ck_assert_str_eq(answer_string(&answer, "state"), "queued");
    ck_assert(json_is_null(answer_at(&answer, "started_at")));
    ck_assert(json_is_null(answer_at(&answer, "version")));
    ck_assert(json_is_null(answer_at(&answer, "fit")));
    ck_assert(json_is_null(answer_at(&answer, "progress/objective")));
    struct answer shown = job_calls_on(&loopback, "GET", id, "");
    ck_assert_int_eq(shown.status, 200);
    ck_assert_str_eq(shown.body, answer.body);
    answer_free(&shown);
    answer_free(&answer);
}
END_TEST

START_TEST(waiting_ends_with_its_time)
{
    struct answer answer =
        job_calls_post(&loopback, JSON "\nPrefer: wait=1", job_calls_inline);
    ck_assert_int_eq(answer.status, 202);
    ck_assert_str_eq(answer_string(&answer, "state"), "queued");
    ck_assert_str_eq(answer_header(&answer, "Preference-Applied"), "wait=1");
    answer_free(&answer);
}
END_TEST

START_TEST(a_queued_job_can_be_cancelled_and_then_deleted)
{
    struct answer made = job_calls_post(&loopback, JSON, job_calls_inline);
    char *id = id_of(&made);
    struct answer answer = job_calls_on(&loopback, "DELETE", id, "");
    ck_assert_int_eq(answer.status, 409);
    answer_free(&answer);
    for (int i = 0; i < 2; i++) { /* cancelling twice is no error */
        answer = job_calls_on(&loopback, "POST", id, "/cancel");
        ck_assert_int_eq(answer.status, 200);
        ck_assert_str_eq(answer_string(&answer, "state"), "cancelled");
        ck_assert(!json_is_null(answer_at(&answer, "finished_at")));
        answer_free(&answer);
    }
    answer = job_calls_on(&loopback, "DELETE", id, "");
    ck_assert_int_eq(answer.status, 204);
    answer_free(&answer);
    static const char *const calls[][2] = {
        {"GET", ""}, {"DELETE", ""}, {"POST", "/cancel"}};
    for (size_t i = 0; i < 3; i++) {
        answer = job_calls_on(&loopback, calls[i][0], id, calls[i][1]);
        ck_assert_int_eq(answer.status, 404);
        answer_free(&answer);
    }
    free(id);
    answer_free(&made);
}
END_TEST

static void *post_and_wait(void *context)
{
    struct answer *answer = context;
    *answer = job_calls_post(&loopback, JSON "\nPrefer: wait=30", job_calls_inline);
    return NULL;
}

/* The one job there is; NULL if there is none yet. */
static char *only_job(void)
{
    struct answer list = loopback_call(&loopback, "GET /v1/jobs", NULL, NULL);
    const json_t *job = json_array_get(answer_at(&list, "data"), 0);
    char *id = job ? strdup(json_string_value(json_object_get(job, "id"))) : NULL;
    answer_free(&list);
    return id;
}

START_TEST(a_waiting_caller_hears_of_a_cancelled_job)
{
    struct answer waited;
    pthread_t caller;
    char *id = NULL;
    ck_assert_int_eq(pthread_create(&caller, NULL, post_and_wait, &waited), 0);
    while (!(id = only_job()))
        sched_yield();
    struct answer cancelled = job_calls_on(&loopback, "POST", id, "/cancel");
    pthread_join(caller, NULL);
    ck_assert_int_eq(waited.status, 200);
    ck_assert_str_eq(answer_string(&waited, "state"), "cancelled");
    answer_free(&cancelled);
    answer_free(&waited);
    free(id);
}
END_TEST

START_TEST(a_dataset_that_a_live_job_needs_is_kept)
{
    char target[96], *dataset = loopback_upload(&loopback, "y,x\n0,1\n1,2\n");
    struct answer job = job_calls_post_on(&loopback, JSON, dataset, "");
    snprintf(target, sizeof(target), "DELETE /v1/datasets/%s", dataset);
    struct answer answer = loopback_call(&loopback, target, NULL, NULL);
    ck_assert_int_eq(answer.status, 409);
    ck_assert_ptr_nonnull(
        strstr(answer_string(&answer, "detail"), answer_string(&job, "id")));
    answer_free(&answer);
    answer = job_calls_on(&loopback, "POST", answer_string(&job, "id"), "/cancel");
    answer_free(&answer);
    answer = loopback_call(&loopback, target, NULL, NULL);
    ck_assert_int_eq(answer.status, 204);
    answer_free(&answer);
    answer_free(&job);
    free(dataset);
}
END_TEST

START_TEST(jobs_are_listed_newest_first_in_pages_and_by_state)
{
    char *ids[3], target[96];
    for (size_t i = 0; i < 3; i++) {
        struct answer made = job_calls_post(&loopback, JSON, job_calls_inline);
        ids[i] = id_of(&made);
        answer_free(&made);
    }
    struct answer answer = job_calls_on(&loopback, "POST", ids[1], "/cancel");
    answer_free(&answer);
    answer = loopback_call(&loopback, "GET /v1/jobs?limit=2", NULL, NULL);
    ck_assert_str_eq(answer_string(&answer, "data/0/id"), ids[2]);
    ck_assert_str_eq(answer_string(&answer, "data/1/id"), ids[1]);
    ck_assert(json_is_true(answer_at(&answer, "has_more")));
    answer_free(&answer);
    snprintf(target, sizeof(target), "GET /v1/jobs?after=%s", ids[1]);
    answer = loopback_call(&loopback, target, NULL, NULL);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), 1);
    ck_assert_str_eq(answer_string(&answer, "data/0/id"), ids[0]);
    answer_free(&answer);
    answer = loopback_call(&loopback, "GET /v1/jobs?after=job_lost", NULL, NULL);
    ck_assert_int_eq(answer.status, 400);
    ck_assert_str_eq(answer_string(&answer, "errors/0/parameter"), "after");
    answer_free(&answer);
    answer = loopback_call(&loopback, "GET /v1/jobs?state=cancelled", NULL, NULL);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), 1);
    ck_assert_str_eq(answer_string(&answer, "data/0/id"), ids[1]);
    answer_free(&answer);
    for (size_t i = 0; i < 3; i++)
        free(ids[i]);
}
END_TEST

START_TEST(jobs_are_listed_by_state_model_and_time)
{
    struct answer made = job_calls_post(&loopback, JSON, job_calls_inline);
    char *id = id_of(&made);
    char at[40];
    snprintf(at, sizeof(at), "%s", answer_string(&made, "created_at"));
    answer_free(&made);
    made = job_calls_post(
        &loopback, JSON,
        "{\"model\":\"other\",\"target\":\"y\",\"data\":{\"columns\":[\"y\",\"x\"],"
        "\"rows\":[[0,0],[1,0],[1,1],[0,1]]}}");
    answer_free(&made);
    made = job_calls_on(&loopback, "POST", id, "/cancel");
    answer_free(&made);
    const struct {
        const char *query;
        size_t n; /* entries of the list; 9: it is refused */
    } cases[] = {{"state=queued", 1},
                 {"state=queued,cancelled", 2},
                 {"state=running,failed", 0},
                 {"model=other", 1},
                 {"model=m&state=queued", 0},
                 {"model=m&state=cancelled", 1},
                 {"model=none", 0},
                 {"created_after=2000-01-01T00:00:00Z", 2},
                 {"created_before=2000-01-01T00:00:00Z", 0},
                 {"model=", 9},
                 {"model=-m", 9},
                 {"state=", 9},
                 {"state=queued,", 9},
                 {"state=,queued", 9},
                 {"state=lost", 9},
                 {"state=queued,a_very_long_state_it_is", 9},
                 {"created_after=yesterday", 9},
                 {"created_before=1", 9}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char target[128];
        snprintf(target, sizeof(target), "GET /v1/jobs?%s", cases[i].query);
        struct answer answer = loopback_call(&loopback, target, NULL, NULL);
        size_t n = answer.status == 400
                       ? 9
                       : json_array_size(json_object_get(answer.json, "data"));
        ck_assert_msg(n == cases[i].n, "%s: %zu, %s", cases[i].query, n, answer.body);
        answer_free(&answer);
    }
    char target[128]; /* neither end is in it */
    snprintf(target, sizeof(target), "GET /v1/jobs?created_after=%s", at);
    struct answer answer = loopback_call(&loopback, target, NULL, NULL);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), 1);
    answer_free(&answer);
    free(id);
}
END_TEST

START_TEST(a_full_queue_says_when_to_come_again)
{
    loopback.options.n_queued_most = 2;
    loopback_restart_paused(&loopback);
    for (int i = 0; i < 3; i++) {
        struct answer answer = job_calls_post(&loopback, JSON, job_calls_inline);
        ck_assert_int_eq(answer.status, i < 2 ? 202 : 503);
        if (i == 2) {
            ck_assert_str_eq(answer_string(&answer, "code"), "queue_full");
            ck_assert_ptr_nonnull(answer_header(&answer, "Retry-After"));
        }
        answer_free(&answer);
    }
}
END_TEST

TCase *handle_jobs_test(void)
{
    TCase *tcase = tcase_create("handle_jobs");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, without_waiting_the_answer_is_202_and_the_queued_job);
    tcase_add_test(tcase, waiting_ends_with_its_time);
    tcase_add_test(tcase, a_queued_job_can_be_cancelled_and_then_deleted);
    tcase_add_test(tcase, a_waiting_caller_hears_of_a_cancelled_job);
    tcase_add_test(tcase, a_dataset_that_a_live_job_needs_is_kept);
    tcase_add_test(tcase, jobs_are_listed_newest_first_in_pages_and_by_state);
    tcase_add_test(tcase, jobs_are_listed_by_state_model_and_time);
    tcase_add_test(tcase, a_full_queue_says_when_to_come_again);
    return tcase;
}
