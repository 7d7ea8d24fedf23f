/*
 * From the body of POST /v1/jobs to a durable job in the queue: read, check against the
 * data, reserve a place, commit, hand in. Nothing is left behind of a job that is
 * refused. One that asks for a dry run is answered with a preview in place of that.
 *
 * Memory and disk: inline rows are kept as the job's own blob until the job is deleted.
 */
#ifndef LOGITD_API_JOB_SUBMIT_H
#define LOGITD_API_JOB_SUBMIT_H

#include "api/exchange.h"
#include "api/service.h"
#include "core/jobs/job_record.h"

struct job_submitted {
    char id[JOB_ID_BYTES]; /* "" of a dry run */
    int status;            /* 202, 200 of a dry run, or what an idempotent replay had */
    struct buffer body;    /* the job as it was accepted, or the preview: JSON */
};

/* -1 with the answer made: 400, 415, 422 with all problems, 429 beyond the caller's limit
 * of live jobs, 503 with a full queue, 507. Blocks on the disk. Into an all-zero one; the
 * body is the caller's. */
int job_submit(struct service *service, struct exchange *exchange,
               struct job_submitted *submitted);

#endif
