/*
 * The fields of a job that say how it runs: from where, how long, and what becomes of it
 * when it is stopped. Readers in the sense of job_field.h.
 */
#ifndef LOGITD_API_JOB_RUN_FIELDS_H
#define LOGITD_API_JOB_RUN_FIELDS_H

#include "api/json_fields.h"

json_field_fn job_run_fields_dry_run;
json_field_fn job_run_fields_warm_start;
json_field_fn job_run_fields_time_limit;
json_field_fn job_run_fields_on_time_limit;
json_field_fn job_run_fields_publish_on_cancel;

#endif
