/*
 * The log of a job that ended in an earlier process, as far as what was kept tells: when
 * it was queued, started and ended, how it ended, and of a version that it made the trace
 * and the warnings. The last event has the id that it had then; those before it count
 * down from there, as what ids they had is not known any more.
 */
#ifndef LOGITD_API_JOB_HISTORY_H
#define LOGITD_API_JOB_HISTORY_H

#include "api/service.h"
#include "core/jobs/job_log.h"
#include "core/jobs/job_record.h"

/* Of a record with an end state; one reference is the caller's. NULL without memory. */
struct job_log *job_history_make(struct service *service, const struct job_record *record,
                                 struct error *err) MUST_CHECK;

#endif
