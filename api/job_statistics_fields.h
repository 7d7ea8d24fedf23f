/*
 * The fields of a job that say how uncertainty is measured and what else is told. Readers
 * in the sense of job_field.h.
 */
#ifndef LOGITD_API_JOB_STATISTICS_FIELDS_H
#define LOGITD_API_JOB_STATISTICS_FIELDS_H

#include "api/json_fields.h"

json_field_fn job_statistics_fields_statistics;
json_field_fn job_statistics_fields_covariance;
json_field_fn job_statistics_fields_cluster;
json_field_fn job_statistics_fields_intervals;
json_field_fn job_statistics_fields_confidence;
json_field_fn job_statistics_fields_marginal_effects;
json_field_fn job_statistics_fields_vif;
json_field_fn job_statistics_fields_residuals;

#endif
