/* Cancelling, waiting, stopping: what comes to a job from outside. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/jobs/jobs.h"
#include "tests/support/job_owner.h"
#include "tests/support/suite.h"

static struct job_owner *running(const char *request, char id[JOB_ID_BYTES])
{
    struct job_owner *owner = job_owner_new(NULL);
    jobs_start(owner->jobs);
    job_owner_submit(owner, request, NULL, id);
    job_owner_await_runs(owner, 1);
    return owner;
}

static void expect_wait(struct job_owner *owner, const char *id, double seconds)
{
    ck_assert_int_eq(
        jobs_when_done(owner->jobs, id, seconds, job_owner_done, owner, NULL), 0);
}

/* ---- cancelling ---- */

START_TEST(jobs_cancel_ends_a_queued_job_durably)
{
    char first[JOB_ID_BYTES], second[JOB_ID_BYTES];
    struct job_record record = {0};
    struct job_owner *owner = running("hold", first);
    job_owner_submit(owner, "work", NULL, second);
    expect_wait(owner, second, 20);
    ck_assert_int_eq(jobs_cancel(owner->jobs, second, NULL), 1);
    ck_assert_uint_eq(job_owner_count(owner, second, JOB_CANCELLED), 1);
    ck_assert_int_eq(jobs_find(owner->jobs, second, &record, NULL), 0);
    ck_assert_int_eq(jobs_cancel(owner->jobs, second, NULL), 0);
    job_owner_await_done(owner, 1);
    ck_assert_uint_eq(job_owner_count(owner, second, JOB_RUNNING), 0);
    ck_assert_int_eq(jobs_cancel(owner->jobs, "job_nobody", NULL), 0);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_cancel_leaves_a_queued_job_queued_if_that_cannot_be_kept)
{
    struct job_owner *owner = job_owner_new(NULL);
    struct error err = {0};
    char id[JOB_ID_BYTES];
    job_owner_submit(owner, "work", NULL, id);
    job_owner_fail_saves(owner, JOB_CANCELLED, 1);
    ck_assert_int_eq(jobs_cancel(owner->jobs, id, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NO_SPACE);
    jobs_start(owner->jobs);
    job_owner_await(owner, id, JOB_SUCCEEDED);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_cancel_stops_a_running_job)
{
    char id[JOB_ID_BYTES];
    struct job_owner *owner = running("hold", id);
    ck_assert_int_eq(jobs_cancel(owner->jobs, id, NULL), 1);
    const struct job_owner_saved end = job_owner_await(owner, id, JOB_CANCELLED);
    ck_assert_int_eq(end.code, ERROR_NONE);
    ck_assert(!end.has_outcome);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_cancel_keeps_the_outcome_of_a_job_that_gives_one)
{
    char id[JOB_ID_BYTES];
    struct job_owner *owner = running("keep", id);
    jobs_cancel(owner->jobs, id, NULL);
    const struct job_owner_saved end = job_owner_await(owner, id, JOB_CANCELLED);
    ck_assert(end.has_outcome);
    ck_assert_str_eq(end.result, "made/1");
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_cancel_that_a_job_never_heard_of_came_too_late)
{
    char id[JOB_ID_BYTES];
    struct job_owner *owner = running("deaf", id);
    ck_assert_int_eq(jobs_cancel(owner->jobs, id, NULL), 1);
    job_owner_let_go(owner);
    ck_assert(job_owner_await(owner, id, JOB_SUCCEEDED).has_outcome);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_cancel_of_a_job_that_fails_otherwise_tells_of_the_failure)
{
    char id[JOB_ID_BYTES];
    struct job_owner *owner = job_owner_new(NULL);
    job_owner_submit(owner, "fail", NULL, id);
    job_owner_hold_save(owner, JOB_FAILED);
    jobs_start(owner->jobs);
    job_owner_await_save(owner);
    ck_assert_int_eq(jobs_cancel(owner->jobs, id, NULL), 1);
    job_owner_let_save(owner);
    ck_assert_int_eq(job_owner_await(owner, id, JOB_FAILED).code, ERROR_SINGLE_CLASS);
    job_owner_free(owner);
}
END_TEST

struct canceller {
    struct job_owner *owner;
    const char *id;
    pthread_t thread;
    int result;
};

static void *cancel_main(void *argument)
{
    struct canceller *canceller = argument;
    canceller->result = jobs_cancel(canceller->owner->jobs, canceller->id, NULL);
    return NULL;
}

/* While its start is being made durable it is neither queued nor running. */
START_TEST(jobs_cancel_waits_for_a_job_that_is_just_starting)
{
    struct job_owner *owner = job_owner_new(NULL);
    char id[JOB_ID_BYTES];
    struct canceller canceller = {.owner = owner, .id = id};
    job_owner_submit(owner, "hold", NULL, id);
    job_owner_hold_save(owner, JOB_RUNNING);
    jobs_start(owner->jobs);
    job_owner_await_save(owner);
    pthread_create(&canceller.thread, NULL, cancel_main, &canceller);
    job_owner_let_save(owner);
    pthread_join(canceller.thread, NULL);
    ck_assert_int_eq(canceller.result, 1);
    job_owner_await(owner, id, JOB_CANCELLED);
    job_owner_free(owner);
}
END_TEST

static struct job *submit(struct job_owner *owner, const char *id)
{
    struct job_record record = job_owner_record(id, JOB_QUEUED, 0, "hold");
    ck_assert_int_eq(jobs_reserve(owner->jobs, NULL, NULL), 0);
    struct job *job = jobs_prepare(&record, NULL);
    jobs_submit(owner->jobs, job);
    return job;
}

/* Who hears of a job the moment it is durable may cancel it before that was confirmed. */
START_TEST(jobs_cancel_waits_for_a_job_that_is_not_confirmed)
{
    for (int is_durable = 0; is_durable < 2; is_durable++) {
        struct job_owner *owner = job_owner_new(NULL);
        struct canceller canceller = {.owner = owner, .id = "job_1"};
        struct job *job = submit(owner, "job_1");
        pthread_create(&canceller.thread, NULL, cancel_main, &canceller);
        if (is_durable)
            jobs_confirm(owner->jobs, job);
        else
            jobs_withdraw(owner->jobs, job);
        pthread_join(canceller.thread, NULL);
        ck_assert_int_eq(canceller.result, is_durable);
        ck_assert_uint_eq(job_owner_count(owner, "job_1", JOB_CANCELLED),
                          (size_t)is_durable);
        job_owner_free(owner);
    }
}
END_TEST

/* ---- waiting ---- */

START_TEST(jobs_when_done_calls_after_the_end)
{
    char id[JOB_ID_BYTES];
    struct job_owner *owner = running("hold", id);
    for (int i = 0; i < 3; i++)
        expect_wait(owner, id, 20 - i);
    ck_assert_uint_eq(owner->n_done, 0);
    job_owner_let_go(owner);
    job_owner_await_done(owner, 3);
    ck_assert_uint_eq(job_owner_count(owner, id, JOB_SUCCEEDED), 1);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_when_done_calls_after_the_seconds)
{
    char id[JOB_ID_BYTES];
    struct job_owner *owner = running("hold", id);
    double began = clock_seconds();
    expect_wait(owner, id, 1000);
    expect_wait(owner, id, 0.05);
    job_owner_await_done(owner, 1);
    ck_assert_double_ge(clock_seconds() - began, 0.05);
    ck_assert_uint_eq(owner->n_done, 1);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_when_done_calls_at_once_for_a_job_that_is_not_live)
{
    struct job_owner *owner = job_owner_new(NULL);
    expect_wait(owner, "job_nobody", 1000);
    ck_assert_uint_eq(owner->n_done, 1);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_when_done_calls_nobody_without_memory)
{
    char id[JOB_ID_BYTES];
    struct error err = {0};
    struct job_owner *owner = running("hold", id);
    memory_fail_after(0);
    int result = jobs_when_done(owner->jobs, id, 0, job_owner_done, owner, &err);
    memory_fail_after(-1);
    ck_assert_int_eq(result, -1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_free_calls_who_still_waits)
{
    char id[JOB_ID_BYTES];
    struct job_owner *owner = job_owner_new(NULL);
    struct jobs *jobs = owner->jobs;
    job_owner_submit(owner, "work", NULL, id);
    expect_wait(owner, id, 1000);
    jobs_free(jobs);
    ck_assert_uint_eq(owner->n_done, 1);
    owner->jobs = NULL;
    job_owner_free(owner);
}
END_TEST

/* ---- stopping ---- */

START_TEST(jobs_stop_puts_running_jobs_back)
{
    char first[JOB_ID_BYTES], second[JOB_ID_BYTES];
    struct job_owner *owner = running("hold", first);
    struct job_record record = {0};
    job_owner_submit(owner, "work", NULL, second);
    expect_wait(owner, first, 1000);
    expect_wait(owner, second, 1000);
    ck_assert(jobs_stop(owner->jobs, 20));
    ck_assert_uint_eq(owner->n_done, 2);
    const struct job_owner_saved back = job_owner_await(owner, first, JOB_QUEUED);
    ck_assert_uint_eq(back.attempt, 0);
    ck_assert_int_eq(back.started_at, 0);
    ck_assert_uint_eq(job_owner_count(owner, second, JOB_RUNNING), 0);
    ck_assert_int_eq(jobs_find(owner->jobs, first, &record, NULL), 1);
    ck_assert_int_eq(record.state, JOB_QUEUED);
    job_record_free(&record);
    expect_wait(owner, first, 1000);
    ck_assert_uint_eq(owner->n_done, 3); /* nobody waits any more */
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_stop_refuses_new_jobs_but_takes_those_with_a_place)
{
    struct job_owner *owner = job_owner_new(NULL);
    struct job_record record = job_owner_record("job_1", JOB_QUEUED, 0, "work");
    struct error err = {0};
    jobs_start(owner->jobs);
    ck_assert_int_eq(jobs_reserve(owner->jobs, NULL, NULL), 0);
    ck_assert(jobs_stop(owner->jobs, 20));
    ck_assert_int_eq(jobs_reserve(owner->jobs, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERROR_BUSY);
    struct job *job = jobs_prepare(&record, NULL);
    jobs_submit(owner->jobs, job);
    jobs_confirm(owner->jobs, job);
    ck_assert_int_eq(jobs_find(owner->jobs, "job_1", &record, NULL), 1);
    job_record_free(&record);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_stop_keeps_what_ends_meanwhile_and_what_was_cancelled)
{
    const struct jobs_options options = {.n_workers = 2};
    struct job_owner *owner = job_owner_new(&options);
    char ends[JOB_ID_BYTES], is_cancelled[JOB_ID_BYTES];
    job_owner_submit(owner, "keep", NULL, ends);
    job_owner_submit(owner, "hold", NULL, is_cancelled);
    jobs_start(owner->jobs);
    job_owner_await_runs(owner, 2);
    ck_assert_int_eq(jobs_cancel(owner->jobs, is_cancelled, NULL), 1);
    ck_assert(jobs_stop(owner->jobs, 20));
    ck_assert(job_owner_await(owner, ends, JOB_SUCCEEDED).has_outcome);
    job_owner_await(owner, is_cancelled, JOB_CANCELLED);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_stop_tells_of_a_job_that_does_not_stop_in_time)
{
    char id[JOB_ID_BYTES];
    struct job_owner *owner = running("deaf", id);
    double began = clock_seconds();
    ck_assert(!jobs_stop(owner->jobs, 0.05));
    ck_assert_double_ge(clock_seconds() - began, 0.05);
    job_owner_let_go(owner);
    ck_assert(jobs_stop(owner->jobs, 20));
    job_owner_await(owner, id, JOB_SUCCEEDED);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_stop_keeps_a_job_that_does_not_stop_as_queued_once)
{
    char id[JOB_ID_BYTES];
    struct job_owner *owner = running("deaf", id);
    ck_assert(!jobs_stop(owner->jobs, 0));
    ck_assert_uint_eq(job_owner_await(owner, id, JOB_QUEUED).attempt, 0);
    size_t n_saved = job_owner_count(owner, id, JOB_QUEUED);
    ck_assert(!jobs_stop(owner->jobs, 0));
    ck_assert_uint_eq(job_owner_count(owner, id, JOB_QUEUED), n_saved);
    job_owner_let_go(owner);
    job_owner_await(owner, id, JOB_SUCCEEDED);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_stop_keeps_a_job_as_cancelled_that_was_and_does_not_stop)
{
    char id[JOB_ID_BYTES];
    struct job_owner *owner = running("deaf", id);
    ck_assert_int_eq(jobs_cancel(owner->jobs, id, NULL), 1);
    ck_assert(!jobs_stop(owner->jobs, 0));
    ck_assert_int_gt(job_owner_await(owner, id, JOB_CANCELLED).finished_at, 0);
    job_owner_let_go(owner);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_stop_and_a_job_that_ends_do_not_save_at_the_same_time)
{
    char id[JOB_ID_BYTES];
    struct job_owner *owner = running("deaf", id);
    job_owner_hold_save(owner, JOB_SUCCEEDED);
    job_owner_let_go(owner);
    job_owner_await_save(owner);
    size_t n_saved = job_owner_count(owner, id, JOB_QUEUED);
    ck_assert(!jobs_stop(owner->jobs, 0));
    ck_assert_uint_eq(job_owner_count(owner, id, JOB_QUEUED), n_saved);
    job_owner_let_save(owner);
    ck_assert(jobs_stop(owner->jobs, 20));
    job_owner_await(owner, id, JOB_SUCCEEDED);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_stop_does_not_begin_a_job_that_is_just_starting)
{
    struct job_owner *owner = job_owner_new(NULL);
    char id[JOB_ID_BYTES];
    job_owner_submit(owner, "deaf", NULL, id);
    job_owner_hold_save(owner, JOB_RUNNING);
    jobs_start(owner->jobs);
    job_owner_await_save(owner);
    ck_assert(!jobs_stop(owner->jobs, 0));
    job_owner_let_save(owner);
    ck_assert(jobs_stop(owner->jobs, 20));
    ck_assert_uint_eq(job_owner_await(owner, id, JOB_QUEUED).attempt, 0);
    job_owner_free(owner);
}
END_TEST

/* ---- all at once ---- */

#define STORM_THREADS 4
#define STORM_JOBS 40

static void *storm_main(void *argument)
{
    struct job_owner *owner = argument;
    static const char *const requests[] = {"work", "hold", "make", "fail", "keep"};
    for (size_t i = 0; i < STORM_JOBS; i++) {
        char id[JOB_ID_BYTES];
        struct job_record record = {0};
        struct jobs_stats stats;
        job_owner_submit(owner, requests[i % 5], "ann", id);
        expect_wait(owner, id, 100);
        jobs_stats(owner->jobs, &stats);
        ck_assert_int_ge(jobs_find(owner->jobs, id, &record, NULL), 0);
        job_record_free(&record);
        /* What does not end by itself is cancelled, some else too. */
        if (i % 5 == 1 || i % 5 == 4 || i % 3 == 0)
            ck_assert_int_ge(jobs_cancel(owner->jobs, id, NULL), 0);
    }
    return NULL;
}

START_TEST(jobs_stand_a_storm_of_submitting_and_cancelling)
{
    const struct jobs_options options = {.n_workers = 3, .n_queued_most = 1000};
    struct job_owner *owner = job_owner_new(&options);
    pthread_t threads[STORM_THREADS];
    struct jobs_stats stats;
    jobs_start(owner->jobs);
    for (int t = 0; t < STORM_THREADS; t++)
        pthread_create(&threads[t], NULL, storm_main, owner);
    for (int t = 0; t < STORM_THREADS; t++)
        pthread_join(threads[t], NULL);
    job_owner_await_done(owner, (size_t)STORM_THREADS * STORM_JOBS);
    jobs_stats(owner->jobs, &stats);
    ck_assert_uint_eq(stats.n_queued + stats.n_running, 0);
    ck_assert_uint_eq(stats.n_ended[JOB_SUCCEEDED] + stats.n_ended[JOB_FAILED] +
                          stats.n_ended[JOB_CANCELLED],
                      STORM_THREADS * STORM_JOBS);
    job_owner_free(owner);
}
END_TEST

TCase *jobs_steer_test(void)
{
    TCase *tcase = tcase_create("jobs_steer");
    tcase_add_test(tcase, jobs_cancel_ends_a_queued_job_durably);
    tcase_add_test(tcase, jobs_cancel_leaves_a_queued_job_queued_if_that_cannot_be_kept);
    tcase_add_test(tcase, jobs_cancel_stops_a_running_job);
    tcase_add_test(tcase, jobs_cancel_keeps_the_outcome_of_a_job_that_gives_one);
    tcase_add_test(tcase, jobs_cancel_that_a_job_never_heard_of_came_too_late);
    tcase_add_test(tcase, jobs_cancel_of_a_job_that_fails_otherwise_tells_of_the_failure);
    tcase_add_test(tcase, jobs_cancel_waits_for_a_job_that_is_just_starting);
    tcase_add_test(tcase, jobs_cancel_waits_for_a_job_that_is_not_confirmed);
    tcase_add_test(tcase, jobs_when_done_calls_after_the_end);
    tcase_add_test(tcase, jobs_when_done_calls_after_the_seconds);
    tcase_add_test(tcase, jobs_when_done_calls_at_once_for_a_job_that_is_not_live);
    tcase_add_test(tcase, jobs_when_done_calls_nobody_without_memory);
    tcase_add_test(tcase, jobs_free_calls_who_still_waits);
    tcase_add_test(tcase, jobs_stop_puts_running_jobs_back);
    tcase_add_test(tcase, jobs_stop_refuses_new_jobs_but_takes_those_with_a_place);
    tcase_add_test(tcase, jobs_stop_keeps_what_ends_meanwhile_and_what_was_cancelled);
    tcase_add_test(tcase, jobs_stop_tells_of_a_job_that_does_not_stop_in_time);
    tcase_add_test(tcase, jobs_stop_keeps_a_job_that_does_not_stop_as_queued_once);
    tcase_add_test(tcase, jobs_stop_keeps_a_job_as_cancelled_that_was_and_does_not_stop);
    tcase_add_test(tcase, jobs_stop_and_a_job_that_ends_do_not_save_at_the_same_time);
    tcase_add_test(tcase, jobs_stop_does_not_begin_a_job_that_is_just_starting);
    tcase_add_test(tcase, jobs_stand_a_storm_of_submitting_and_cancelling);
    return tcase;
}
