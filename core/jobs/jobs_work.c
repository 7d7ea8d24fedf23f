#include "core/jobs/jobs_work.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/memory_spare.h"
#include "core/base/thread.h"

#define RETRY_SECONDS 1.0
#define SPARE_SECONDS 1.0 /* for which memory is kept for the next job */

static const struct job_progress no_progress = {
    .objective = NAN, .gradient_norm = NAN, .eta_seconds = NAN};

static void seal(struct job_record *end, enum job_state state)
{
    end->state = state;
    end->finished_at = clock_wall_microseconds();
}

void jobs_work_crashed(struct job_record *end)
{
    seal(end, JOB_FAILED);
    error_set(&end->error, ERROR_CRASHED,
              "the service went down %d times while this job ran; it is not tried again",
              JOBS_MAX_ATTEMPTS);
}

/* The log of the last ones stays for a while, with what it takes to see the course. */
static void keep_log(struct jobs *jobs, struct job *job)
{
    struct jobs_ended_log *place = &jobs->ended[jobs->n_ended_logs++ % JOBS_N_ENDED_LOGS];
    job_log_release(place->log);
    memcpy(place->id, job->record.id, sizeof(place->id));
    place->log = job_log_retain(job->log);
}

static void tell_end(struct jobs *jobs, struct job *job, const struct job_record *end)
{
    const struct job_event event = {.id = end->last_event,
                                    .at = end->finished_at,
                                    .kind =
                                        end->state == JOB_SUCCEEDED ? JOB_EVENT_SUCCEEDED
                                        : end->state == JOB_FAILED  ? JOB_EVENT_FAILED
                                                                    : JOB_EVENT_CANCELLED,
                                    .attempt = end->attempt};
    job_log_end(job->log, &event, &end->error, end->result);
    job_log_shrink(job->log, JOBS_ENDED_EVENTS);
    keep_log(jobs, job);
}

void jobs_work_leave(struct jobs *jobs, struct job_list *list, struct job *job,
                     const struct job_record *end)
{
    job_list_remove(list, job);
    jobs->stats.n_ended[end->state]++;
    if (job->started_seconds > 0)
        jobs->stats.run_seconds += clock_seconds() - job->started_seconds;
    tell_end(jobs, job, end);
    jobs_wait_end(jobs->wait, job->record.id);
    job->record.result = end->result;
    jobs_discard(job);
    pthread_cond_broadcast(&jobs->changed);
}

/* ---- starting ---- */

/* The first in the queue that nobody else is busy with; NULL: none yet. */
static struct job *next_job(const struct jobs *jobs)
{
    struct job *job =
        jobs->is_started && clock_seconds() >= jobs->retry_at ? jobs->queued.first : NULL;
    while (job && job->is_busy)
        job = job->next;
    return job;
}

/* The lock is let go meanwhile. */
static void give_back_memory(struct jobs *jobs)
{
    pthread_mutex_unlock(&jobs->lock);
    memory_spare_give_back();
    memory_give_back();
    pthread_mutex_lock(&jobs->lock);
}

/* Until something changes, or there is something to be done without that. */
static void wait_for_change(struct jobs *jobs, double spare_until)
{
    double until = clock_seconds() < jobs->retry_at ? jobs->retry_at : (double)INFINITY;
    if (memory_spare_bytes() > 0)
        until = fmin(until, spare_until);
    thread_wait_until(&jobs->changed, &jobs->lock, until);
}

/* Waits for a job and marks it as busy; NULL when the queue is stopping. */
static struct job *take(struct jobs *jobs)
{
    struct job *job = NULL;
    double spare_until = clock_seconds() + SPARE_SECONDS;
    pthread_mutex_lock(&jobs->lock);
    while (!jobs->is_stopping && !(job = next_job(jobs))) {
        if (memory_spare_bytes() > 0 && clock_seconds() >= spare_until)
            give_back_memory(jobs);
        else
            wait_for_change(jobs, spare_until);
    }
    if (job) {
        job->is_busy = true;
        jobs->n_working++;
    }
    pthread_mutex_unlock(&jobs->lock);
    return job;
}

static void tell_log(struct jobs *jobs, struct job *job, enum job_event_kind kind)
{
    job_log_append(job->log,
                   &(struct job_event){.kind = kind, .attempt = job->record.attempt});
    jobs_follow_tell(jobs->follow);
}

