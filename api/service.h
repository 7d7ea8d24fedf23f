/*
 * The service: what handlers may touch, tied together: store, model registry, job queue,
 * budget. One a process. Thread-safe unless said otherwise.
 */
#ifndef LOGITD_API_SERVICE_H
#define LOGITD_API_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/buffer.h"
#include "core/base/error.h"

struct service;
struct route;

struct service_options {
    const char *data_directory;
    size_t n_jobs;             /* at a time */
    size_t n_threads;          /* of one fit */
    size_t n_cores;            /* of which fits leave one to requests; 0: they do not */
    size_t checkpoint_seconds; /* between two of a fit; 0: one each iteration */
    size_t n_queued_most;      /* jobs that may wait */
    size_t n_jobs_kept;        /* that have ended; 0: all */
    size_t n_days_kept;        /* each of them; 0: for ever */
    size_t memory_bytes;
    size_t max_body_bytes;
    size_t max_upload_bytes;
    const char *invocations_model; /* api/dialect/invocations_model.h; NULL: none */
    /* Things worth a line in the log: level is 0 debug, 1 info, 2 warning, 3 error. */
    void (*log)(void *context, int level, const char *event, const char *detail);
    /* The store turned read-only: the process should end (exit 70) after answering what
     * it can. */
    void (*on_store_failure)(void *context, const struct error *why);
    /* Has `run` called on a thread of the transport that no request waits for, once;
     * false, and it is not: the machine is busy. NULL: it is called at once. */
    bool (*run_later)(void *context, void (*run)(void *work), void *work);
    /* Appends the transport's own metrics in Prometheus text form. NULL: none. */
    void (*write_metrics)(void *context, struct buffer *out);
    void *context;
};

/* Opens the store, loads the models, puts back the jobs. Errors as store_open. */
struct service *service_open(const struct service_options *options,
                             struct error *err) MUST_CHECK;
/* Starts running jobs; before it, requests are answered but jobs wait. */
void service_start(struct service *service);

/* readyz: 200 while true. */
bool service_is_ready(struct service *service);
/* From now on /readyz answers 503. */
void service_drain(struct service *service);
/* Jobs go back to the queue, waiters are answered. False if a job did not stop in time.
 */
bool service_stop(struct service *service, double timeout_seconds);
void service_close(struct service *service);

/* Tells that there is a request, `now` by clock_seconds(): fits give way while one comes
 * soon after the other. Of any thread. */
void service_note_request(struct service *service, double now);

/* Tells of an answered request, for metrics; route NULL: none was found. */
void service_observe(struct service *service, const struct route *route, int status,
                     double seconds);

/* Admission of request bodies against the memory budget; false: answer 503. */
bool service_admit(struct service *service, size_t body_bytes);
void service_release(struct service *service, size_t body_bytes);

#endif
