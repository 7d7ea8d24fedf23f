/*
 * The version that a job starts from: "model/3", or "model" for what answers for the bare
 * name when the job is submitted. Which one it is is settled then, and kept with the job.
 */
#ifndef LOGITD_API_JOB_WARM_START_H
#define LOGITD_API_JOB_WARM_START_H

#include "api/job_request.h"
#include "api/service.h"

/* At submission: finds the version, writes its number into the request and has the
 * request hold the model. What is not there is reported. -1 only without memory. */
int job_warm_start_settle(struct service *service, struct job_request *request,
                          struct problem_list *problems, struct error *err) MUST_CHECK;

/* Before the job runs: has the request hold the model. ERROR_NOT_FOUND when the version
 * was deleted meanwhile. A request without a warm start passes. */
int job_warm_start_find(struct service *service, struct job_request *request,
                        struct error *err) MUST_CHECK;

#endif