static void become_running(struct jobs *jobs, struct job *job,
                           const struct job_record *next)
{
    job_list_remove(&jobs->queued, job);
    job->record = *next;
    job->started_seconds = clock_seconds();
    job_list_append(&jobs->running, job);
    tell_log(jobs, job, JOB_EVENT_STARTED);
    if (jobs->is_stopping)
        atomic_store(&job->stop, JOB_STOP_SHUTDOWN);
}

/* From queued to running, durably; else it is queued as before, for a later try. */
static bool start(struct jobs *jobs, struct job *job)
{
    struct job_record next = job->record;
    struct error why = {0};
    next.state = JOB_RUNNING;
    next.attempt++;
    next.n_starts++;
    next.started_at = clock_wall_microseconds();
    next.progress = no_progress;
    bool is_kept = jobs->hooks.save(jobs->hooks.context, &next, NULL, &why) == 0;
    pthread_mutex_lock(&jobs->lock);
    job->is_busy = false;
    if (is_kept)
        become_running(jobs, job, &next);
    else
        jobs->retry_at = clock_seconds() + RETRY_SECONDS;
    pthread_cond_broadcast(&jobs->changed);
    pthread_mutex_unlock(&jobs->lock);
    return is_kept;
}

/* ---- running ---- */

/* -1 with ERROR_CANCELLED, without a call, if the job was told to stop before. */
static int run(struct jobs *jobs, struct job *job, void **outcome, struct error *err)
{
    if (job_stop_reason(job) != JOB_GO_ON)
        return error_set(err, ERROR_CANCELLED, "the job was stopped before it began");
    int result = jobs->hooks.run(jobs->hooks.context, job, outcome, err);
    if (result < 0 && !error_is_set(err))
        error_set(err, ERROR_INTERNAL, "the job failed without saying why");
    return result;
}

/* ---- ending ---- */

/* How it ends. A job that did not know of being cancelled has simply come first. */
static void decide(const struct job *job, int result, const struct error *why,
                   struct job_record *end)
{
    bool is_cancelled = atomic_load(&job->stop) == JOB_STOP_CANCELLED;
    if (result == 0) {
        seal(end, atomic_load(&job->knows) ? JOB_CANCELLED : JOB_SUCCEEDED);
    } else if (is_cancelled && why->code == ERROR_CANCELLED) {
        seal(end, JOB_CANCELLED);
    } else {
        seal(end, JOB_FAILED);
        end->error = *why;
    }
}

/* False when the queue is stopping. */
static bool pause_before_retry(struct jobs *jobs)
{
    double until = clock_seconds() + RETRY_SECONDS;
    pthread_mutex_lock(&jobs->lock);
    while (!jobs->is_stopping && clock_seconds() < until)
        thread_wait_until(&jobs->changed, &jobs->lock, until);
    bool goes_on = !jobs->is_stopping;
    pthread_mutex_unlock(&jobs->lock);
    return goes_on;
}

/*
 * Makes the end durable. What cannot be kept makes the job fail; and a failure that
 * cannot be kept either is tried until it can, or until the queue stops: false, and the
 * job runs again after the next start.
 */
static bool keep_end(struct jobs *jobs, struct job_record *end, void *outcome)
{
    struct error why = {0};
    if (jobs->hooks.save(jobs->hooks.context, end, outcome, &why) == 0)
        return true;
    if (end->state != JOB_FAILED) {
        seal(end, JOB_FAILED);
        end->error = why;
    }
    for (;;) {
        struct error again = {0};
        if (jobs->hooks.save(jobs->hooks.context, end, NULL, &again) == 0)
            return true;
        if (!pause_before_retry(jobs))
            return false;
    }
}

/* The record of a running job as it was before it ran. */
static struct job_record put_back(const struct job *job)
{
    struct job_record before = job->record;
    before.state = JOB_QUEUED;
    before.attempt--;
    before.started_at = 0;
    before.progress = no_progress;
    return before;
}

/* Back to where it came from. If that cannot be kept the store still calls it running,
 * and it is queued again after the next start, one attempt the poorer. */
