#include "core/jobs/jobs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/job_owner.h"
#include "tests/support/suite.h"

static enum job_state live_state(struct job_owner *owner, const char *id)
{
    struct job_record record = {0};
    ck_assert_int_eq(jobs_find(owner->jobs, id, &record, NULL), 1);
    enum job_state state = record.state;
    job_record_free(&record);
    return state;
}

static void expect_gone(struct job_owner *owner, const char *id)
{
    struct job_record record = {0};
    ck_assert_int_eq(jobs_when_done(owner->jobs, id, 10, job_owner_done, owner, NULL), 0);
    job_owner_await_done(owner, 1);
    ck_assert_int_eq(jobs_find(owner->jobs, id, &record, NULL), 0);
}

/* ---- running ---- */

START_TEST(jobs_run_nothing_before_the_start)
{
    struct job_owner *owner = job_owner_new(NULL);
    char id[JOB_ID_BYTES];
    job_owner_submit(owner, "work", NULL, id);
    ck_assert_int_eq(jobs_when_done(owner->jobs, id, 0.05, job_owner_done, owner, NULL),
                     0);
    job_owner_await_done(owner, 1);
    ck_assert_int_eq(live_state(owner, id), JOB_QUEUED);
    ck_assert_uint_eq(owner->n_saved, 0);
    jobs_start(owner->jobs);
    job_owner_await(owner, id, JOB_SUCCEEDED);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_run_in_the_order_of_submission)
{
    struct job_owner *owner = job_owner_new(NULL);
    char ids[5][JOB_ID_BYTES];
    for (int i = 0; i < 5; i++)
        job_owner_submit(owner, "work", NULL, ids[i]);
    jobs_start(owner->jobs);
    job_owner_await(owner, ids[4], JOB_SUCCEEDED);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_str_eq(owner->saved[2 * i].id, ids[i]);
        ck_assert_int_eq(owner->saved[2 * i].state, JOB_RUNNING);
        ck_assert_str_eq(owner->saved[2 * i + 1].id, ids[i]);
        ck_assert_int_eq(owner->saved[2 * i + 1].state, JOB_SUCCEEDED);
    }
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_run_as_many_at_a_time_as_there_are_workers)
{
    const struct jobs_options options = {.n_workers = 2};
    struct job_owner *owner = job_owner_new(&options);
    struct jobs_stats stats;
    char ids[3][JOB_ID_BYTES];
    for (int i = 0; i < 3; i++)
        job_owner_submit(owner, "hold", NULL, ids[i]);
    jobs_start(owner->jobs);
    job_owner_await(owner, ids[0], JOB_RUNNING);
    job_owner_await(owner, ids[1], JOB_RUNNING);
    ck_assert_int_eq(live_state(owner, ids[2]), JOB_QUEUED);
    jobs_stats(owner->jobs, &stats);
    ck_assert_uint_eq(stats.n_queued + stats.n_running, 3);
    ck_assert_uint_ge(stats.n_queued, 1);
    job_owner_let_go(owner);
    for (int i = 0; i < 3; i++)
        job_owner_await(owner, ids[i], JOB_SUCCEEDED);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_keep_times_attempt_outcome_and_result)
{
    struct job_owner *owner = job_owner_new(NULL);
    char id[JOB_ID_BYTES];
    job_owner_submit(owner, "make", NULL, id);
    jobs_start(owner->jobs);
    const struct job_owner_saved end = job_owner_await(owner, id, JOB_SUCCEEDED);
    ck_assert_uint_eq(end.attempt, 1);
    ck_assert_int_gt(end.started_at, 0);
    ck_assert_int_ge(end.finished_at, end.started_at);
    ck_assert(end.has_outcome);
    ck_assert_int_eq(end.code, ERROR_NONE);
    ck_assert_int_eq(owner->saved[0].state, JOB_RUNNING);
    ck_assert_int_eq(owner->saved[0].finished_at, 0);
    expect_gone(owner, id);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_keep_why_a_job_failed)
{
    struct job_owner *owner = job_owner_new(NULL);
    char fails[JOB_ID_BYTES], is_silent[JOB_ID_BYTES];
    jobs_start(owner->jobs);
    job_owner_submit(owner, "fail", NULL, fails);
    job_owner_submit(owner, "silent", NULL, is_silent);
    ck_assert_int_eq(job_owner_await(owner, fails, JOB_FAILED).code, ERROR_SINGLE_CLASS);
    ck_assert_int_eq(job_owner_await(owner, is_silent, JOB_FAILED).code, ERROR_INTERNAL);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_end_a_job_at_its_time_limit)
{
    struct job_owner *owner = job_owner_new(NULL);
    char id[JOB_ID_BYTES];
    jobs_start(owner->jobs);
    job_owner_submit(owner, "limit", NULL, id);
    ck_assert_int_eq(job_owner_await(owner, id, JOB_FAILED).code, ERROR_TIME_LIMIT);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_show_the_progress_of_a_running_job)
{
    struct job_owner *owner = job_owner_new(NULL);
    struct job_record record = {0};
    char id[JOB_ID_BYTES];
    job_owner_submit(owner, "report", "ann", id);
    jobs_start(owner->jobs);
    while (record.progress.iteration != 7) {
        job_record_free(&record);
        ck_assert_int_eq(jobs_find(owner->jobs, id, &record, NULL), 1);
    }
    ck_assert_int_eq(record.state, JOB_RUNNING);
    ck_assert_uint_eq(record.attempt, 1);
    ck_assert_str_eq(record.owner, "ann");
    ck_assert_str_eq(record.request, "report");
    ck_assert_double_eq(record.progress.fraction, 0.5);
    ck_assert_double_eq_tol(record.progress.eta_seconds, 2, 1); /* it runs down */
    job_record_free(&record);
    ck_assert_int_eq(jobs_find(owner->jobs, "job_nobody", &record, NULL), 0);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_count_what_has_ended)
{
    struct job_owner *owner = job_owner_new(NULL);
    struct jobs_stats stats;
    char id[JOB_ID_BYTES];
    jobs_start(owner->jobs);
    job_owner_submit(owner, "work", NULL, id);
    job_owner_submit(owner, "fail", NULL, id);
    job_owner_submit(owner, "limit", NULL, id);
    expect_gone(owner, id);
    jobs_stats(owner->jobs, &stats);
    ck_assert_uint_eq(stats.n_ended[JOB_SUCCEEDED], 1);
    ck_assert_uint_eq(stats.n_ended[JOB_FAILED], 2);
    ck_assert_uint_eq(stats.n_ended[JOB_CANCELLED], 0);
    ck_assert_uint_eq(stats.n_queued + stats.n_running, 0);
    ck_assert_double_ge(stats.run_seconds, 0.02);
    ck_assert_double_lt(stats.run_seconds, 20);
    job_owner_free(owner);
}
END_TEST

