/* What the queue writes into the logs of its jobs. */
#include <stdio.h>
#include <string.h>

#include "core/jobs/jobs.h"
#include "tests/support/job_owner.h"
#include "tests/support/suite.h"

/* The words of the log of a job, with blanks between; its last id. */
struct course {
    char words[256];
    uint64_t last_id;
    uint32_t last_attempt;
    char result[32];
};

static bool add(void *context, const struct job_log_view *view)
{
    struct course *course = context;
    size_t n = strlen(course->words);
    snprintf(course->words + n, sizeof(course->words) - n, "%s%s", n ? " " : "",
             job_log_word(view->event->kind));
    ck_assert_uint_gt(view->event->id, course->last_id);
    course->last_id = view->event->id;
    course->last_attempt = view->event->attempt;
    snprintf(course->result, sizeof(course->result), "%s",
             view->result ? view->result : "");
    return true;
}

static struct course course_of(struct jobs *jobs, const char *id)
{
    struct course course = {.words = ""};
    struct job_log *log = jobs_log(jobs, id);
    ck_assert_ptr_nonnull(log);
    job_log_each(log, 0, add, &course);
    job_log_release(log);
    return course;
}

static void await_gone(struct job_owner *owner, const char *id)
{
    size_t n = atomic_load(&owner->n_done);
    ck_assert_int_eq(jobs_when_done(owner->jobs, id, 10, job_owner_done, owner, NULL), 0);
    job_owner_await_done(owner, n + 1);
}

START_TEST(jobs_log_the_course_of_a_job)
{
    struct job_owner *owner = job_owner_new(NULL);
    char id[JOB_ID_BYTES];
    job_owner_submit(owner, "work", NULL, id);
    ck_assert_str_eq(course_of(owner->jobs, id).words, "queued");
    jobs_start(owner->jobs);
    await_gone(owner, id);
    struct course course = course_of(owner->jobs, id);
    ck_assert_str_eq(course.words, "queued started succeeded");
    ck_assert_uint_eq(course.last_id, 3);
    ck_assert_uint_eq(course.last_attempt, 1);
    ck_assert_ptr_null(jobs_log(owner->jobs, "job_other"));
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_log_failures_and_cancels)
{
    struct job_owner *owner = job_owner_new(NULL);
    char fails[JOB_ID_BYTES], holds[JOB_ID_BYTES], waits[JOB_ID_BYTES];
    job_owner_submit(owner, "fail", NULL, fails);
    job_owner_submit(owner, "hold", NULL, holds);
    job_owner_submit(owner, "hold", NULL, waits);
    ck_assert_int_eq(jobs_cancel(owner->jobs, waits, NULL), 1);
    ck_assert_str_eq(course_of(owner->jobs, waits).words, "queued cancelled");
    jobs_start(owner->jobs);
    await_gone(owner, fails);
    ck_assert_str_eq(course_of(owner->jobs, fails).words, "queued started failed");
    job_owner_await_runs(owner, 2);
    ck_assert_int_eq(jobs_cancel(owner->jobs, holds, NULL), 1);
    await_gone(owner, holds);
    ck_assert_str_eq(course_of(owner->jobs, holds).words, "queued started cancelled");
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_log_that_a_job_goes_back_to_the_queue)
{
    struct job_owner *owner = job_owner_new(NULL);
    char id[JOB_ID_BYTES];
    job_owner_submit(owner, "hold", NULL, id);
    jobs_start(owner->jobs);
    job_owner_await_runs(owner, 1);
    ck_assert(jobs_stop(owner->jobs, 10));
    ck_assert_str_eq(course_of(owner->jobs, id).words, "queued started interrupted");
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_number_events_of_a_later_process_higher)
{
    struct job_owner *owner = job_owner_new(NULL);
    struct job_record record = job_owner_record("job_a", JOB_RUNNING, 1, "work");
    record.n_starts = 2;
    ck_assert_int_eq(jobs_restore(owner->jobs, &record, NULL), 0);
    jobs_start(owner->jobs);
    await_gone(owner, "job_a");
    struct course course = course_of(owner->jobs, "job_a");
    ck_assert_str_eq(course.words, "queued started succeeded");
    ck_assert_uint_eq(course.last_id, ((uint64_t)2 << 32) + 3);
    ck_assert_uint_eq(course.last_attempt, 2);
    job_owner_free(owner);
}
END_TEST

START_TEST(jobs_keep_the_logs_of_the_last_that_ended)
{
    enum { N = 70 };
    struct job_owner *owner = job_owner_new(NULL);
    char ids[N][JOB_ID_BYTES];
    for (int i = 0; i < N; i++)
        job_owner_submit(owner, "work", NULL, ids[i]);
    jobs_start(owner->jobs);
    await_gone(owner, ids[N - 1]);
    ck_assert_ptr_null(jobs_log(owner->jobs, ids[0]));
    ck_assert_str_eq(course_of(owner->jobs, ids[N - 64]).words,
                     "queued started succeeded");
    job_owner_free(owner);
}
END_TEST

TCase *jobs_events_test(void)
{
    TCase *cases = tcase_create("jobs_events");
    tcase_add_test(cases, jobs_log_the_course_of_a_job);
    tcase_add_test(cases, jobs_log_failures_and_cancels);
    tcase_add_test(cases, jobs_log_that_a_job_goes_back_to_the_queue);
    tcase_add_test(cases, jobs_number_events_of_a_later_process_higher);
    tcase_add_test(cases, jobs_keep_the_logs_of_the_last_that_ended);
    return cases;
}
