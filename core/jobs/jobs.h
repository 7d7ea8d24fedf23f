/*
 * The job queue: jobs wait in order of submission, n_workers threads run them, each is
 * persisted by its owner at every change of state. Knows nothing of what a job does.
 *
 * Only live jobs (queued, running) are here; ended ones are in the owner's store, where
 * `save` put them before they left. All functions are thread-safe.
 *
 * Crash rule: a job found `running` at start has crashed the process once more; it is
 * queued again, and ends `failed` with ERROR_CRASHED when that was its
 * JOBS_MAX_ATTEMPTS-th attempt.
 */
#ifndef LOGITD_CORE_JOBS_JOBS_H
#define LOGITD_CORE_JOBS_JOBS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/jobs/job_log.h"
#include "core/jobs/job_record.h"

#define JOBS_MAX_ATTEMPTS 3

struct jobs;
struct job; /* a live one, while it runs: what `run` is given */

struct jobs_hooks {
    /*
     * Does the work, on a worker thread. Returns 0 with *outcome set (owned by the hooks'
     * side; may be NULL), or -1 with err. It should ask job_stop_reason() often (every
     * 100 ms at most) and return ERROR_CANCELLED or ERROR_TIME_LIMIT when told to stop; a
     * cancelled job may still return 0 with an outcome (its best result so far), and is
     * then saved as `cancelled` with that outcome. One that returns 0 before
     * job_stop_reason() told it has succeeded: the cancel came too late.
     */
    int (*run)(void *context, struct job *job, void **outcome, struct error *err);
    /*
     * Makes a change of state durable; with an outcome, both in one transaction.
     * `record->result` may be set by it through job_record fields only when outcome is
     * given. -1: for an end state the job ends failed with that error instead, which is
     * tried every second until it is kept or the queue stops; for `running` it stays
     * queued and is tried again a second later; a queued job that is cancelled stays
     * queued.
     */
    int (*save)(void *context, struct job_record *record, void *outcome,
                struct error *err);
    void (*free_outcome)(void *context, void *outcome);
    /* Called about once a minute, from a thread of this room: to forget what need not be
     * kept. NULL: never. */
    void (*tidy)(void *context);
    void *context;
};

struct jobs_options {
    size_t n_workers;        /* jobs at a time */
    size_t n_queued_most;    /* places in the queue */
    size_t n_per_owner_most; /* live jobs of one owner; 0: no limit */
    int nice_value;          /* of worker threads */
};

/* Workers start at once but run nothing before jobs_start. */
struct jobs *jobs_new(const struct jobs_options *options, const struct jobs_hooks *hooks,
                      struct error *err) MUST_CHECK;
/* At start-up: puts back a job that the store still calls queued or running (crash rule
 * above; saves through the hook when its state changes, which may fail). Takes what the
 * record owns. In order of creation. -1 only without memory. */
int jobs_restore(struct jobs *jobs, struct job_record *record,
                 struct error *err) MUST_CHECK;
void jobs_start(struct jobs *jobs);

/* Running jobs are told to stop and go back to the queue (saved as queued, the attempt
 * not counted); nothing new starts; waiters have been called when this returns: when all
 * workers are idle or after the timeout (then false). A job that has not stopped by then
 * is saved as queued all the same, or as cancelled if it was; should it end before the
 * process does, that counts. */
bool jobs_stop(struct jobs *jobs, double timeout_seconds);
/* Stops, and waits for the workers as long as it takes. NULL is fine. */
void jobs_free(struct jobs *jobs);

/* ---- submitting: reserve a place, hand the job in, make it durable, confirm ---- */

/* ERROR_QUEUE_FULL (the message says how many wait), or ERROR_BUSY for the owner's own
 * limit or while stopping. */
int jobs_reserve(struct jobs *jobs, const char *owner, struct error *err) MUST_CHECK;
void jobs_cancel_reservation(struct jobs *jobs, const char *owner);
/* A new "job_…" id. */
int jobs_new_id(char id[JOB_ID_BYTES], struct error *err) MUST_CHECK;
/* Takes what the record owns. -1 only without memory; what follows then cannot fail. */
struct job *jobs_prepare(struct job_record *record, struct error *err) MUST_CHECK;
/* A prepared one that was not submitted; NULL is fine. */
void jobs_discard(struct job *job);
/* To make it durable; until it is confirmed or withdrawn. */
const struct job_record *jobs_prepared_record(const struct job *job);
/*
 * Takes the job and uses the reservation. From now on it is live, so that whoever hears
 * of it from the store finds it here, too; but it is not started, and jobs_cancel waits,
 * until one of the two follows.
 */
void jobs_submit(struct jobs *jobs, struct job *job);
void jobs_confirm(struct jobs *jobs, struct job *job);  /* it is durable */
void jobs_withdraw(struct jobs *jobs, struct job *job); /* it could not be; frees it */

/* ---- looking ---- */

/* A snapshot of a live job, deep copy (job_record_free it). 1, 0 if no live job has this
 * id, -1 no memory. */
int jobs_find(struct jobs *jobs, const char *id, struct job_record *record,
              struct error *err);

/* The log of a live job, or of one of the last that ended in this process; one reference
 * is the caller's. NULL: there is none. */
struct job_log *jobs_log(struct jobs *jobs, const char *id);
/* Who is to be told when a log grows (jobs_follow.h). */
struct jobs_follow *jobs_followers(struct jobs *jobs);

struct jobs_stats {
    size_t n_queued;
    size_t n_running;
    uint64_t n_ended[JOB_N_STATES]; /* since start */
    double run_seconds;             /* sum over ended jobs */
};
void jobs_stats(struct jobs *jobs, struct jobs_stats *stats);

/* ---- steering ---- */

/* 1: a queued job ended cancelled (durable when this returns) or a running one was told
 * to stop; 0: no live job has this id; -1 err. May block on the disk. */
int jobs_cancel(struct jobs *jobs, const char *id, struct error *err);

/*
 * Calls `done` once, from a thread of this room, when the job has ended (durably) or the
 * seconds have passed or the queue is stopped; at once from the calling thread if the job
 * is not live. -1 only without memory (then `done` is not called).
 */
typedef void jobs_done_fn(void *context);
int jobs_when_done(struct jobs *jobs, const char *id, double seconds, jobs_done_fn *done,
                   void *context, struct error *err) MUST_CHECK;

/* ---- for `run` ---- */

enum job_stop { JOB_GO_ON, JOB_STOP_CANCELLED, JOB_STOP_TIME_LIMIT, JOB_STOP_SHUTDOWN };

const char *job_id(const struct job *job);
const void *job_request(const struct job *job, size_t *n_bytes);
enum job_stop job_stop_reason(struct job *job); /* cheap: an atomic load and a clock */
void job_set_time_limit(struct job *job, double seconds); /* from now */
/* All but the stage. */
void job_report(struct job *job, const struct job_progress *progress);
/* The next three are for the log. A stage is in the progress, too; part from 1, 0 of 0:
 * it is not one of several. */
void job_tell_stage(struct job *job, const char *stage, uint64_t part, uint64_t n_parts);
void job_tell_step(struct job *job, const struct job_step *step);
void job_tell_warning(struct job *job, const char *code, const char *detail);

#endif
