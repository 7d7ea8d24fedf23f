/*
 * A few threads for what may block (the disk, a commit), so that HTTP threads never do.
 * Tasks run in the order of submission. Thread-safe.
 */
#ifndef LOGITD_SERVER_EXECUTOR_H
#define LOGITD_SERVER_EXECUTOR_H

#include <stddef.h>

#include "core/base/error.h"

struct executor;

/* Memory of the submitter, which may be freed or submitted again once `run` is called. */
struct executor_task {
    void (*run)(void *context);
    void *context;
    struct executor_task *next; /* the executor's own */
};

/* ERROR_BUSY if this machine starts no more threads. */
struct executor *executor_new(size_t n_threads, struct error *err) MUST_CHECK;
/* Runs what has been submitted, then ends the threads. */
void executor_free(struct executor *executor);

/* Always accepted: refuse work by executor_n_waiting before it gets here. */
void executor_submit(struct executor *executor, struct executor_task *task);

/* Tasks that no thread has taken up yet. */
size_t executor_n_waiting(struct executor *executor);

#endif
