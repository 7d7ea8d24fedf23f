/*
 * GET /v1/jobs/{job}/events: what has happened to a job, and, as server-sent events, what
 * happens to it from now on.
 */
#ifndef LOGITD_API_HANDLERS_HANDLE_JOB_EVENTS_H
#define LOGITD_API_HANDLERS_HANDLE_JOB_EVENTS_H

#include "api/exchange.h"

struct service;

void handle_job_events(struct service *service, struct exchange *exchange);

#endif
