/*
 * What a running fit has kept so far, in the store beside its job: one record of its own
 * with a blob, put again and again, and gone in the transaction in which the job ends.
 */
#ifndef LOGITD_API_JOB_CHECKPOINT_H
#define LOGITD_API_JOB_CHECKPOINT_H

#include "api/service.h"
#include "core/store/store.h"

/* In place of what was kept before, durably. Blocks on the disk. */
int job_checkpoint_save(struct service *service, const char *id, const void *state,
                        size_t n_bytes, struct error *err) MUST_CHECK;

/* Into an all-zero blob, left so where nothing was kept or it is damaged. */
void job_checkpoint_open(struct service *service, const char *id,
                         struct store_blob *state);

/* The change that takes it away: 1, or 0 if there is none. Borrows the id. */
size_t job_checkpoint_remove(struct service *service, const char *id,
                             struct store_change *change);

/* At start-up, with the queue as it was put back: those whose job is not live. */
int job_checkpoint_purge(struct service *service, struct error *err) MUST_CHECK;

#endif
