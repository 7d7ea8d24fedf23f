/* Opening, draining, stopping, starting again. */
#include "api/service.h"

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "tests/support/loopback.h"

#define JSON "Content-Type: application/json"
#define WAIT JSON "\nPrefer: wait=30"

static struct loopback loopback;

static void setup(void)
{
    loopback_open(&loopback);
}

static void teardown(void)
{
    loopback_close(&loopback);
}

static const char small_job[] =
    "{\"model\":\"m\",\"target\":\"y\",\"data\":{\"columns\":[\"y\",\"x\"],\"rows\":"
    "[[0,0],[0,0],[0,0],[1,0],[1,1],[1,1],[1,1],[0,1]]}}";

static struct answer get(const char *target)
{
    char line[256];
    snprintf(line, sizeof(line), "GET %s", target);
    return loopback_call(&loopback, line, NULL, NULL);
}

static struct answer get_job(const char *id)
{
    char target[128];
    snprintf(target, sizeof(target), "/v1/jobs/%s", id);
    return get(target);
}

START_TEST(a_draining_service_is_alive_but_not_ready)
{
    struct answer answer = get("/readyz");
    ck_assert_int_eq(answer.status, 200);
    answer_free(&answer);
    ck_assert(service_is_ready(loopback.service));
    service_drain(loopback.service);
    ck_assert(!service_is_ready(loopback.service));
    answer = get("/readyz");
    ck_assert_int_eq(answer.status, 503);
    answer_free(&answer);
    answer = get("/livez");
    ck_assert_int_eq(answer.status, 200);
    answer_free(&answer);
}
END_TEST

START_TEST(a_stopped_service_takes_no_jobs_but_still_answers)
{
    struct answer made = loopback_call(&loopback, "POST /v1/jobs", WAIT, small_job);
    ck_assert_int_eq(made.status, 200);
    ck_assert(service_stop(loopback.service, 10));
    struct answer refused = loopback_call(&loopback, "POST /v1/jobs", WAIT, small_job);
    ck_assert_int_eq(refused.status, 503);
    ck_assert_str_eq(answer_string(&refused, "code"), "busy");
    ck_assert_ptr_nonnull(answer_header(&refused, "Retry-After"));
    struct answer shown = get_job(answer_string(&made, "id"));
    ck_assert_str_eq(shown.body, made.body);
    answer_free(&made);
    answer_free(&refused);
    answer_free(&shown);
}
END_TEST

static void *post_and_wait(void *context)
{
    struct answer *answer = context;
    *answer = loopback_call(&loopback, "POST /v1/jobs", WAIT, small_job);
    return NULL;
}

static size_t n_queued(void)
{
    struct jobs_stats stats;
    jobs_stats(loopback.service->jobs, &stats);
    return stats.n_queued;
}

START_TEST(stopping_answers_who_waits)
{
    pthread_t caller;
    struct answer waited;
    loopback_restart_paused(&loopback);
    pthread_create(&caller, NULL, post_and_wait, &waited);
    while (n_queued() == 0)
        sched_yield();
    ck_assert(service_stop(loopback.service, 10));
    pthread_join(caller, NULL);
    ck_assert_int_eq(waited.status, 202);
    ck_assert_str_eq(answer_string(&waited, "state"), "queued");
    answer_free(&waited);
}
END_TEST

/* Enough rows that it most often still runs when it is told to stop. */
static char *upload_many_rows(void)
{
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "y,a,b,c,d\n");
    for (unsigned i = 0; i < 60000; i++)
        buffer_printf(&csv, "%u,%u,%u,%u,%u\n", i * 7919 % 1000 > 450, i * 104729 % 1009,
                      i * 15485863 % 997, i * 32452843 % 991, i * 49979687 % 983);
    char *dataset = loopback_upload(&loopback, csv.bytes);
    buffer_free(&csv);
    return dataset;
}

START_TEST(a_job_that_runs_when_the_service_stops_runs_again)
{
    char body[256], *dataset = upload_many_rows();
    snprintf(body, sizeof(body), "{\"model\":\"m\",\"target\":\"y\",\"dataset\":\"%s\"}",
             dataset);
    struct answer made = loopback_call(&loopback, "POST /v1/jobs", JSON, body);
    const char *id = answer_string(&made, "id");
    for (struct answer now = get_job(id);; now = get_job(id)) {
        bool is_queued = strcmp(answer_string(&now, "state"), "queued") == 0;
        answer_free(&now);
        if (!is_queued)
            break;
    }
    loopback_restart(&loopback);
    struct answer next = loopback_call(&loopback, "POST /v1/jobs", WAIT, small_job);
    ck_assert(answer_number(&next, "version") == 2);
    struct answer ended = get_job(id);
    ck_assert_str_eq(answer_string(&ended, "state"), "succeeded");
    ck_assert(answer_number(&ended, "version") == 1);
    ck_assert(answer_number(&ended, "attempt") == 1);
    answer_free(&made);
    answer_free(&next);
    answer_free(&ended);
    free(dataset);
}
END_TEST

static void put(enum store_kind kind, const char *key, const void *meta, size_t n_bytes)
{
    const struct store_change change = {
        .kind = kind, .key = key, .meta = meta, .meta_bytes = n_bytes};
    ck_assert_int_eq(store_commit(loopback.service->store, &change, 1, NULL), 0);
}

static void put_job(const char *id, enum job_state state, uint32_t attempt)
{
    struct buffer meta = BUFFER_EMPTY;
    struct job_record record = {.state = state, .attempt = attempt, .created_at = 1};
    snprintf(record.id, sizeof(record.id), "%s", id);
    job_record_pack(&record, &meta);
    put(STORE_JOB, id, meta.bytes, meta.n_bytes);
    buffer_free(&meta);
}

