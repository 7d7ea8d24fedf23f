#include "api/job_retention.h"

#include <stdlib.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/clock.h"
#include "core/jobs/job_record.h"
#include "tests/support/job_calls.h"
#include "tests/support/suite.h"

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

static char *submit(bool is_cancelled)
{
    struct answer answer = job_calls_post(&loopback, JSON, job_calls_inline);
    char *id = strdup(answer_string(&answer, "id"));
    answer_free(&answer);
    if (is_cancelled) {
        answer = job_calls_on(&loopback, "POST", id, "/cancel");
        ck_assert_int_eq(answer.status, 200);
        answer_free(&answer);
    }
    return id;
}

static bool is_there(const char *id)
{
    struct answer answer = job_calls_on(&loopback, "GET", id, "");
    bool is = answer.status == 200;
    answer_free(&answer);
    return is;
}

/* As if it had ended so many days ago. */
static void make_older(const char *id, int days)
{
    struct store *store = loopback.service->store;
    const struct store_record *stored = store_find(store, STORE_JOB, id);
    struct job_record record = {0};
    struct buffer packed = BUFFER_EMPTY;
    ck_assert_int_eq(job_record_unpack(&record, stored->meta, stored->meta_bytes, NULL),
                     0);
    record.finished_at -= (int64_t)days * 24 * 60 * 60 * 1000000;
    job_record_pack(&record, &packed);
    const struct store_change change = {.kind = STORE_JOB,
                                        .key = id,
                                        .meta = packed.bytes,
                                        .meta_bytes = packed.n_bytes,
                                        .condition = STORE_IF_PRESENT};
    ck_assert_int_eq(store_commit(store, &change, 1, NULL), 0);
    store_release(stored);
    job_record_free(&record);
    buffer_free(&packed);
}

static void free_ids(char **ids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(ids[i]);
}

START_TEST(retention_forgets_the_oldest_and_no_live_job)
{
    enum { N = 150 }; /* more than go at once */
    char *ids[N];
    for (size_t i = 0; i < N; i++)
        ids[i] = submit(i % 3 != 0);
    loopback.options.n_jobs_kept = 10;
    loopback_restart_paused(&loopback);
    job_retention_sweep(loopback.service);
    size_t n_ended = 0;
    for (size_t i = N; i-- > 0;) {
        bool is_live = i % 3 == 0;
        n_ended += !is_live;
        ck_assert_msg(is_there(ids[i]) == (is_live || n_ended <= 10), "job %zu", i);
    }
    free_ids(ids, N);
}
END_TEST

START_TEST(retention_forgets_what_ended_long_ago)
{
    char *ids[3];
    for (size_t i = 0; i < 3; i++)
        ids[i] = submit(i < 2);
    make_older(ids[0], 8);
    make_older(ids[1], 6);
    loopback.options.n_days_kept = 7;
    loopback_restart_paused(&loopback);
    job_retention_sweep(loopback.service);
    ck_assert(!is_there(ids[0]));
    ck_assert(is_there(ids[1]));
    ck_assert(is_there(ids[2]));
    free_ids(ids, 3);
}
END_TEST

START_TEST(retention_forgets_nothing_without_a_limit)
{
    char *id = submit(true);
    make_older(id, 10000);
    job_retention_sweep(loopback.service);
    ck_assert(is_there(id));
    free(id);
}
END_TEST

START_TEST(retention_comes_with_the_start)
{
    char *ids[] = {submit(true), submit(true)};
    loopback.options.n_jobs_kept = 1;
    loopback_restart(&loopback);
    ck_assert(!is_there(ids[0]));
    ck_assert(is_there(ids[1]));
    free_ids(ids, 2);
}
END_TEST

TCase *job_retention_test(void)
{
    TCase *cases = tcase_create("job_retention");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, retention_forgets_the_oldest_and_no_live_job);
    tcase_add_test(cases, retention_forgets_what_ended_long_ago);
    tcase_add_test(cases, retention_forgets_nothing_without_a_limit);
    tcase_add_test(cases, retention_comes_with_the_start);
    return cases;
}
