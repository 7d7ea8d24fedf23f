/*
 * A job's "path" and "cross_validation". Readers in the sense of job_field.h.
 */
#ifndef LOGITD_API_JOB_PATH_FIELDS_H
#define LOGITD_API_JOB_PATH_FIELDS_H

#include "api/json_fields.h"

json_field_fn job_path_fields_path;
json_field_fn job_path_fields_cross_validation;

#endif
