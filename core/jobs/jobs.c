#include "core/jobs/jobs.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/base/thread.h"
#include "core/jobs/jobs_internal.h"
#include "core/jobs/jobs_work.h"

/* ---- start ---- */

static int start_workers(struct jobs *jobs, struct error *err)
{
    size_t n = jobs->options.n_workers;
    jobs->workers = memory_new(n, sizeof(*jobs->workers), err);
    if (!jobs->workers)
        return -1;
    for (; jobs->n_workers < n; jobs->n_workers++)
        if (thread_start(&jobs->workers[jobs->n_workers], jobs_work_main, jobs, err) < 0)
            return -1;
    return 0;
}

struct jobs *jobs_new(const struct jobs_options *options, const struct jobs_hooks *hooks,
                      struct error *err)
{
    struct jobs *jobs = memory_new(1, sizeof(*jobs), err);
    if (!jobs)
        return NULL;
    jobs->options = *options;
    jobs->hooks = *hooks;
    pthread_mutex_init(&jobs->lock, NULL);
    thread_condition_init(&jobs->changed);
    jobs->wait = jobs_wait_new(hooks->tidy, hooks->context, err);
    jobs->follow = jobs_follow_new(err);
    if (!jobs->wait || !jobs->follow || start_workers(jobs, err) < 0) {
        jobs_free(jobs);
        return NULL;
    }
    return jobs;
}

void jobs_start(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->is_started = true;
    pthread_cond_broadcast(&jobs->changed);
    pthread_mutex_unlock(&jobs->lock);
}

/* ---- end ---- */

/* With the lock held. One that is cancelled already stays so. */
static void tell_all_to_stop(struct jobs *jobs)
{
    jobs->is_stopping = true;
    for (struct job *job = jobs->running.first; job; job = job->next)
        if (atomic_load(&job->stop) == JOB_GO_ON)
            atomic_store(&job->stop, JOB_STOP_SHUTDOWN);
    pthread_cond_broadcast(&jobs->changed);
}

bool jobs_stop(struct jobs *jobs, double timeout_seconds)
{
    double until = clock_seconds() + timeout_seconds;
    pthread_mutex_lock(&jobs->lock);
    tell_all_to_stop(jobs);
    pthread_mutex_unlock(&jobs->lock);
    jobs_wait_end_all(jobs->wait);
    pthread_mutex_lock(&jobs->lock);
    while (jobs->n_working > 0 && clock_seconds() < until)
        thread_wait_until(&jobs->changed, &jobs->lock, until);
    bool is_idle = jobs->n_working == 0;
    jobs_work_leave_behind(jobs);
    pthread_mutex_unlock(&jobs->lock);
    return is_idle;
}

static void reservation_free(struct jobs_reservation *reservation)
{
    memory_free(reservation->owner);
    memory_free(reservation);
}

static void free_lists(struct jobs *jobs)
{
    struct job *job, *next;
    struct jobs_reservation *place, *next_place;
    for (job = jobs->queued.first; job; job = next) {
        next = job->next;
        jobs_discard(job);
    }
    for (place = jobs->reservations; place; place = next_place) {
        next_place = place->next;
        reservation_free(place);
    }
    for (size_t i = 0; i < JOBS_N_ENDED_LOGS; i++)
        job_log_release(jobs->ended[i].log);
}

void jobs_free(struct jobs *jobs)
{
    if (!jobs)
        return;
    pthread_mutex_lock(&jobs->lock);
    tell_all_to_stop(jobs);
    pthread_mutex_unlock(&jobs->lock);
    for (size_t i = 0; i < jobs->n_workers; i++)
        pthread_join(jobs->workers[i], NULL);
    jobs_wait_free(jobs->wait);
    free_lists(jobs);
    jobs_follow_free(jobs->follow);
    pthread_cond_destroy(&jobs->changed);
    pthread_mutex_destroy(&jobs->lock);
    memory_free(jobs->workers);
    memory_free(jobs);
}