START_TEST(a_job_that_crashed_the_process_comes_back_so_many_times)
{
    struct job_record found = {0};
    put_job("job_once", JOB_RUNNING, 1);
    put_job("job_thrice", JOB_RUNNING, 3);
    put_job("job_over", JOB_FAILED, 1);
    loopback_restart_paused(&loopback);
    ck_assert_int_eq(jobs_find(loopback.service->jobs, "job_once", &found, NULL), 1);
    ck_assert_int_eq(found.state, JOB_QUEUED);
    job_record_free(&found);
    ck_assert_int_eq(jobs_find(loopback.service->jobs, "job_thrice", &found, NULL), 0);
    ck_assert_int_eq(jobs_find(loopback.service->jobs, "job_over", &found, NULL), 0);
    ck_assert_uint_eq(n_queued(), 1);
    const struct store_record *stored =
        store_find(loopback.service->store, STORE_JOB, "job_thrice");
    ck_assert_int_eq(job_record_unpack(&found, stored->meta, stored->meta_bytes, NULL),
                     0);
    ck_assert_int_eq(found.state, JOB_FAILED);
    ck_assert_int_eq(found.error.code, ERROR_CRASHED);
    job_record_free(&found);
    store_release(stored);
}
END_TEST

static void expect_listed(const char *target, size_t n)
{
    struct answer answer = get(target);
    ck_assert_int_eq(answer.status, 200);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), n);
    answer_free(&answer);
}

START_TEST(records_that_cannot_be_read_do_not_keep_the_service_down)
{
    put(STORE_JOB, "job_bad", "\1", 1);
    put(STORE_DATASET, "ds_bad", "\1", 1);
    put(STORE_ALIAS, "m@bad", "\1", 1);
    put(STORE_VERSION, "m", "", 0);
    put(STORE_VERSION, "m/7", "", 0);
    loopback_restart(&loopback);
    struct answer answer = loopback_call(&loopback, "POST /v1/jobs", WAIT, small_job);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    answer_free(&answer);
    expect_listed("/v1/jobs", 1);
    expect_listed("/v1/datasets", 0);
    expect_listed("/v1/models", 1);
    answer = get("/v1/models/m/versions/7");
    ck_assert_int_eq(answer.status, 404);
    ck_assert_ptr_nonnull(strstr(answer_string(&answer, "detail"), "damaged"));
    answer_free(&answer);
    answer = loopback_call(&loopback, "DELETE /v1/jobs/job_bad", NULL, NULL);
    ck_assert_int_eq(answer.status, 204);
    answer_free(&answer);
}
END_TEST

START_TEST(bodies_are_admitted_against_the_budget)
{
    size_t half = loopback.options.memory_bytes / 2;
    ck_assert(service_admit(loopback.service, half));
    ck_assert(service_admit(loopback.service, half));
    ck_assert(!service_admit(loopback.service, 1));
    service_release(loopback.service, half);
    ck_assert(service_admit(loopback.service, 1));
    service_release(loopback.service, half + 1);
}
END_TEST

START_TEST(a_second_service_on_the_same_directory_is_refused)
{
    struct error err = {0};
    ck_assert_ptr_null(service_open(&loopback.options, &err));
    ck_assert_int_eq(err.code, ERROR_LOCKED);
}
END_TEST

START_TEST(opening_tells_of_every_allocation_that_fails)
{
    struct service *service = NULL;
    struct answer made = loopback_call(&loopback, "POST /v1/jobs", WAIT, small_job);
    ck_assert_int_eq(made.status, 200);
    put_job("job_once", JOB_QUEUED, 1);
    ck_assert(service_stop(loopback.service, 10));
    service_close(loopback.service);
    for (long n = 0; !service; n++) {
        struct error err = {0};
        ck_assert_int_lt(n, 3000);
        memory_fail_after(n);
        service = service_open(&loopback.options, &err);
        memory_fail_after(-1);
        ck_assert_msg(service || err.code == ERROR_NO_MEMORY, "%ld: %s", n, err.message);
    }
    loopback.service = service;
    ck_assert_uint_eq(registry_n_versions(service->registry), 1);
    ck_assert_uint_eq(n_queued(), 1);
    answer_free(&made);
}
END_TEST

START_TEST(a_service_is_asked_for_a_moment_after_requests)
{
    double now = clock_seconds();
    ck_assert(!service_is_asked(loopback.service));
    service_note_request(loopback.service, now - 1);
    service_note_request(loopback.service, now - 0.998);
    ck_assert(!service_is_asked(loopback.service)); /* they are long past */
    service_note_request(loopback.service, now + 1000);
    ck_assert(!service_is_asked(loopback.service)); /* it is alone */
    service_note_request(loopback.service, now + 1000.002);
    ck_assert(service_is_asked(loopback.service));
}
END_TEST

TCase *service_test(void)
{
    TCase *tcase = tcase_create("service");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_draining_service_is_alive_but_not_ready);
    tcase_add_test(tcase, a_stopped_service_takes_no_jobs_but_still_answers);
    tcase_add_test(tcase, stopping_answers_who_waits);
    tcase_add_test(tcase, a_job_that_runs_when_the_service_stops_runs_again);
    tcase_add_test(tcase, a_job_that_crashed_the_process_comes_back_so_many_times);
    tcase_add_test(tcase, records_that_cannot_be_read_do_not_keep_the_service_down);
    tcase_add_test(tcase, a_service_is_asked_for_a_moment_after_requests);
    tcase_add_test(tcase, bodies_are_admitted_against_the_budget);
    tcase_add_test(tcase, a_second_service_on_the_same_directory_is_refused);
    tcase_add_test(tcase, opening_tells_of_every_allocation_that_fails);
    return tcase;
}
