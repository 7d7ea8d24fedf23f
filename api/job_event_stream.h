/*
 * A job's log as server-sent events (HTML Living Standard, section 9.2): one event of the
 * log an event, with its id and type; a comment where nothing happens for a while; ends
 * behind the job's end.
 */
#ifndef LOGITD_API_JOB_EVENT_STREAM_H
#define LOGITD_API_JOB_EVENT_STREAM_H

#include "api/response.h"
#include "api/service.h"
#include "core/jobs/job_log.h"

#define JOB_EVENT_STREAM_TYPE "text/event-stream"

/* Makes the answer from what comes behind the event with this id. Retains the log. */
int job_event_stream_respond(struct service *service, struct job_log *log, uint64_t after,
                             struct response *response, struct error *err) MUST_CHECK;

#endif
