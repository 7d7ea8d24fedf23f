/*
 * Calls to /v1/jobs on a loopback, and the one small fit that tests of jobs make.
 */
#ifndef LOGITD_TESTS_SUPPORT_JOB_CALLS_H
#define LOGITD_TESTS_SUPPORT_JOB_CALLS_H

#include "tests/support/loopback.h"

/* y on x with the rows in the job itself: odds of y=1 are 1:3 where x=0 and 3:1 where
 * x=1. */
extern const char job_calls_inline[];

/* POST /v1/jobs with header lines. */
struct answer job_calls_post(struct loopback *loopback, const char *headers,
                             const char *body);
/* A job on a dataset with columns y and x, with more members (",\"name\":value"). */
struct answer job_calls_post_on(struct loopback *loopback, const char *headers,
                                const char *dataset, const char *more);
/* METHOD /v1/jobs/ID and what follows ("/cancel"). */
struct answer job_calls_on(struct loopback *loopback, const char *method, const char *id,
                           const char *rest);

#endif
