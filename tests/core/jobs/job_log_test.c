#include "core/jobs/job_log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/jobs/jobs_follow.h"
#include "tests/support/suite.h"

#define AT_MOST 15.0

/* ---- looking at a log ---- */

#define MOST_SEEN 4096U

struct seen {
    size_t n, n_most;
    uint64_t ids[MOST_SEEN], iterations[MOST_SEEN];
    uint64_t n_dropped; /* of all of them together */
    enum job_event_kind last;
    enum error_code code;
    char result[32], word[32], detail[32];
};

static bool see(void *context, const struct job_log_view *view)
{
    struct seen *seen = context;
    const struct job_event *event = view->event;
    seen->ids[seen->n] = event->id;
    seen->iterations[seen->n++] = event->step.iteration;
    seen->n_dropped += event->n_dropped;
    seen->last = event->kind;
    seen->code = view->error ? view->error->code : ERROR_NONE;
    snprintf(seen->result, sizeof(seen->result), "%s", view->result ? view->result : "");
    snprintf(seen->word, sizeof(seen->word), "%s", event->word ? event->word : "");
    snprintf(seen->detail, sizeof(seen->detail), "%s",
             event->detail ? event->detail : "");
    return seen->n < seen->n_most;
}

static const struct seen *look(struct job_log *log, uint64_t after)
{
    static struct seen seen;
    seen = (struct seen){.n_most = MOST_SEEN};
    job_log_each(log, after, see, &seen);
    return &seen;
}

static struct job_log *log_new(uint64_t first)
{
    struct job_log *log = job_log_new(first, NULL);
    ck_assert_ptr_nonnull(log);
    return log;
}

static void add_iterations(struct job_log *log, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        job_log_append(
            log, &(struct job_event){.kind = JOB_EVENT_ITERATION, .step.iteration = i});
}

static void end(struct job_log *log)
{
    job_log_end(log, &(struct job_event){.kind = JOB_EVENT_SUCCEEDED}, NULL, "m/1");
}

/* ---- the log ---- */

START_TEST(job_log_numbers_events_from_its_first_id)
{
    struct job_log *log = log_new(41);
    int64_t before = clock_wall_microseconds();
    job_log_append(log, &(struct job_event){.kind = JOB_EVENT_QUEUED});
    job_log_append(log, &(struct job_event){.kind = JOB_EVENT_STARTED});
    const struct seen *seen = look(log, 0);
    ck_assert_uint_eq(seen->n, 2);
    ck_assert_uint_eq(seen->ids[0], 41);
    ck_assert_uint_eq(seen->ids[1], 42);
    ck_assert_uint_eq(job_log_next_id(log), 43);
    ck_assert_int_ge(clock_wall_microseconds(), before);
    job_log_release(log);
}
END_TEST

START_TEST(job_log_tells_what_comes_behind_an_event)
{
    struct job_log *log = log_new(1);
    add_iterations(log, 10);
    ck_assert_uint_eq(look(log, 4)->n, 6);
    ck_assert_uint_eq(look(log, 4)->ids[0], 5);
    ck_assert_uint_eq(look(log, 10)->n, 0);
    ck_assert_uint_eq(look(log, 1000)->n, 0);
    job_log_release(log);
}
END_TEST

START_TEST(job_log_stops_where_it_is_told)
{
    static struct seen seen;
    struct job_log *log = log_new(1);
    add_iterations(log, 10);
    seen = (struct seen){.n_most = 3};
    job_log_each(log, 0, see, &seen);
    ck_assert_uint_eq(seen.n, 3);
    job_log_release(log);
}
END_TEST

START_TEST(job_log_copies_texts)
{
    struct job_log *log = log_new(1);
    char code[] = "aliased_columns", detail[] = "two";
    job_log_append(log, &(struct job_event){
                            .kind = JOB_EVENT_WARNING, .word = code, .detail = detail});
    code[0] = detail[0] = 'x';
    const struct seen *seen = look(log, 0);
    ck_assert_str_eq(seen->word, "aliased_columns");
    ck_assert_str_eq(seen->detail, "two");
    job_log_release(log);
}
END_TEST