/* ---- places ---- */

static bool is_owned_by(const char *owned_by, const char *owner)
{
    return owned_by && owner ? strcmp(owned_by, owner) == 0 : owned_by == owner;
}

static size_t count_owned(const struct job_list *list, const char *owner)
{
    size_t n = 0;
    for (const struct job *job = list->first; job; job = job->next)
        n += is_owned_by(job->record.owner, owner);
    return n;
}

static size_t count_live(const struct jobs *jobs, const char *owner)
{
    size_t n = count_owned(&jobs->queued, owner) + count_owned(&jobs->running, owner);
    const struct jobs_reservation *place = jobs->reservations;
    for (; place; place = place->next)
        n += is_owned_by(place->owner, owner);
    return n;
}

/* With the lock held. */
static int check_room(const struct jobs *jobs, const char *owner, struct error *err)
{
    size_t n_waiting = jobs->queued.n + jobs->n_reserved;
    size_t n_most = jobs->options.n_per_owner_most;
    if (jobs->is_stopping)
        return error_set(err, ERROR_BUSY, "the service is stopping; try again later");
    if (n_waiting >= jobs->options.n_queued_most)
        return error_set(err, ERROR_QUEUE_FULL,
                         "%zu jobs wait already, as many as the queue takes; try again "
                         "later",
                         n_waiting);
    if (owner && n_most > 0 && count_live(jobs, owner) >= n_most)
        return error_set(err, ERROR_BUSY,
                         "one caller may have %zu jobs queued or running; wait for one "
                         "to end or cancel it",
                         n_most);
    return 0;
}

int jobs_reserve(struct jobs *jobs, const char *owner, struct error *err)
{
    struct jobs_reservation *place = memory_new(1, sizeof(*place), err);
    if (!place)
        return -1;
    if (owner && !(place->owner = memory_copy_string(owner, err))) {
        reservation_free(place);
        return -1;
    }
    pthread_mutex_lock(&jobs->lock);
    int result = check_room(jobs, owner, err);
    if (result == 0) {
        place->next = jobs->reservations;
        jobs->reservations = place;
        jobs->n_reserved++;
    }
    pthread_mutex_unlock(&jobs->lock);
    if (result < 0)
        reservation_free(place);
    return result;
}

/* With the lock held. */
static void drop_reservation(struct jobs *jobs, const char *owner)
{
    struct jobs_reservation **at = &jobs->reservations;
    while (*at && !is_owned_by((*at)->owner, owner))
        at = &(*at)->next;
    struct jobs_reservation *place = *at;
    assert(place && "jobs_reserve comes first");
    if (!place)
        return;
    *at = place->next;
    jobs->n_reserved--;
    reservation_free(place);
}

void jobs_cancel_reservation(struct jobs *jobs, const char *owner)
{
    pthread_mutex_lock(&jobs->lock);
    drop_reservation(jobs, owner);
    pthread_mutex_unlock(&jobs->lock);
}

/* ---- submitting ---- */

int jobs_new_id(char id[JOB_ID_BYTES], struct error *err)
{
    unsigned char random[10];
    if (random_bytes(random, sizeof(random), err) < 0)
        return -1;
    size_t at = (size_t)snprintf(id, JOB_ID_BYTES, "job_");
    for (size_t i = 0; i < sizeof(random); i++)
        at += (size_t)snprintf(id + at, JOB_ID_BYTES - at, "%02x", random[i]);
    return 0;
}

/* Above all ids of the process in which it was started before. */
static uint64_t first_event(const struct job_record *record)
{
    return ((uint64_t)record->n_starts << 32) + 1;
}

