/*
 * A job's "features", "columns" and "missing": which columns of the data are used, and as
 * what.
 * Readers in the sense of job_field.h.
 */
#ifndef LOGITD_API_JOB_COLUMN_FIELDS_H
#define LOGITD_API_JOB_COLUMN_FIELDS_H

#include "api/json_fields.h"

json_field_fn job_column_fields_features;
json_field_fn job_column_fields_columns;
json_field_fn job_column_fields_missing;

#endif