START_TEST(job_log_tells_how_a_job_failed)
{
    struct job_log *log = log_new(1);
    struct error why = {0};
    error_set(&why, ERROR_SINGLE_CLASS, "only one class");
    ck_assert(!job_log_is_over(log, 0));
    job_log_end(log, &(struct job_event){.id = 7, .kind = JOB_EVENT_FAILED}, &why, NULL);
    const struct seen *seen = look(log, 0);
    ck_assert_int_eq(seen->last, JOB_EVENT_FAILED);
    ck_assert_int_eq(seen->code, ERROR_SINGLE_CLASS);
    ck_assert_uint_eq(seen->ids[0], 7);
    ck_assert(!job_log_is_over(log, 6));
    ck_assert(job_log_is_over(log, 7));
    job_log_release(log);
}
END_TEST

START_TEST(job_log_may_be_closed_without_an_end)
{
    struct job_log *log = log_new(1);
    add_iterations(log, 1);
    job_log_close(log);
    ck_assert(!job_log_is_over(log, 0));
    ck_assert(job_log_is_over(log, 1));
    job_log_release(log);
}
END_TEST

/* The course of 100 000 iterations: the first and the latest all, between them no gap of
 * more than a few hundred, and not one is unaccounted for. */
START_TEST(job_log_thins_out_evenly)
{
    enum { N = 100000 };
    struct job_log *log = log_new(1);
    job_log_append(log, &(struct job_event){.kind = JOB_EVENT_STARTED});
    add_iterations(log, N);
    end(log);
    const struct seen *seen = look(log, 0);
    ck_assert_uint_le(seen->n, JOB_LOG_MOST);
    ck_assert_uint_ge(seen->n, JOB_LOG_MOST / 2);
    ck_assert_uint_eq(seen->n + seen->n_dropped, N + 2);
    ck_assert_uint_eq(seen->ids[0], 1);
    ck_assert_uint_eq(seen->iterations[1], 0);
    ck_assert_str_eq(seen->result, "m/1");
    uint64_t widest = 0;
    for (size_t i = 2; i + 1 < seen->n; i++) {
        uint64_t gap = seen->iterations[i] - seen->iterations[i - 1];
        widest = gap > widest ? gap : widest;
    }
    ck_assert_uint_le(widest, 600);
    for (size_t i = seen->n - 200; i < seen->n; i++)
        ck_assert_uint_eq(seen->ids[i], seen->ids[i - 1] + 1);
    job_log_release(log);
}
END_TEST

START_TEST(job_log_keeps_some_warnings_and_bounds_their_number)
{
    struct job_log *log = log_new(1);
    for (int i = 0; i < 5000; i++)
        job_log_append(log, &(struct job_event){
                                .kind = JOB_EVENT_WARNING, .word = "w", .detail = "d"});
    ck_assert_uint_le(look(log, 0)->n, JOB_LOG_MOST);
    ck_assert_uint_eq(look(log, 0)->ids[99], 100);
    ck_assert_uint_eq(look(log, 0)->n + look(log, 0)->n_dropped, 5000);
    job_log_release(log);
}
END_TEST

START_TEST(job_log_shrinks)
{
    struct job_log *log = log_new(1);
    add_iterations(log, 900);
    end(log);
    job_log_shrink(log, 256);
    const struct seen *seen = look(log, 0);
    ck_assert_uint_le(seen->n, 256);
    ck_assert_uint_eq(seen->n + seen->n_dropped, 901);
    ck_assert_int_eq(seen->last, JOB_EVENT_SUCCEEDED);
    job_log_release(log);
}
END_TEST

START_TEST(job_log_counts_what_it_has_no_memory_for)
{
    struct job_log *log = log_new(1);
    add_iterations(log, 7);
    memory_fail_after(0);
    add_iterations(log, 1); /* would grow */
    memory_fail_after(0);
    job_log_append(log, &(struct job_event){.kind = JOB_EVENT_STAGE, .word = "solving"});
    memory_fail_after(0);
    end(log);
    memory_fail_after(-1);
    const struct seen *seen = look(log, 0);
    ck_assert_uint_eq(seen->n + seen->n_dropped, 10);
    ck_assert_uint_eq(seen->n_dropped, 2);
    ck_assert_int_eq(seen->last, JOB_EVENT_SUCCEEDED);
    job_log_release(log);
    for (int i = 0; i < 2; i++) {
        memory_fail_after(i);
        ck_assert_ptr_null(job_log_new(1, NULL));
    }
    memory_fail_after(-1);
}
END_TEST

