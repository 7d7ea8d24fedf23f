#include "api/job_fields.h"

#include "api/job_column_fields.h"
#include "api/job_field.h"
#include "api/job_path_fields.h"
#include "api/job_run_fields.h"
#include "api/job_solver_fields.h"
#include "api/job_statistics_fields.h"
#include "api/job_validation_fields.h"
#include "api/registry.h"
#include "core/text/json_write.h"

#define METADATA_MOST_BYTES (16U << 10)

/* ---- what is estimated ---- */

static JOB_FIELD(read_family)
{
    static const char *const words[] = {"auto",     "binomial", "multinomial",
                                        "gaussian", "hinge",    "absolute"};
    struct job_request *request = context;
    int i = job_field_word(value, pointer, words, JOB_FIELD_COUNT(words), problems);
    (void)err;
    if (i >= 0)
        request->fit.family = words[i];
    return 0;
}

static JOB_FIELD(read_weight_kind)
{
    static const char *const words[] = {"frequency", "importance"};
    struct job_request *request = context;
    int i = job_field_word(value, pointer, words, JOB_FIELD_COUNT(words), problems);
    (void)err;
    if (i >= 0)
        request->fit.frequency_weights = i == 0;
    return 0;
}

JOB_FIELD_BOOL(read_firth, fit.firth)

static JOB_FIELD(read_intercept)
{
    struct job_request *request = context;
    (void)err;
    request->fit.says_intercept =
        json_fields_bool(value, pointer, problems, &request->fit.intercept);
    return 0;
}

/* ---- the rest ---- */

static JOB_FIELD(read_model)
{
    struct job_request *request = context;
    (void)err;
    if (json_fields_string(value, pointer, problems, &request->model) &&
        !registry_name_is_valid(request->model))
        problem_report(
            problems, ERROR_INVALID, pointer,
            "must be 1 to 128 letters, digits, dots, dashes or underscores, the "
            "first a letter or digit");
    return 0;
}

/* What is read here is the stand-in for rows that were taken out, or something that is no
 * object. */
static JOB_FIELD(read_data)
{
    struct job_request *request = context;
    (void)err;
    request->has_data = true;
    if (!json_is_object(value))
        problem_report(problems, ERROR_INVALID_TYPE, pointer,
                       "must be an object with columns and rows");
    return 0;
}

static JOB_FIELD(read_metadata)
{
    struct job_request *request = context;
    struct buffer text = BUFFER_EMPTY;
    struct json_writer json = json_write_start(&text);
    if (!json_is_object(value)) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer, "must be an object");
        return 0;
    }
    json_fields_write(value, &json);
    if (text.n_bytes > METADATA_MOST_BYTES)
        problem_report(problems, ERROR_TOO_LARGE, pointer, "may have at most %u bytes",
                       METADATA_MOST_BYTES);
    size_t n_bytes;
    request->metadata = buffer_take(&text, &n_bytes, err);
    return request->metadata ? 0 : -1;
}

JOB_FIELD_STRING(read_dataset, dataset)
JOB_FIELD_STRING(read_formula, fit.formula)
JOB_FIELD_STRING(read_target, fit.target)
JOB_FIELD_STRING(read_positive, fit.positive)
JOB_FIELD_STRING(read_reference, fit.reference)
JOB_FIELD_STRING(read_weights, fit.weights)
JOB_FIELD_STRING(read_trials, fit.trials)
JOB_FIELD_STRING(read_offset, fit.offset)
JOB_FIELD_BOOL(read_standardize, fit.standardize)
JOB_FIELD_BOOL(read_nesterov, fit.solver.nesterov)
JOB_FIELD_BOOL(read_averaging, fit.solver.averaging)

static const struct json_field fields[] = {
    {"model", true, read_model},
    {"dataset", false, read_dataset},
    {"data", false, read_data},
    {"formula", false, read_formula},
    {"target", false, read_target},
    {"positive", false, read_positive},
    {"features", false, job_column_fields_features},
    {"columns", false, job_column_fields_columns},
    {"missing", false, job_column_fields_missing},
    {"weights", false, read_weights},
    {"weight_kind", false, read_weight_kind},
    {"trials", false, read_trials},
    {"offset", false, read_offset},
    {"family", false, read_family},
    {"reference", false, read_reference},
    {"intercept", false, read_intercept},
    {"standardize", false, read_standardize},
    {"penalty", false, job_solver_fields_penalty},
    {"path", false, job_path_fields_path},
    {"cross_validation", false, job_path_fields_cross_validation},
    {"algorithm", false, job_solver_fields_algorithm},
    {"learning_rate", false, job_solver_fields_learning_rate},
    {"batch_size", false, job_solver_fields_batch_size},
    {"momentum", false, job_solver_fields_momentum},
    {"nesterov", false, read_nesterov},
    {"averaging", false, read_averaging},
    {"max_iterations", false, job_solver_fields_max_iterations},
    {"max_epochs", false, job_solver_fields_max_epochs},
    {"tolerance", false, job_solver_fields_tolerance},
    {"seed", false, job_solver_fields_seed},
    {"validation", false, job_validation_fields_validation},
    {"early_stopping", false, job_validation_fields_early_stopping},
    {"statistics", false, job_statistics_fields_statistics},
    {"covariance", false, job_statistics_fields_covariance},
    {"cluster", false, job_statistics_fields_cluster},
    {"intervals", false, job_statistics_fields_intervals},
    {"confidence", false, job_statistics_fields_confidence},
    {"marginal_effects", false, job_statistics_fields_marginal_effects},
    {"vif", false, job_statistics_fields_vif},
    {"residuals", false, job_statistics_fields_residuals},
    {"firth", false, read_firth},
    {"warm_start", false, job_run_fields_warm_start},
    {"time_limit_seconds", false, job_run_fields_time_limit},
    {"on_time_limit", false, job_run_fields_on_time_limit},
    {"metadata", false, read_metadata},
    {"dry_run", false, job_run_fields_dry_run},
    {"publish_on_cancel", false, job_run_fields_publish_on_cancel},
};

int job_fields_read(struct job_request *request, struct problem_list *problems,
                    struct error *err)
{
    return json_fields_read(request->json, "", fields, JOB_FIELD_COUNT(fields), request,
                            problems, err);
}
