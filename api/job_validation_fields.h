/*
 * The fields of a job that say by which rows it is judged, and when that ends it. Readers
 * in the sense of job_field.h.
 */
#ifndef LOGITD_API_JOB_VALIDATION_FIELDS_H
#define LOGITD_API_JOB_VALIDATION_FIELDS_H

#include "api/json_fields.h"

json_field_fn job_validation_fields_validation;
json_field_fn job_validation_fields_early_stopping;

#endif
