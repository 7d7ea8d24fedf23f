/*
 * How long jobs are remembered that have ended: the latest n_jobs_kept of them, and each
 * for n_days_kept days. What they made stays, and no live job is ever touched.
 */
#ifndef LOGITD_API_JOB_RETENTION_H
#define LOGITD_API_JOB_RETENTION_H

#include "api/service.h"

/* Forgets the others. What cannot be kept on the disk is logged, and is left for the next
 * time. May block on the disk. */
void job_retention_sweep(struct service *service);

#endif
