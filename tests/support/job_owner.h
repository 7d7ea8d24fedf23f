/*
 * An owner of jobs for tests: it keeps what it is told to save in memory, fails when it
 * is told to, and its jobs do what their request says:
 *
 *   work    nothing; make    nothing, with an outcome
 *   hold    waits to be let go, asking whether to stop; ends with an outcome
 *   keep    waits to be told to stop, then ends with an outcome all the same
 *   deaf    waits to be let go without asking; ends with an outcome
 *   fail    fails with ERROR_SINGLE_CLASS; silent    fails without saying why
 *   limit   sets itself a time limit of 20 ms, then holds
 *   report  reports some progress, then holds
 */
#ifndef LOGITD_TESTS_SUPPORT_JOB_OWNER_H
#define LOGITD_TESTS_SUPPORT_JOB_OWNER_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/jobs/jobs.h"

#define JOB_OWNER_SAVES 4096

/* What was saved. */
struct job_owner_saved {
    char id[JOB_ID_BYTES];
    enum job_state state;
    uint32_t attempt;
    int64_t started_at, finished_at;
    enum error_code code;
    bool has_outcome;
    char result[32];
};

struct job_owner {
    struct jobs *jobs;
    struct jobs_options options;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    struct job_owner_saved saved[JOB_OWNER_SAVES];
    size_t n_saved;
    int n_failing[JOB_N_STATES]; /* so many coming saves of this state fail */
    int n_slow[JOB_N_STATES];    /* so many wait until `let_save` */
    bool lets_go, lets_save;
    size_t n_in_save; /* those that wait */
    size_t n_runs;    /* jobs that have begun to work */

    atomic_size_t n_outcomes; /* that are not freed yet */
    atomic_size_t n_done;     /* calls of job_owner_done */
};

/* With jobs_new, not yet jobs_start. Of `options` only what is not 0 is taken; else: one
 * worker, 100 places, no limit. */
struct job_owner *job_owner_new(const struct jobs_options *options);
/* Frees the queue and checks that no outcome is left. */
void job_owner_free(struct job_owner *owner);

/* Reserve, prepare, submit; the id in `id`. */
void job_owner_submit(struct job_owner *owner, const char *request, const char *principal,
                      char id[JOB_ID_BYTES]);
/* A record of a job, for jobs_prepare and jobs_restore. */
struct job_record job_owner_record(const char *id, enum job_state state, uint32_t attempt,
                                   const char *request);

/* What was saved last of this job once that has the state; fails the test after 20 s. */
struct job_owner_saved job_owner_await(struct job_owner *owner, const char *id,
                                       enum job_state state);
/* Waits until so many jobs have begun to work: somewhat later than they are running. */
void job_owner_await_runs(struct job_owner *owner, size_t n);
/* How often this state of this job was saved. */
size_t job_owner_count(struct job_owner *owner, const char *id, enum job_state state);

void job_owner_fail_saves(struct job_owner *owner, enum job_state state, int n);
/* The next save of this state waits; job_owner_await_save waits until it does. */
void job_owner_hold_save(struct job_owner *owner, enum job_state state);
void job_owner_await_save(struct job_owner *owner);
void job_owner_let_save(struct job_owner *owner);
/* Lets all go that hold, now and later. */
void job_owner_let_go(struct job_owner *owner);

/* For jobs_when_done with the owner as context. */
void job_owner_done(void *owner);
void job_owner_await_done(struct job_owner *owner, size_t n);

#endif
