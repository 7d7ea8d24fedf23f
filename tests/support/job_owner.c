#include "tests/support/job_owner.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/thread.h"

#define PATIENCE_SECONDS 20.0
#define RUN_STEP_NANOSECONDS 1000000

/* ---- running ---- */

static bool lets_go(struct job_owner *owner)
{
    pthread_mutex_lock(&owner->lock);
    bool answer = owner->lets_go;
    pthread_mutex_unlock(&owner->lock);
    return answer;
}

static void sleep_a_step(void)
{
    const struct timespec step = {.tv_nsec = RUN_STEP_NANOSECONDS};
    nanosleep(&step, NULL);
}

static int make(struct job_owner *owner, void **outcome, struct error *err)
{
    *outcome = memory_new(1, 1, err);
    if (!*outcome)
        return -1;
    atomic_fetch_add(&owner->n_outcomes, 1);
    return 0;
}

static int hold(struct job_owner *owner, struct job *job, void **outcome,
                struct error *err)
{
    while (!lets_go(owner)) {
        enum job_stop stop = job_stop_reason(job);
        if (stop == JOB_STOP_TIME_LIMIT)
            return error_set(err, ERROR_TIME_LIMIT, "out of time");
        if (stop != JOB_GO_ON)
            return error_set(err, ERROR_CANCELLED, "told to stop");
        sleep_a_step();
    }
    return make(owner, outcome, err);
}

static int report(struct job_owner *owner, struct job *job, void **outcome,
                  struct error *err)
{
    const struct job_progress progress = {.fraction = 0.5,
                                          .iteration = 7,
                                          .objective = 0.25,
                                          .gradient_norm = 1e-3,
                                          .eta_seconds = 2};
    job_report(job, &progress);
    return hold(owner, job, outcome, err);
}

static void note_run(struct job_owner *owner)
{
    pthread_mutex_lock(&owner->lock);
    owner->n_runs++;
    pthread_cond_broadcast(&owner->changed);
    pthread_mutex_unlock(&owner->lock);
}

static int run(void *context, struct job *job, void **outcome, struct error *err)
{
    struct job_owner *owner = context;
    size_t n;
    const char *request = job_request(job, &n);
    note_run(owner);
    if (strcmp(request, "fail") == 0)
        return error_set(err, ERROR_SINGLE_CLASS, "only one class");
    if (strcmp(request, "silent") == 0)
        return -1;
    if (strcmp(request, "work") == 0)
        return 0;
    if (strcmp(request, "keep") == 0)
        while (job_stop_reason(job) == JOB_GO_ON)
            sleep_a_step();
    if (strcmp(request, "deaf") == 0)
        while (!lets_go(owner))
            sleep_a_step();
    if (strcmp(request, "limit") == 0)
        job_set_time_limit(job, 0.02);
    if (strcmp(request, "report") == 0)
        return report(owner, job, outcome, err);
    if (strcmp(request, "hold") == 0 || strcmp(request, "limit") == 0)
        return hold(owner, job, outcome, err);
    return make(owner, outcome, err);
}

static void free_outcome(void *context, void *outcome)
{
    struct job_owner *owner = context;
    atomic_fetch_sub(&owner->n_outcomes, 1);
    memory_free(outcome);
}

/* ---- saving ---- */

/* With the lock held. */
static void wait_if_slow(struct job_owner *owner, enum job_state state)
{
    if (owner->n_slow[state] == 0)
        return;
    owner->n_slow[state]--;
    owner->n_in_save++;
    pthread_cond_broadcast(&owner->changed);
    while (!owner->lets_save)
        pthread_cond_wait(&owner->changed, &owner->lock);
    owner->n_in_save--;
}

/* With the lock held. */
static void note(struct job_owner *owner, const struct job_record *record,
                 bool has_outcome)
{
    ck_assert_uint_lt(owner->n_saved, JOB_OWNER_SAVES);
    struct job_owner_saved *saved = &owner->saved[owner->n_saved++];
    *saved = (struct job_owner_saved){.state = record->state,
                                      .attempt = record->attempt,
                                      .started_at = record->started_at,
                                      .finished_at = record->finished_at,
                                      .code = record->error.code,
                                      .has_outcome = has_outcome};
    snprintf(saved->id, sizeof(saved->id), "%s", record->id);
    snprintf(saved->result, sizeof(saved->result), "%s",
             record->result ? record->result : "");
}

static int save(void *context, struct job_record *record, void *outcome,
                struct error *err)
{
    struct job_owner *owner = context;
    int result = 0;
    pthread_mutex_lock(&owner->lock);
    wait_if_slow(owner, record->state);
    if (owner->n_failing[record->state] > 0) {
        owner->n_failing[record->state]--;
        result = error_set(err, ERROR_NO_SPACE, "the disk is full");
    } else if (outcome && !(record->result = memory_copy_string("made/1", err))) {
        result = -1;
    } else {
        note(owner, record, outcome != NULL);
    }
    pthread_cond_broadcast(&owner->changed);
    pthread_mutex_unlock(&owner->lock);
    return result;
}

/* ---- start and end ---- */

struct job_owner *job_owner_new(const struct jobs_options *options)
{
    struct job_owner *owner = memory_new(1, sizeof(*owner), NULL);
    const struct jobs_hooks hooks = {
        .run = run, .save = save, .free_outcome = free_outcome, .context = owner};
    owner->options = options ? *options : (struct jobs_options){0};
    if (owner->options.n_workers == 0)
        owner->options.n_workers = 1;
    if (owner->options.n_queued_most == 0)
        owner->options.n_queued_most = 100;
    pthread_mutex_init(&owner->lock, NULL);
    thread_condition_init(&owner->changed);
    owner->jobs = jobs_new(&owner->options, &hooks, NULL);
    ck_assert_ptr_nonnull(owner->jobs);
    return owner;
}