struct job *jobs_prepare(struct job_record *record, struct error *err)
{
    struct job *job = memory_new(1, sizeof(*job), err);
    if (!job)
        return NULL;
    job->log = job_log_new(first_event(record), err);
    if (!job->log) {
        memory_free(job);
        return NULL;
    }
    job_log_append(job->log, &(struct job_event){.kind = JOB_EVENT_QUEUED,
                                                 .at = record->n_starts > 0
                                                           ? clock_wall_microseconds()
                                                           : record->created_at,
                                                 .attempt = record->attempt});
    job->record = *record;
    *record = (struct job_record){0};
    atomic_init(&job->stop, JOB_GO_ON);
    atomic_init(&job->knows, false);
    atomic_init(&job->deadline, (double)INFINITY);
    return job;
}

void jobs_discard(struct job *job)
{
    if (!job)
        return;
    job_log_close(job->log);
    if (job->jobs)
        jobs_follow_tell(job->jobs->follow);
    job_log_release(job->log);
    job_record_free(&job->record);
    memory_free(job);
}

const struct job_record *jobs_prepared_record(const struct job *job)
{
    return &job->record;
}

/* With the lock held. */
static void enqueue(struct jobs *jobs, struct job *job)
{
    job->jobs = jobs;
    job_list_append(&jobs->queued, job);
    pthread_cond_broadcast(&jobs->changed);
}

void jobs_submit(struct jobs *jobs, struct job *job)
{
    pthread_mutex_lock(&jobs->lock);
    drop_reservation(jobs, job->record.owner);
    job->is_busy = true;
    enqueue(jobs, job);
    pthread_mutex_unlock(&jobs->lock);
}

void jobs_confirm(struct jobs *jobs, struct job *job)
{
    pthread_mutex_lock(&jobs->lock);
    job->is_busy = false;
    pthread_cond_broadcast(&jobs->changed);
    pthread_mutex_unlock(&jobs->lock);
}

void jobs_withdraw(struct jobs *jobs, struct job *job)
{
    pthread_mutex_lock(&jobs->lock);
    job_list_remove(&jobs->queued, job);
    jobs_wait_end(jobs->wait, job->record.id);
    pthread_cond_broadcast(&jobs->changed);
    pthread_mutex_unlock(&jobs->lock);
    jobs_discard(job);
}

/* ---- putting back ---- */

/* True if it has crashed too often and its end could be kept; `record` is freed then. */
static bool bury(struct jobs *jobs, struct job_record *record)
{
    struct job_record end = *record;
    struct error ignored = {0};
    jobs_work_crashed(&end);
    end.last_event = first_event(record) + 1;
    if (jobs->hooks.save(jobs->hooks.context, &end, NULL, &ignored) < 0)
        return false;
    pthread_mutex_lock(&jobs->lock);
    jobs->stats.n_ended[JOB_FAILED]++;
    pthread_mutex_unlock(&jobs->lock);
    job_record_free(record);
    return true;
}

/*
 * A full disk must not keep the daemon down, so what cannot be saved here is not an
 * error: a crashed job that the store still calls running is treated alike at the next
 * start, and one that should have ended is ended by a worker (jobs_work.c).
 */
int jobs_restore(struct jobs *jobs, struct job_record *record, struct error *err)
{
    bool has_crashed = record->state == JOB_RUNNING;
    struct error ignored = {0};
    if (has_crashed && record->attempt >= JOBS_MAX_ATTEMPTS && bury(jobs, record))
        return 0;
    struct job *job = jobs_prepare(record, err);
    if (!job)
        return -1;
    job->record.state = JOB_QUEUED;
    job->record.started_at = 0;
    if (has_crashed && job->record.attempt < JOBS_MAX_ATTEMPTS)
        jobs->hooks.save(jobs->hooks.context, &job->record, NULL, &ignored);
    pthread_mutex_lock(&jobs->lock);
    enqueue(jobs, job);
    pthread_mutex_unlock(&jobs->lock);
    return 0;
}

/* ---- looking ---- */

/* With the lock held; NULL if it is not live. */
static struct job *find_live(const struct jobs *jobs, const char *id)
{
    struct job *job = job_list_find(&jobs->running, id);
    return job ? job : job_list_find(&jobs->queued, id);
}

