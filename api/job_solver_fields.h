/*
 * The fields of a job that say what is minimised beside the loss, and how. Readers in the
 * sense of job_field.h.
 */
#ifndef LOGITD_API_JOB_SOLVER_FIELDS_H
#define LOGITD_API_JOB_SOLVER_FIELDS_H

#include "api/json_fields.h"

json_field_fn job_solver_fields_penalty;
json_field_fn job_solver_fields_algorithm;
json_field_fn job_solver_fields_learning_rate;
json_field_fn job_solver_fields_batch_size;
json_field_fn job_solver_fields_max_iterations;
json_field_fn job_solver_fields_max_epochs;
json_field_fn job_solver_fields_momentum;
json_field_fn job_solver_fields_tolerance;
json_field_fn job_solver_fields_seed;

#endif
