/*
 * Jobs (contract.md "Jobs"): submit, list, show, cancel, delete. Ended jobs are kept
 * until deleted.
 */
#ifndef LOGITD_API_HANDLERS_HANDLE_JOBS_H
#define LOGITD_API_HANDLERS_HANDLE_JOBS_H

#include "api/router.h"

/* 202, or 200 where Prefer: wait=N saw it end. Idempotency-Key: see api/idempotency.h. */
route_fn handle_jobs_create;
route_fn handle_jobs_list; /* newest first */
route_fn handle_jobs_show;
/* 202 and the job while it is being stopped; 200 and the job as it is where it has ended.
 */
route_fn handle_jobs_cancel;
/* 409 while it is live; the model version it made stays. */
route_fn handle_jobs_delete;

#endif