/* What was left at the last report is less by now; past it nothing can be said. */
static double eta_now(const struct job *job)
{
    double left = job->record.progress.eta_seconds;
    if (left > 0)
        left -= clock_seconds() - job->reported_seconds;
    return left >= 0 ? left : (double)NAN;
}

int jobs_find(struct jobs *jobs, const char *id, struct job_record *record,
              struct error *err)
{
    int result = 0;
    pthread_mutex_lock(&jobs->lock);
    const struct job *job = find_live(jobs, id);
    if (job)
        result = job_record_copy(record, &job->record, err) == 0 ? 1 : -1;
    if (result > 0)
        record->progress.eta_seconds = eta_now(job);
    pthread_mutex_unlock(&jobs->lock);
    return result;
}

struct job_log *jobs_log(struct jobs *jobs, const char *id)
{
    struct job_log *log = NULL;
    pthread_mutex_lock(&jobs->lock);
    const struct job *job = find_live(jobs, id);
    if (job)
        log = job->log;
    for (size_t i = 0; i < JOBS_N_ENDED_LOGS && !log; i++)
        if (jobs->ended[i].log && strcmp(jobs->ended[i].id, id) == 0)
            log = jobs->ended[i].log;
    if (log)
        job_log_retain(log);
    pthread_mutex_unlock(&jobs->lock);
    return log;
}

struct jobs_follow *jobs_followers(struct jobs *jobs)
{
    return jobs->follow;
}

void jobs_stats(struct jobs *jobs, struct jobs_stats *stats)
{
    pthread_mutex_lock(&jobs->lock);
    *stats = jobs->stats;
    stats->n_queued = jobs->queued.n;
    stats->n_running = jobs->running.n;
    pthread_mutex_unlock(&jobs->lock);
}

/* ---- steering ---- */

/* A queued job that is marked as busy ends cancelled; the lock is held but for the disk.
 */
static int cancel_queued(struct jobs *jobs, struct job *job, struct error *err)
{
    struct job_record end = job->record;
    end.state = JOB_CANCELLED;
    end.finished_at = clock_wall_microseconds();
    end.last_event = job_log_next_id(job->log);
    pthread_mutex_unlock(&jobs->lock);
    int result = jobs->hooks.save(jobs->hooks.context, &end, NULL, err);
    pthread_mutex_lock(&jobs->lock);
    job->is_busy = false;
    if (result == 0)
        jobs_work_leave(jobs, &jobs->queued, job, &end);
    else
        pthread_cond_broadcast(&jobs->changed);
    return result == 0 ? 1 : -1;
}

/* With the lock held. */
static int cancel(struct jobs *jobs, const char *id, struct error *err)
{
    struct job *job;
    while ((job = find_live(jobs, id)) && job->is_busy)
        pthread_cond_wait(&jobs->changed, &jobs->lock);
    if (!job)
        return 0;
    if (job->record.state == JOB_RUNNING) {
        atomic_store(&job->stop, JOB_STOP_CANCELLED);
        return 1;
    }
    job->is_busy = true;
    return cancel_queued(jobs, job, err);
}

int jobs_cancel(struct jobs *jobs, const char *id, struct error *err)
{
    pthread_mutex_lock(&jobs->lock);
    int result = cancel(jobs, id, err);
    pthread_mutex_unlock(&jobs->lock);
    return result;
}

int jobs_when_done(struct jobs *jobs, const char *id, double seconds, jobs_done_fn *done,
                   void *context, struct error *err)
{
    int result = 0;
    pthread_mutex_lock(&jobs->lock);
    bool waits = !jobs->is_stopping && find_live(jobs, id);
    if (waits)
        result = jobs_wait_add(jobs->wait, id, seconds, done, context, err);
    pthread_mutex_unlock(&jobs->lock);
    if (!waits)
        done(context);
    return result;
}