/* ---- when the store fails ---- */

START_TEST(jobs_fail_a_job_whose_outcome_cannot_be_kept)
{
    struct job_owner *owner = job_owner_new(NULL);
    char id[JOB_ID_BYTES];
    job_owner_fail_saves(owner, JOB_SUCCEEDED, 1);
    jobs_start(owner->jobs);
    job_owner_submit(owner, "make", NULL, id);
    const struct job_owner_saved end = job_owner_await(owner, id, JOB_FAILED);
    ck_assert_int_eq(end.code, ERROR_NO_SPACE);
    ck_assert(!end.has_outcome);
    ck_assert_str_eq(end.result, "");
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_try_again_to_keep_an_end_and_keep_its_cause)
{
    struct job_owner *owner = job_owner_new(NULL);
    char id[JOB_ID_BYTES];
    job_owner_fail_saves(owner, JOB_FAILED, 2);
    jobs_start(owner->jobs);
    job_owner_submit(owner, "fail", NULL, id);
    ck_assert_int_eq(job_owner_await(owner, id, JOB_FAILED).code, ERROR_SINGLE_CLASS);
    expect_gone(owner, id);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_start_a_job_again_when_its_start_could_not_be_kept)
{
    struct job_owner *owner = job_owner_new(NULL);
    char first[JOB_ID_BYTES], second[JOB_ID_BYTES];
    job_owner_fail_saves(owner, JOB_RUNNING, 1);
    job_owner_submit(owner, "work", NULL, first);
    job_owner_submit(owner, "work", NULL, second);
    jobs_start(owner->jobs);
    ck_assert_uint_eq(job_owner_await(owner, first, JOB_SUCCEEDED).attempt, 1);
    job_owner_await(owner, second, JOB_SUCCEEDED);
    ck_assert_str_eq(owner->saved[0].id, first);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_leave_an_end_that_cannot_be_kept_to_the_next_start)
{
    struct job_owner *owner = job_owner_new(NULL);
    char id[JOB_ID_BYTES];
    job_owner_fail_saves(owner, JOB_SUCCEEDED, 1);
    job_owner_fail_saves(owner, JOB_FAILED, 1000);
    job_owner_hold_save(owner, JOB_FAILED);
    jobs_start(owner->jobs);
    job_owner_submit(owner, "make", NULL, id);
    job_owner_await_save(owner);
    job_owner_let_save(owner);
    ck_assert_int_eq(live_state(owner, id), JOB_RUNNING);
    ck_assert(jobs_stop(owner->jobs, 20));
    job_owner_await(owner, id, JOB_QUEUED);
    job_owner_free(owner);
}
END_TEST