void job_owner_free(struct job_owner *owner)
{
    job_owner_let_save(owner);
    jobs_free(owner->jobs);
    ck_assert_uint_eq(owner->n_outcomes, 0);
    pthread_cond_destroy(&owner->changed);
    pthread_mutex_destroy(&owner->lock);
    memory_free(owner);
}

/* ---- submitting ---- */

struct job_record job_owner_record(const char *id, enum job_state state, uint32_t attempt,
                                   const char *request)
{
    struct job_record record = {
        .state = state, .attempt = attempt, .created_at = clock_wall_microseconds()};
    snprintf(record.id, sizeof(record.id), "%s", id);
    record.request_bytes = strlen(request) + 1;
    record.request = memory_copy(request, record.request_bytes, NULL);
    return record;
}

void job_owner_submit(struct job_owner *owner, const char *request, const char *principal,
                      char id[JOB_ID_BYTES])
{
    ck_assert_int_eq(jobs_new_id(id, NULL), 0);
    ck_assert_int_eq(jobs_reserve(owner->jobs, principal, NULL), 0);
    struct job_record record = job_owner_record(id, JOB_QUEUED, 0, request);
    if (principal)
        record.owner = memory_copy_string(principal, NULL);
    struct job *job = jobs_prepare(&record, NULL);
    ck_assert_ptr_nonnull(job);
    ck_assert_str_eq(jobs_prepared_record(job)->id, id);
    jobs_submit(owner->jobs, job);
    jobs_confirm(owner->jobs, job);
}

/* ---- waiting ---- */

/* With the lock held. */
static void wait_patiently(struct job_owner *owner, double until)
{
    ck_assert_msg(clock_seconds() < until, "nothing happens");
    thread_wait_until(&owner->changed, &owner->lock, until);
}

/* With the lock held; NULL if there is none. */
static const struct job_owner_saved *last_saved(const struct job_owner *owner,
                                                const char *id)
{
    size_t i = owner->n_saved;
    while (i > 0 && strcmp(owner->saved[i - 1].id, id) != 0)
        i--;
    return i > 0 ? &owner->saved[i - 1] : NULL;
}

struct job_owner_saved job_owner_await(struct job_owner *owner, const char *id,
                                       enum job_state state)
{
    double until = clock_seconds() + PATIENCE_SECONDS;
    const struct job_owner_saved *saved;
    pthread_mutex_lock(&owner->lock);
    while (!(saved = last_saved(owner, id)) || saved->state != state)
        wait_patiently(owner, until);
    struct job_owner_saved copy = *saved;
    pthread_mutex_unlock(&owner->lock);
    return copy;
}

void job_owner_await_runs(struct job_owner *owner, size_t n)
{
    double until = clock_seconds() + PATIENCE_SECONDS;
    pthread_mutex_lock(&owner->lock);
    while (owner->n_runs < n)
        wait_patiently(owner, until);
    pthread_mutex_unlock(&owner->lock);
}

size_t job_owner_count(struct job_owner *owner, const char *id, enum job_state state)
{
    size_t n = 0;
    pthread_mutex_lock(&owner->lock);
    for (size_t i = 0; i < owner->n_saved; i++)
        n += owner->saved[i].state == state && strcmp(owner->saved[i].id, id) == 0;
    pthread_mutex_unlock(&owner->lock);
    return n;
}

void job_owner_fail_saves(struct job_owner *owner, enum job_state state, int n)
{
    pthread_mutex_lock(&owner->lock);
    owner->n_failing[state] = n;
    pthread_mutex_unlock(&owner->lock);
}

void job_owner_hold_save(struct job_owner *owner, enum job_state state)
{
    pthread_mutex_lock(&owner->lock);
    owner->n_slow[state]++;
    owner->lets_save = false;
    pthread_mutex_unlock(&owner->lock);
}

void job_owner_await_save(struct job_owner *owner)
{
    double until = clock_seconds() + PATIENCE_SECONDS;
    pthread_mutex_lock(&owner->lock);
    while (owner->n_in_save == 0)
        wait_patiently(owner, until);
    pthread_mutex_unlock(&owner->lock);
}

static void set(struct job_owner *owner, bool *what)
{
    pthread_mutex_lock(&owner->lock);
    *what = true;
    pthread_cond_broadcast(&owner->changed);
    pthread_mutex_unlock(&owner->lock);
}

void job_owner_let_save(struct job_owner *owner)
{
    set(owner, &owner->lets_save);
}

void job_owner_let_go(struct job_owner *owner)
{
    set(owner, &owner->lets_go);
}

void job_owner_done(void *context)
{
    struct job_owner *owner = context;
    pthread_mutex_lock(&owner->lock);
    atomic_fetch_add(&owner->n_done, 1);
    pthread_cond_broadcast(&owner->changed);
    pthread_mutex_unlock(&owner->lock);
}

void job_owner_await_done(struct job_owner *owner, size_t n)
{
    double until = clock_seconds() + PATIENCE_SECONDS;
    pthread_mutex_lock(&owner->lock);
    while (atomic_load(&owner->n_done) < n)
        wait_patiently(owner, until);
    pthread_mutex_unlock(&owner->lock);
}
