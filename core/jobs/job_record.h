/*
 * What is kept of a job: the form that survives a restart. Knows nothing of what the job
 * does; its request is opaque bytes.
 */
#ifndef LOGITD_CORE_JOBS_JOB_RECORD_H
#define LOGITD_CORE_JOBS_JOB_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/buffer.h"
#include "core/base/error.h"

/* X(NAME, "word"); numbers are written to disk: append only. */
#define JOB_STATES(X)                                                                    \
    X(QUEUED, "queued")                                                                  \
    X(RUNNING, "running")                                                                \
    X(SUCCEEDED, "succeeded")                                                            \
    X(FAILED, "failed")                                                                  \
    X(CANCELLED, "cancelled")

enum job_state {
#define JOB_STATE_ENUM(name, word) JOB_##name,
    JOB_STATES(JOB_STATE_ENUM)
#undef JOB_STATE_ENUM
        JOB_N_STATES
};

const char *job_record_state_word(enum job_state state);
/* 0 and *state, or -1 if no state has this word. */
int job_record_state_of_word(const char *word, enum job_state *state);

#define JOB_STAGE_BYTES 24

struct job_progress {
    double fraction; /* 0…1 */
    uint64_t iteration;
    double objective; /* NaN: not known yet; likewise the two below */
    double gradient_norm;
    double eta_seconds;
    char stage[JOB_STAGE_BYTES]; /* what it is at; "": not running. Is not kept */
};

#define JOB_ID_BYTES 32 /* "job_" and 20 characters, NUL included */

struct job_record {
    char id[JOB_ID_BYTES];
    enum job_state state;
    uint32_t attempt;    /* 1 while it runs for the first time */
    uint32_t n_starts;   /* attempts, and those that did not count */
    uint64_t last_event; /* of one that has ended: its id in the log (job_log.h) */
    int64_t created_at;  /* microseconds, wall clock; 0: not yet */
    int64_t started_at;
    int64_t finished_at;
    struct job_progress progress;
    struct error error; /* of a failed job; only code, place and message are kept */
    char *owner;        /* the principal that submitted it; may be NULL */
    void *request;      /* opaque, owned */
    size_t request_bytes;
    char *result; /* what it made, as its room names it ("admissions/3"); NULL: nothing */
};

void job_record_free(struct job_record *record); /* what it owns; and back to all zero */
/* A deep copy into an all-zero `to`. */
int job_record_copy(struct job_record *to, const struct job_record *from,
                    struct error *err) MUST_CHECK;

void job_record_pack(const struct job_record *record, struct buffer *out);
int job_record_unpack(struct job_record *record, const void *bytes, size_t n,
                      struct error *err) MUST_CHECK;

#endif
