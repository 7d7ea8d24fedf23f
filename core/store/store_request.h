/*
 * One store_commit on its way: what it changes, with everything the writer will need
 * allocated beforehand, so that nothing can lack once it is durable.
 */
#ifndef LOGITD_CORE_STORE_STORE_REQUEST_H
#define LOGITD_CORE_STORE_STORE_REQUEST_H

#include <pthread.h>

#include "core/store/record_index.h"

struct store_step {
    uint64_t hash;         /* of the change's key */
    struct record *after;  /* what will be there; NULL: nothing, it is a delete */
    struct record *before; /* what was there, retained; NULL: nothing. The writer's */
};

struct store_request {
    const struct store_change *changes;
    size_t n_changes;
    struct store_step *steps;          /* [n_changes] */
    size_t n_reserved[STORE_KIND_END]; /* in the index */
    bool only_deletes;

    /* The writer's. */
    int result;
    struct error why;
    bool in_doubt; /* it failed, but nobody knows if the disk has it */
    bool is_done;
    pthread_cond_t done;
    struct store_request *next, *previous; /* in the queue, in a group */
};

/* Borrows the changes. */
int store_request_start(struct store_request *request, struct record_index *index,
                        const struct store_change *changes, size_t n_changes,
                        struct error *err) MUST_CHECK;
void store_request_free(struct store_request *request, struct record_index *index);

/*
 * Checks the conditions against the index and, before it, the requests that were planned
 * but are not yet in it (`earlier`, and those previous to it; may be NULL); fills the
 * records. Takes numbers from *next. On failure the request is as before.
 */
int store_request_plan(struct store_request *request, struct record_index *index,
                       const struct store_request *earlier, uint64_t *next,
                       struct error *err) MUST_CHECK;
/* Forgets the plan. */
void store_request_unplan(struct store_request *request);
/* Puts what was planned into the index, which is locked. */
void store_request_publish(struct store_request *request, struct record_index *index);

#endif
