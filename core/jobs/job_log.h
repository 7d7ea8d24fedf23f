/*
 * What happened to a job, one event after the other, for those who follow it. In memory,
 * of bounded size: when there are too many, iterations and parts of stages are thinned
 * out evenly but for the latest, so that what is left still shows the whole course.
 *
 * Ids grow. The job's first event has id 1; those told after the process was started
 * anew, while the job lived, begin at n << 32, where n is how often it had been started
 * before, so that they are above all that came earlier.
 *
 * Counted references; all functions are thread-safe.
 */
#ifndef LOGITD_CORE_JOBS_JOB_LOG_H
#define LOGITD_CORE_JOBS_JOB_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

#define JOB_LOG_MOST 1024 /* events that are kept */

/* X(NAME, "word") */
#define JOB_EVENTS(X)                                                                    \
    X(QUEUED, "queued")                                                                  \
    X(STARTED, "started")                                                                \
    X(STAGE, "stage")                                                                    \
    X(ITERATION, "iteration")                                                            \
    X(WARNING, "warning")                                                                \
    X(INTERRUPTED, "interrupted")                                                        \
    X(SUCCEEDED, "succeeded")                                                            \
    X(FAILED, "failed")                                                                  \
    X(CANCELLED, "cancelled")

enum job_event_kind {
#define JOB_EVENT_ENUM(name, word) JOB_EVENT_##name,
    JOB_EVENTS(JOB_EVENT_ENUM)
#undef JOB_EVENT_ENUM
        JOB_EVENT_N
};

const char *job_log_word(enum job_event_kind kind);

/* An iteration; numbers that are not known are NaN. */
struct job_step {
    uint64_t iteration;
    uint64_t epoch; /* 0: there are none */
    double objective, gradient_norm, step;
    double validation_loss;
    double seconds; /* since the search began */
    double eta_seconds;
};

struct job_event {
    uint64_t id;        /* 0: the next one */
    uint64_t n_dropped; /* right before it, behind what the reader has seen */
    int64_t at;         /* microseconds, wall clock; 0: now */
    enum job_event_kind kind;
    uint32_t attempt;       /* 0: not yet */
    struct job_step step;   /* of an iteration */
    const char *word;       /* of a stage its name, of a warning its code; else NULL */
    const char *detail;     /* of a warning */
    uint64_t part, n_parts; /* of a stage: from 1; 0 of 0: it has none */
};

struct job_log;

/* `first_id`: of the first event. NULL without memory; what follows then cannot fail. */
struct job_log *job_log_new(uint64_t first_id, struct error *err) MUST_CHECK;
struct job_log *job_log_retain(struct job_log *log);
void job_log_release(struct job_log *log); /* NULL is fine */

/* Copies the event; without memory it counts as dropped. Ids that are given must grow. */
void job_log_append(struct job_log *log, const struct job_event *event);
/* The end, for which there is always room, with what is told of it: `error` of a failed
 * job, `result` of what it made; both may be NULL. */
void job_log_end(struct job_log *log, const struct job_event *event,
                 const struct error *error, const char *result);
/* Nothing more comes, whether or not there was an end. */
void job_log_close(struct job_log *log);
/* Keeps but so many events, of a job that has ended. */
void job_log_shrink(struct job_log *log, size_t n_most);

uint64_t job_log_next_id(struct job_log *log);
/* Has it been closed, and does nothing come behind the event with this id? */
bool job_log_is_over(struct job_log *log, uint64_t after);

struct job_log_view {
    const struct job_event *event;
    const struct error *error; /* of a failed end; else NULL */
    const char *result;        /* of an end; NULL: nothing was made */
};
/* Calls `take` with the events behind the one with this id, in order, while it returns
 * true and as long as what it is given is borrowed. `take` must not call the log. */
typedef bool job_log_take_fn(void *context, const struct job_log_view *view);
void job_log_each(struct job_log *log, uint64_t after, job_log_take_fn *take,
                  void *context);

#endif
