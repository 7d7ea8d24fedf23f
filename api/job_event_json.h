/*
 * An event of a job's log (core/jobs/job_log.h) as the contract has it: one JSON object,
 * in a list and as the data of a server-sent event alike.
 */
#ifndef LOGITD_API_JOB_EVENT_JSON_H
#define LOGITD_API_JOB_EVENT_JSON_H

#include "core/jobs/job_log.h"
#include "core/text/json_write.h"

void job_event_json_write(struct json_writer *json, const struct job_log_view *view);

#endif
