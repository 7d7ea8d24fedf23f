/*
 * The fields of a job's request, one reader each: the table that job_request.h reads by.
 */
#ifndef LOGITD_API_JOB_FIELDS_H
#define LOGITD_API_JOB_FIELDS_H

#include "api/job_request.h"

/* Fills the request from request->json; what is wrong is reported. -1 only without
 * memory. */
int job_fields_read(struct job_request *request, struct problem_list *problems,
                    struct error *err) MUST_CHECK;

#endif