static void requeue(struct jobs *jobs, struct job *job)
{
    struct job_record next = put_back(job);
    struct error ignored = {0};
    jobs->hooks.save(jobs->hooks.context, &next, NULL, &ignored);
    pthread_mutex_lock(&jobs->lock);
    job_list_remove(&jobs->running, job);
    job->is_claimed = false;
    tell_log(jobs, job, JOB_EVENT_INTERRUPTED);
    job->record = next;
    job_list_prepend(&jobs->queued, job);
    pthread_mutex_unlock(&jobs->lock);
}

/* From here on nobody else saves the job. Its record as it is, progress included. */
static struct job_record claim(struct jobs *jobs, struct job *job)
{
    pthread_mutex_lock(&jobs->lock);
    while (job->is_claimed)
        pthread_cond_wait(&jobs->changed, &jobs->lock);
    job->is_claimed = true;
    struct job_record record = job->record;
    record.last_event = job_log_next_id(job->log);
    record.progress.stage[0] = '\0';
    pthread_mutex_unlock(&jobs->lock);
    return record;
}

static void end(struct jobs *jobs, struct job *job, int result, void *outcome,
                const struct error *why)
{
    struct job_record last = claim(jobs, job);
    bool is_stopped = atomic_load(&job->stop) == JOB_STOP_SHUTDOWN;
    if (result < 0 && is_stopped && why->code == ERROR_CANCELLED) {
        requeue(jobs, job);
        return;
    }
    decide(job, result, why, &last);
    if (!keep_end(jobs, &last, outcome)) {
        requeue(jobs, job);
        return;
    }
    pthread_mutex_lock(&jobs->lock);
    jobs_work_leave(jobs, &jobs->running, job, &last);
    pthread_mutex_unlock(&jobs->lock);
}

/* ---- running jobs that do not stop ---- */

static struct job *next_to_leave(const struct jobs *jobs)
{
    struct job *job = jobs->running.first;
    while (job && (job->is_claimed || job->is_left))
        job = job->next;
    return job;
}

void jobs_work_leave_behind(struct jobs *jobs)
{
    struct job *job;
    while ((job = next_to_leave(jobs))) {
        struct error ignored = {0};
        struct job_record next = put_back(job);
        if (atomic_load(&job->stop) == JOB_STOP_CANCELLED) {
            next = job->record;
            next.last_event = job_log_next_id(job->log);
            seal(&next, JOB_CANCELLED);
        }
        job->is_left = job->is_claimed = true;
        pthread_mutex_unlock(&jobs->lock);
        jobs->hooks.save(jobs->hooks.context, &next, NULL, &ignored);
        pthread_mutex_lock(&jobs->lock);
        job->is_claimed = false;
        pthread_cond_broadcast(&jobs->changed);
    }
}

/* ---- the whole ---- */

/* A job that had used up its attempts, and whose end could not be kept when it was put
 * back. */
static void give_up(struct jobs *jobs, struct job *job)
{
    struct job_record last = job->record;
    jobs_work_crashed(&last);
    last.last_event = job_log_next_id(job->log);
    bool is_kept = keep_end(jobs, &last, NULL);
    pthread_mutex_lock(&jobs->lock);
    job->is_busy = false;
    if (is_kept)
        jobs_work_leave(jobs, &jobs->queued, job, &last);
    pthread_mutex_unlock(&jobs->lock);
}

static void work(struct jobs *jobs, struct job *job)
{
    void *outcome = NULL;
    struct error why = {0};
    int result = run(jobs, job, &outcome, &why);
    end(jobs, job, result, outcome, &why);
    if (outcome)
        jobs->hooks.free_outcome(jobs->hooks.context, outcome);
}

static void put_down(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->n_working--;
    pthread_cond_broadcast(&jobs->changed);
    pthread_mutex_unlock(&jobs->lock);
}

void *jobs_work_main(void *argument)
{
    struct jobs *jobs = argument;
    struct job *job;
    thread_stand_back(jobs->options.nice_value);
    memory_spare_begin();
    while ((job = take(jobs))) {
        if (job->record.attempt >= JOBS_MAX_ATTEMPTS)
            give_up(jobs, job);
        else if (start(jobs, job))
            work(jobs, job);
        put_down(jobs);
    }
    memory_spare_end();
    return NULL;
}
