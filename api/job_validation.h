/*
 * The dataset that a job is judged on, where it names one.
 */
#ifndef LOGITD_API_JOB_VALIDATION_H
#define LOGITD_API_JOB_VALIDATION_H

#include "api/job_request.h"
#include "api/service.h"

/* At submission: opens it for the request, which then holds it. What is not there, or
 * damaged, is reported. -1 only for what is not the caller's fault. */
int job_validation_settle(struct service *service, struct job_request *request,
                          struct problem_list *problems, struct error *err) MUST_CHECK;

/* Before the job runs: the same; ERROR_NOT_FOUND when it is not there any more. */
int job_validation_find(struct service *service, struct job_request *request,
                        struct error *err) MUST_CHECK;

#endif