/* ---- places ---- */

START_TEST(jobs_reserve_no_more_places_than_there_are)
{
    const struct jobs_options options = {.n_queued_most = 2};
    struct job_owner *owner = job_owner_new(&options);
    struct error err = {0};
    char id[JOB_ID_BYTES];
    job_owner_submit(owner, "work", NULL, id);
    ck_assert_int_eq(jobs_reserve(owner->jobs, NULL, NULL), 0);
    ck_assert_int_eq(jobs_reserve(owner->jobs, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERROR_QUEUE_FULL);
    ck_assert_ptr_nonnull(strstr(err.message, "2 jobs wait"));
    jobs_cancel_reservation(owner->jobs, NULL);
    ck_assert_int_eq(jobs_reserve(owner->jobs, "ann", NULL), 0);
    ck_assert_int_eq(jobs_reserve(owner->jobs, "bob", NULL), -1);
    job_owner_free(owner); /* with a place reserved */
}
END_TEST

START_TEST(jobs_hold_an_owner_to_its_limit)
{
    const struct jobs_options options = {.n_per_owner_most = 3};
    struct job_owner *owner = job_owner_new(&options);
    struct error err = {0};
    char running[JOB_ID_BYTES], queued[JOB_ID_BYTES];
    jobs_start(owner->jobs);
    job_owner_submit(owner, "hold", "ann", running);
    job_owner_await(owner, running, JOB_RUNNING);
    job_owner_submit(owner, "hold", "ann", queued);
    ck_assert_int_eq(jobs_reserve(owner->jobs, "ann", NULL), 0);
    ck_assert_int_eq(jobs_reserve(owner->jobs, "ann", &err), -1);
    ck_assert_int_eq(err.code, ERROR_BUSY);
    ck_assert_ptr_nonnull(strstr(err.message, "3 jobs"));
    ck_assert_int_eq(jobs_reserve(owner->jobs, "bob", NULL), 0);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(jobs_reserve(owner->jobs, NULL, NULL), 0);
    jobs_cancel_reservation(owner->jobs, "ann");
    ck_assert_int_eq(jobs_reserve(owner->jobs, "ann", NULL), 0);
    job_owner_free(owner);
}
END_TEST

/* Handed in, and not yet durable. */
static struct job *submit(struct job_owner *owner, const char *id)
{
    struct job_record record = job_owner_record(id, JOB_QUEUED, 0, "work");
    ck_assert_int_eq(jobs_reserve(owner->jobs, NULL, NULL), 0);
    struct job *job = jobs_prepare(&record, NULL);
    jobs_submit(owner->jobs, job);
    return job;
}

START_TEST(jobs_do_not_start_what_is_not_durable_yet)
{
    struct job_owner *owner = job_owner_new(NULL);
    char later[JOB_ID_BYTES];
    jobs_start(owner->jobs);
    struct job *job = submit(owner, "job_1");
    ck_assert_int_eq(live_state(owner, "job_1"), JOB_QUEUED);
    job_owner_submit(owner, "work", NULL, later);
    job_owner_await(owner, later, JOB_SUCCEEDED);
    ck_assert_int_eq(live_state(owner, "job_1"), JOB_QUEUED);
    ck_assert_uint_eq(job_owner_count(owner, "job_1", JOB_RUNNING), 0);
    jobs_confirm(owner->jobs, job);
    job_owner_await(owner, "job_1", JOB_SUCCEEDED);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_forget_what_is_withdrawn)
{
    const struct jobs_options options = {.n_queued_most = 1};
    struct job_owner *owner = job_owner_new(&options);
    struct job_record record = {0};
    jobs_start(owner->jobs);
    struct job *job = submit(owner, "job_1");
    ck_assert_int_eq(jobs_reserve(owner->jobs, NULL, NULL), -1);
    ck_assert_int_eq(
        jobs_when_done(owner->jobs, "job_1", 1000, job_owner_done, owner, NULL), 0);
    jobs_withdraw(owner->jobs, job);
    job_owner_await_done(owner, 1);
    ck_assert_int_eq(jobs_find(owner->jobs, "job_1", &record, NULL), 0);
    ck_assert_int_eq(jobs_reserve(owner->jobs, NULL, NULL), 0);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_discard_what_was_prepared_and_not_submitted)
{
    struct job_record record = job_owner_record("job_1", JOB_QUEUED, 0, "work");
    struct job *job = jobs_prepare(&record, NULL);
    ck_assert_ptr_null(record.request);
    ck_assert_str_eq(jobs_prepared_record(job)->request, "work");
    jobs_discard(job);
    jobs_discard(NULL);
    jobs_free(NULL);
}
END_TEST

START_TEST(jobs_make_ids_that_differ)
{
    char one[JOB_ID_BYTES], other[JOB_ID_BYTES];
    ck_assert_int_eq(jobs_new_id(one, NULL), 0);
    ck_assert_int_eq(jobs_new_id(other, NULL), 0);
    ck_assert_uint_eq(strlen(one), 24);
    ck_assert_uint_eq(strspn(one + 4, "0123456789abcdef"), 20);
    ck_assert_int_eq(strncmp(one, "job_", 4), 0);
    ck_assert_str_ne(one, other);
}
END_TEST

/* ---- putting back ---- */

static void restore(struct job_owner *owner, const char *id, enum job_state state,
                    uint32_t attempt)
{
    struct job_record record = job_owner_record(id, state, attempt, "work");
    ck_assert_int_eq(jobs_restore(owner->jobs, &record, NULL), 0);
    ck_assert_ptr_null(record.request);
}

START_TEST(jobs_put_back_what_was_queued_or_running)
{
    struct job_owner *owner = job_owner_new(NULL);
    restore(owner, "job_1", JOB_RUNNING, 1);
    restore(owner, "job_2", JOB_QUEUED, 0);
    ck_assert_uint_eq(owner->n_saved, 1); /* what was queued stays so */
    ck_assert_int_eq(owner->saved[0].state, JOB_QUEUED);
    ck_assert_uint_eq(owner->saved[0].attempt, 1);
    ck_assert_int_eq(live_state(owner, "job_1"), JOB_QUEUED);
    jobs_start(owner->jobs);
    ck_assert_uint_eq(job_owner_await(owner, "job_1", JOB_SUCCEEDED).attempt, 2);
    ck_assert_uint_eq(job_owner_await(owner, "job_2", JOB_SUCCEEDED).attempt, 1);
    ck_assert_str_eq(owner->saved[1].id, "job_1");
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_end_a_job_that_crashed_too_often)
{
    struct job_owner *owner = job_owner_new(NULL);
    struct jobs_stats stats;
    struct job_record record = {0};
    restore(owner, "job_1", JOB_RUNNING, JOBS_MAX_ATTEMPTS - 1);
    restore(owner, "job_2", JOB_RUNNING, JOBS_MAX_ATTEMPTS);
    ck_assert_int_eq(live_state(owner, "job_1"), JOB_QUEUED);
    ck_assert_int_eq(jobs_find(owner->jobs, "job_2", &record, NULL), 0);
    const struct job_owner_saved end = job_owner_await(owner, "job_2", JOB_FAILED);
    ck_assert_int_eq(end.code, ERROR_CRASHED);
    ck_assert_int_gt(end.finished_at, 0);
    jobs_stats(owner->jobs, &stats);
    ck_assert_uint_eq(stats.n_ended[JOB_FAILED], 1);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_come_back_though_nothing_can_be_saved)
{
    struct job_owner *owner = job_owner_new(NULL);
    job_owner_fail_saves(owner, JOB_QUEUED, 1);
    job_owner_fail_saves(owner, JOB_FAILED, 2);
    restore(owner, "job_1", JOB_RUNNING, 1);
    restore(owner, "job_2", JOB_RUNNING, JOBS_MAX_ATTEMPTS);
    ck_assert_int_eq(live_state(owner, "job_2"), JOB_QUEUED);
    jobs_start(owner->jobs);
    ck_assert_uint_eq(job_owner_await(owner, "job_1", JOB_SUCCEEDED).attempt, 2);
    ck_assert_int_eq(job_owner_await(owner, "job_2", JOB_FAILED).code, ERROR_CRASHED);
    ck_assert_uint_eq(job_owner_count(owner, "job_2", JOB_RUNNING), 0);
    job_owner_free(owner);
}
END_TEST

/* ---- without memory ---- */

static int build(struct error *err)
{
    const struct jobs_options options = {.n_workers = 2, .n_queued_most = 1};
    const struct jobs_hooks hooks = {0};
    struct jobs *jobs = jobs_new(&options, &hooks, err);
    struct job_record record = {.id = "job_1", .state = JOB_QUEUED};
    struct job_record found = {0};
    struct job *job = NULL;
    int result = jobs ? jobs_reserve(jobs, "ann", err) : -1;
    if (result == 0)
        jobs_cancel_reservation(jobs, "ann");
    if (result == 0 && !(record.request = memory_copy("x", 1, err)))
        result = -1;
    if (result == 0 && !(job = jobs_prepare(&record, err)))
        result = -1;
    jobs_discard(job);
    if (result == 0)
        result = jobs_restore(jobs, &record, err);
    if (result == 0 && jobs_find(jobs, "", &found, err) != 1)
        result = -1;
    job_record_free(&found);
    job_record_free(&record);
    jobs_free(jobs);
    return result;
}

START_TEST(jobs_tell_of_every_allocation_that_fails)
{
    int result = -1;
    long n = 0;
    for (; result < 0; n++) {
        struct error err = {0};
        memory_fail_after(n);
        result = build(&err);
        memory_fail_after(-1);
        ck_assert(result == 0 || err.code == ERROR_NO_MEMORY);
    }
    ck_assert_int_ge(n, 8);
}
END_TEST

TCase *jobs_test(void)
{
    TCase *tcase = tcase_create("jobs");
    tcase_add_test(tcase, jobs_run_nothing_before_the_start);
    tcase_add_test(tcase, jobs_run_in_the_order_of_submission);
    tcase_add_test(tcase, jobs_run_as_many_at_a_time_as_there_are_workers);
    tcase_add_test(tcase, jobs_keep_times_attempt_outcome_and_result);
    tcase_add_test(tcase, jobs_keep_why_a_job_failed);
    tcase_add_test(tcase, jobs_end_a_job_at_its_time_limit);
    tcase_add_test(tcase, jobs_show_the_progress_of_a_running_job);
    tcase_add_test(tcase, jobs_count_what_has_ended);
    tcase_add_test(tcase, jobs_fail_a_job_whose_outcome_cannot_be_kept);
    tcase_add_test(tcase, jobs_try_again_to_keep_an_end_and_keep_its_cause);
    tcase_add_test(tcase, jobs_start_a_job_again_when_its_start_could_not_be_kept);
    tcase_add_test(tcase, jobs_leave_an_end_that_cannot_be_kept_to_the_next_start);
    tcase_add_test(tcase, jobs_reserve_no_more_places_than_there_are);
    tcase_add_test(tcase, jobs_hold_an_owner_to_its_limit);
    tcase_add_test(tcase, jobs_do_not_start_what_is_not_durable_yet);
    tcase_add_test(tcase, jobs_forget_what_is_withdrawn);
    tcase_add_test(tcase, jobs_discard_what_was_prepared_and_not_submitted);
    tcase_add_test(tcase, jobs_make_ids_that_differ);
    tcase_add_test(tcase, jobs_put_back_what_was_queued_or_running);
    tcase_add_test(tcase, jobs_end_a_job_that_crashed_too_often);
    tcase_add_test(tcase, jobs_come_back_though_nothing_can_be_saved);
    tcase_add_test(tcase, jobs_tell_of_every_allocation_that_fails);
    return tcase;
}
