/*
 * The one thread that writes records. It takes all requests that wait, makes one
 * transaction of them, and lets them see the outcome together (group commit): while it
 * waits for the disk, the next group gathers.
 *
 * Threading rule of the room: the database belongs to this thread from start to end; the
 * index has a lock of its own; records are immutable.
 */
#ifndef LOGITD_CORE_STORE_STORE_WRITER_H
#define LOGITD_CORE_STORE_STORE_WRITER_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/store/database.h"
#include "core/store/disk_reserve.h"
#include "core/store/store_request.h"

struct store_writer {
    struct database *database; /* borrowed, as these: */
    struct record_index *index;
    struct disk_reserve *reserve;
    void (*on_failure)(void *context, const struct error *why);
    void *context;

    pthread_t thread;
    uint64_t next_number; /* the thread's */
    atomic_uint_least64_t n_commits, n_changes;
    atomic_bool has_failed; /* never back to false */

    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t wake;
    struct store_request *first, *last;
    bool ends;
    struct error why; /* of the failure; set once */
};

/* The fields above `thread` are set. */
int store_writer_start(struct store_writer *writer, struct error *err) MUST_CHECK;
/* Finishes what is queued. */
void store_writer_end(struct store_writer *writer);

/* Waits until the request is done. Its result, or ERROR_READ_ONLY. */
int store_writer_run(struct store_writer *writer, struct store_request *request,
                     struct error *err) MUST_CHECK;

/* From now on nothing is written. The first reason is the one that is told. */
void store_writer_fail(struct store_writer *writer, const struct error *why);
/* ERROR_READ_ONLY after a failure. */
int store_writer_check(struct store_writer *writer, struct error *err) MUST_CHECK;

#endif