/* ---- followers ---- */

static void on_wake(void *context)
{
    atomic_fetch_add((atomic_int *)context, 1);
}

static bool comes_to(atomic_int *count, int n, double seconds)
{
    const struct timespec pause = {.tv_nsec = 1000 * 1000};
    double until = clock_seconds() + seconds;
    while (atomic_load(count) < n && clock_seconds() < until)
        nanosleep(&pause, NULL);
    return atomic_load(count) >= n;
}

START_TEST(jobs_follow_tells_of_what_was_there_of_news_and_of_the_end)
{
    struct jobs_follow *follow = jobs_follow_new(NULL);
    struct job_log *log = log_new(1);
    atomic_int n = 0;
    struct jobs_follower follower = {.log = log, .wake = on_wake, .context = &n};
    ck_assert_ptr_nonnull(follow);
    add_iterations(log, 1);
    jobs_follow_add(follow, &follower);
    ck_assert(comes_to(&n, 1, AT_MOST));
    jobs_follow_tell(follow);
    ck_assert(!comes_to(&n, 2, 0.1)); /* nothing has come */
    add_iterations(log, 1);
    jobs_follow_tell(follow);
    ck_assert(comes_to(&n, 2, AT_MOST));
    job_log_close(log);
    jobs_follow_tell(follow);
    ck_assert(comes_to(&n, 3, AT_MOST));
    jobs_follow_remove(follow, &follower);
    add_iterations(log, 1);
    jobs_follow_tell(follow);
    ck_assert(!comes_to(&n, 4, 0.1));
    jobs_follow_free(follow);
    job_log_release(log);
}
END_TEST

/* Telling costs the job little however often it does. */
START_TEST(jobs_follow_tells_many_news_at_once)
{
    enum { N_FOLLOWERS = 50, N_NEWS = 2000 };
    struct jobs_follow *follow = jobs_follow_new(NULL);
    struct job_log *log = log_new(1);
    struct jobs_follower followers[N_FOLLOWERS];
    atomic_int n = 0;
    for (int i = 0; i < N_FOLLOWERS; i++) {
        followers[i] = (struct jobs_follower){.log = log, .wake = on_wake, .context = &n};
        jobs_follow_add(follow, &followers[i]);
    }
    double began = clock_seconds();
    for (int i = 0; i < N_NEWS; i++) {
        add_iterations(log, 1);
        jobs_follow_tell(follow);
    }
    double rounds = (clock_seconds() - began) / 0.01 + 3;
    ck_assert(comes_to(&n, N_FOLLOWERS, AT_MOST));
    for (int i = 0; i < N_FOLLOWERS; i++)
        jobs_follow_remove(follow, &followers[i]);
    ck_assert_double_le(atomic_load(&n), rounds * N_FOLLOWERS);
    jobs_follow_free(follow);
    job_log_release(log);
}
END_TEST

START_TEST(jobs_follow_fails_cleanly_without_memory)
{
    memory_fail_after(0);
    ck_assert_ptr_null(jobs_follow_new(NULL));
    memory_fail_after(-1);
    jobs_follow_free(NULL);
    job_log_release(NULL);
}
END_TEST

TCase *job_log_test(void)
{
    TCase *cases = tcase_create("job_log");
    tcase_add_test(cases, job_log_numbers_events_from_its_first_id);
    tcase_add_test(cases, job_log_tells_what_comes_behind_an_event);
    tcase_add_test(cases, job_log_stops_where_it_is_told);
    tcase_add_test(cases, job_log_copies_texts);
    tcase_add_test(cases, job_log_tells_how_a_job_failed);
    tcase_add_test(cases, job_log_may_be_closed_without_an_end);
    tcase_add_test(cases, job_log_thins_out_evenly);
    tcase_add_test(cases, job_log_keeps_some_warnings_and_bounds_their_number);
    tcase_add_test(cases, job_log_shrinks);
    tcase_add_test(cases, job_log_counts_what_it_has_no_memory_for);
    tcase_add_test(cases, jobs_follow_tells_of_what_was_there_of_news_and_of_the_end);
    tcase_add_test(cases, jobs_follow_tells_many_news_at_once);
    tcase_add_test(cases, jobs_follow_fails_cleanly_without_memory);
    return cases;
}
