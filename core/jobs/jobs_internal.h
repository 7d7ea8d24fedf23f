/*
 * What the files of this room share: the queue's own state, and a live job.
 *
 * One lock guards all of it. It is never held over a hook: whoever saves a change of
 * state marks the job as busy before, so that nobody else touches it, and gives the hook
 * a copy of the record (which shares the texts; they do not change while the job is
 * live). A live job therefore shows the state that is durable.
 */
#ifndef LOGITD_CORE_JOBS_JOBS_INTERNAL_H
#define LOGITD_CORE_JOBS_JOBS_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/jobs/job_list.h"
#include "core/jobs/jobs.h"
#include "core/jobs/jobs_follow.h"
#include "core/jobs/jobs_wait.h"

struct job {
    struct jobs *jobs; /* NULL until it is submitted */
    struct job *next;  /* in its list */
    struct job_record record;
    struct job_log *log;
    double reported_seconds; /* when the progress was, by clock_seconds() */
    bool is_busy;            /* queued, and somebody saves that or what it becomes */
    bool is_claimed;         /* running, and somebody saves what becomes of it */
    bool is_left;            /* running, and saved as queued: it did not stop in time */
    double started_seconds;  /* by clock_seconds(); 0: it has not run in this process */

    /* Written and read without the lock. */
    atomic_int stop;         /* enum job_stop, but for the time limit */
    atomic_bool knows;       /* `run` has been told that it is cancelled */
    _Atomic double deadline; /* by clock_seconds() */
};

/* A place in the queue for a job that is not there yet. */
struct jobs_reservation {
    struct jobs_reservation *next;
    char *owner; /* may be NULL */
};

/* How many jobs that have ended keep their log, and how many events of it. */
#define JOBS_N_ENDED_LOGS 64
#define JOBS_ENDED_EVENTS 256

/* The log of a job that has ended. */
struct jobs_ended_log {
    char id[JOB_ID_BYTES];
    struct job_log *log; /* NULL: none yet */
};

struct jobs {
    struct jobs_options options;
    struct jobs_hooks hooks;
    struct jobs_wait *wait;
    struct jobs_follow *follow;
    pthread_t *workers;
    size_t n_workers; /* that were started */

    pthread_mutex_t lock;
    pthread_cond_t changed; /* broadcast at every change of what follows */
    bool is_started;
    bool is_stopping;
    double
        retry_at; /* no job is started before: the store has just failed to keep that */
    size_t n_working; /* workers with a job in hand */
    struct job_list queued;
    struct job_list running;
    struct jobs_reservation *reservations;
    size_t n_reserved;
    struct jobs_ended_log
        ended[JOBS_N_ENDED_LOGS]; /* one after the other, again and again */
    size_t n_ended_logs;
    struct jobs_stats stats; /* n_ended and run_seconds */
};

#endif
