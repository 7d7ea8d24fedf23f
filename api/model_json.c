#include "api/model_json.h"

#include <math.h>
#include <string.h>

#include "api/model_json_schema.h"
#include "api/model_json_validation.h"
#include "api/model_terms.h"
#include "api/path_json.h"
#include "api/statistics_json.h"
#include "api/update_json.h"
#include "core/model/model_import.h"
#include "core/optim/solver.h"

void model_json_write_term(const struct model *model, size_t term, struct buffer *out)
{
    if (model->intercept && term == 0)
        buffer_append_string(out, "(intercept)");
    else
        encoding_write_column(model->encoding, term - (model->intercept ? 1 : 0), out);
}

void model_json_write_term_text(struct json_writer *json, const struct model *model,
                                size_t term)
{
    struct buffer name = BUFFER_EMPTY;
    model_json_write_term(model, term, &name);
    if (name.failed)
        json->out->failed = true;
    json_write_text(json, name.bytes ? name.bytes : "", name.n_bytes);
    buffer_free(&name);
}

/* ---- fit ---- */

static void write_pseudo_r2(struct json_writer *json, const struct report *report)
{
    json_write_key(json, "pseudo_r2");
    json_write_begin_object(json);
    json_write_member_number(json, "mcfadden", report->mcfadden);
    json_write_member_number(json, "cox_snell", report->cox_snell);
    json_write_member_number(json, "nagelkerke", report->nagelkerke);
    json_write_end_object(json);
    json_write_key(json, "lr_test");
    json_write_begin_object(json);
    json_write_member_number(json, "statistic", report->lr_statistic);
    json_write_member_number(json, "df", report->lr_df);
    json_write_member_number(json, "p_value", report->lr_p_value);
    json_write_end_object(json);
}

static void write_likelihood(struct json_writer *json, const struct report *report)
{
    json_write_member_number(json, "objective", report->objective);
    json_write_member_number(json, "log_likelihood", report->log_likelihood);
    json_write_member_number(json, "null_log_likelihood", report->null_log_likelihood);
    json_write_member_number(json, "penalized_log_likelihood",
                             report->penalized_log_likelihood);
    json_write_member_number(json, "null_penalized_log_likelihood",
                             report->null_penalized_log_likelihood);
    json_write_member_number(json, "deviance", report->deviance);
    json_write_member_number(json, "null_deviance", report->null_deviance);
    json_write_member_number(json, "aic", report->aic);
    json_write_member_number(json, "bic", report->bic);
    json_write_member_number(json, "dispersion", report->dispersion);
    json_write_member_number(json, "r_squared", report->r_squared);
    write_pseudo_r2(json, report);
}

/* null where nothing is known of a fit. */
static void write_count(struct json_writer *json, const char *key, uint64_t count,
                        bool is_known)
{
    if (is_known)
        json_write_member_integer(json, key, (int64_t)count);
    else
        json_write_member_null(json, key);
}

static void write_design(struct json_writer *json, const struct report *report,
                         bool is_known)
{
    json_write_key(json, "design");
    if (!is_known) {
        json_write_null(json);
        return;
    }
    json_write_begin_object(json);
    json_write_member_string(json, "storage",
                             report->design_is_sparse ? "sparse" : "dense");
    json_write_member_integer(json, "bytes", (int64_t)report->design_bytes);
    json_write_member_bool(json, "on_disk", report->design_is_on_disk);
    json_write_end_object(json);
}

static void write_counts(struct json_writer *json, const struct report *report,
                         bool is_known)
{
    write_count(json, "n_rows", report->n_rows, is_known);
    write_count(json, "n_rows_dropped", report->n_rows_dropped, is_known);
    write_design(json, report, is_known);
    json_write_member_number(json, "sum_weights", report->sum_weights);
    json_write_member_integer(json, "n_coefficients", (int64_t)report->n_coefficients);
    json_write_member_integer(json, "n_nonzero", (int64_t)report->n_nonzero);
    json_write_member_number(json, "l1_max", report->l1_max);
    json_write_member_number(json, "df_residual", report->df_residual);
}

/* Does an l2 penalty hold every column? */
static bool is_held(const struct addenda *addenda)
{
    for (size_t j = 0; j < addenda->n_prior; j++)
        if (!isfinite(addenda->prior_variances[j]))
            return false;
    return addenda->prior_l2 > 0;
}

static bool has_aliased(const struct model *model)
{
    for (size_t i = 0; i < model->n_blocks * model->n_terms; i++)
        if (model->coefficients[i].aliased)
            return true;
    return false;
}

/* What the curvature means for J as a function of all coefficients; NULL: not known. A
 * quadratic loss of full rank is curved everywhere as it is at its minimum. */
static const char *convexity_word(const struct model *model)
{
    const struct report *report = &model->report;
    if (isnan(report->min_eigenvalue))
        return NULL;
    if (has_aliased(model) || !(report->min_eigenvalue > 0))
        return "flat";
    return model->family == FAMILY_GAUSSIAN || is_held(&report->addenda) ? "strong"
                                                                         : "strict";
}

static void write_evidence(struct json_writer *json, const struct model *model)
{
    const struct report *report = &model->report;
    json_write_key(json, "certificate");
    json_write_begin_object(json);
    json_write_member_number(json, "gradient_norm", report->gradient_norm);
    json_write_member_number(json, "newton_decrement", report->newton_decrement);
    json_write_member_number(json, "kkt_residual", report->kkt_residual);
    json_write_member_number(json, "duality_gap", report->duality_gap);
    json_write_end_object(json);
    json_write_key(json, "curvature");
    json_write_begin_object(json);
    json_write_member_number(json, "min_eigenvalue", report->min_eigenvalue);
    json_write_member_number(json, "max_eigenvalue", report->max_eigenvalue);
    json_write_member_number(json, "condition", report->condition);
    json_write_member_string(json, "convexity", convexity_word(model));
    json_write_end_object(json);
}

static void write_seconds(struct json_writer *json, const struct report *report)
{
    json_write_key(json, "seconds");
    json_write_begin_object(json);
    json_write_member_number(json, "total", report->total_seconds);
    json_write_member_number(json, "read", report->read_seconds);
    json_write_member_number(json, "solve", report->solve_seconds);
    json_write_end_object(json);
}

static void write_trace(struct json_writer *json, const struct report *report)
{
    json_write_key(json, "trace");
    json_write_begin_array(json);
    for (size_t i = 0; i < report->n_steps; i++) {
        const struct report_step *step = &report->trace[i];
        json_write_begin_object(json);
        json_write_member_integer(json, "iteration", (int64_t)step->iteration);
        json_write_member_number(json, "objective", step->objective);
        json_write_member_number(json, "gradient_norm", step->gradient_norm);
        json_write_member_number(json, "step", step->step);
        json_write_member_number(json, "seconds", step->seconds);
        if (report->n_validation_rows > 0)
            json_write_member_number(json, "validation_loss", step->validation_loss);
        json_write_end_object(json);
    }
    json_write_end_array(json);
}

static void write_warnings(struct json_writer *json, const struct report *report)
{
    json_write_key(json, "warnings");
    json_write_begin_array(json);
    for (size_t i = 0; i < report->n_warnings; i++) {
        const struct report_warning *warning = &report->warnings[i];
        json_write_begin_object(json);
        json_write_member_string(json, "code", warning->code);
        json_write_key(json, "columns");
        json_write_begin_array(json);
        for (size_t c = 0; c < warning->n_columns; c++)
            json_write_string(json, warning->columns[c]);
        json_write_end_array(json);
        json_write_member_string(json, "detail", warning->detail);
        json_write_end_object(json);
    }
    json_write_end_array(json);
}

/* A first-order method goes through all rows once an iteration, unless it learnt from
 * them as they came. */
static void write_epochs(struct json_writer *json, const struct model *model)
{
    const struct report *report = &model->report;
    const struct solver *solver =
        report->algorithm ? solver_find(report->algorithm) : NULL;
    if (solver && solver->is_first_order && model->learning.n_steps == 0)
        json_write_member_integer(json, "epochs", (int64_t)report->iterations);
    else
        json_write_member_null(json, "epochs");
}

void model_json_write_fit(struct json_writer *json, const struct model *model)
{
    const struct report *report = &model->report;
    bool is_known = !model_import_is(model);
    json_write_begin_object(json);
    json_write_member_string(json, "algorithm", report->algorithm);
    json_write_member_string(json, "chosen_because", report->chosen_because);
    if (is_known)
        json_write_member_bool(json, "converged", report->converged);
    else
        json_write_member_null(json, "converged");
    json_write_member_string(json, "stop_reason", report->stop_reason);
    json_write_member_string(json, "warm_start", report->warm_start);
    write_count(json, "iterations", report->iterations, is_known);
    write_epochs(json, model);
    json_write_member_number(json, "passes", report->effort.passes);
    write_count(json, "sample_rows", report->effort.sample_rows, is_known);
    write_count(json, "sample_iterations", report->effort.sample_iterations, is_known);
    write_likelihood(json, report);
    statistics_json_write_fit(json, model);
    write_counts(json, report, is_known);
    write_evidence(json, model);
    write_seconds(json, report);
    write_count(json, "threads", report->n_threads, is_known);
    write_count(json, "seed", report->seed, is_known);
    json_write_member_string(json, "blas", report->blas);
    write_trace(json, report);
    model_json_validation_write(json, report);
    path_json_write(json, report);
    update_json_write_learning(json, model);
    write_warnings(json, report);
    json_write_end_object(json);
}

/* ---- coefficients ---- */

static void write_estimate(struct json_writer *json,
                           const struct coefficient *coefficient)
{
    if (coefficient->infinite != 0) {
        json_write_member_null(json, "estimate");
        json_write_member_string(json, "infinite", coefficient->infinite > 0 ? "+" : "-");
    } else {
        json_write_member_number(json, "estimate", coefficient->estimate);
    }
    if (coefficient->aliased)
        json_write_member_bool(json, "aliased", true);
    json_write_member_number(json, "std_error", coefficient->std_error);
    json_write_member_number(json, "z", coefficient->z);
    json_write_member_number(json, "p_value", coefficient->p_value);
    json_write_member_number(json, "ci_low", coefficient->ci_low);
    json_write_member_number(json, "ci_high", coefficient->ci_high);
    json_write_member_number(json, "odds_ratio", coefficient->odds_ratio);
    if (isinf(coefficient->odds_ratio))
        json_write_member_bool(json, "odds_ratio_overflows", true);
}

/* Of the column that the coefficient refers to, where that is a standardised one. */
static void write_standardization(struct json_writer *json, const struct model *model,
                                  size_t term)
{
    if (!model->means || term < model->intercept)
        return;
    json_write_member_number(json, "mean", model->means[term - model->intercept]);
    json_write_member_number(json, "scale", model->scales[term - model->intercept]);
}

static void write_coefficients(struct json_writer *json, const struct model *model,
                               const struct model_terms *terms)
{
    json_write_key(json, "coefficients");
    json_write_begin_array(json);
    for (size_t b = 0; b < model->n_blocks; b++)
        for (size_t t = 0; t < model->n_terms; t++) {
            if (terms->listed && !terms->listed[b * model->n_terms + t])
                continue;
            json_write_begin_object(json);
            if (model->family == FAMILY_MULTINOMIAL)
                json_write_member_string(json, "class",
                                         model->classes[model->block_class[b]]);
            json_write_key(json, "term");
            model_json_write_term_text(json, model, t);
            write_estimate(json, &model->coefficients[b * model->n_terms + t]);
            write_standardization(json, model, t);
            json_write_end_object(json);
        }
    json_write_end_array(json);
}

static void write_classes(struct json_writer *json, const struct model *model)
{
    json_write_key(json, "classes");
    json_write_begin_array(json);
    for (size_t k = 0; k < model->n_classes; k++)
        json_write_string(json, model->classes[k]);
    json_write_end_array(json);
}

static void write_softmax_weights(struct json_writer *json, const struct model *model)
{
    size_t d = model->encoding->n_columns;
    json_write_key(json, "columns");
    json_write_begin_array(json);
    for (size_t j = 0; j < d; j++)
        model_json_write_term_text(json, model, j + (model->intercept ? 1 : 0));
    json_write_end_array(json);
    json_write_key(json, "weights");
    json_write_begin_array(json);
    for (size_t k = 0; k < model->n_classes; k++) {
        json_write_begin_array(json);
        for (size_t j = 0; j < d; j++)
            json_write_number(json, model->weights[k * d + j]);
        json_write_end_array(json);
    }
    json_write_end_array(json);
}

/* Where not all coefficients are listed, the weights are not either. */
static void write_softmax(struct json_writer *json, const struct model *model,
                          const struct model_terms *terms)
{
    json_write_key(json, "softmax");
    json_write_begin_object(json);
    write_classes(json, model);
    if (terms->n_omitted == 0) {
        write_softmax_weights(json, model);
    } else {
        json_write_member_null(json, "columns");
        json_write_member_null(json, "weights");
    }
    json_write_member_numbers(json, "intercepts", model->intercepts, model->n_classes);
    json_write_end_object(json);
}

static void write_terms(struct json_writer *json, const struct model *model, bool all)
{
    struct model_terms terms;
    if (model_terms_choose(&terms, model, all, NULL) < 0) {
        json->out->failed = true;
        return;
    }
    write_coefficients(json, model, &terms);
    if (terms.n_omitted > 0)
        json_write_member_integer(json, "coefficients_omitted", (int64_t)terms.n_omitted);
    if (model->family == FAMILY_MULTINOMIAL)
        write_softmax(json, model, &terms);
    model_terms_free(&terms);
}

static void write_covariance(struct json_writer *json, const struct model *model)
{
    size_t n = model->n_blocks * model->n_terms;
    json_write_key(json, "covariance");
    if (!model->covariance) {
        json_write_null(json);
        return;
    }
    json_write_begin_object(json);
    json_write_key(json, "terms");
    json_write_begin_array(json);
    for (size_t i = 0; i < n; i++)
        model_json_write_term_text(json, model, i % model->n_terms);
    json_write_end_array(json);
    if (model->family == FAMILY_MULTINOMIAL) {
        json_write_key(json, "classes");
        json_write_begin_array(json);
        for (size_t i = 0; i < n; i++)
            json_write_string(json,
                              model->classes[model->block_class[i / model->n_terms]]);
        json_write_end_array(json);
    }
    json_write_key(json, "matrix");
    json_write_begin_array(json);
    for (size_t i = 0; i < n; i++) {
        json_write_begin_array(json);
        for (size_t j = 0; j < n; j++)
            json_write_number(json, model->covariance[i * n + j]);
        json_write_end_array(json);
    }
    json_write_end_array(json);
    json_write_end_object(json);
}

/* ---- the whole ---- */

/* Of what the fit did not have, only the target is told. */
static void write_roles(struct json_writer *json, const struct model_roles *roles)
{
    if (roles->formula)
        json_write_member_string(json, "formula", roles->formula);
    json_write_member_string(json, "target", roles->target);
    if (roles->weights)
        json_write_member_string(json, "weights", roles->weights);
    if (roles->trials)
        json_write_member_string(json, "trials", roles->trials);
    if (roles->offset)
        json_write_member_string(json, "offset", roles->offset);
}

void model_json_write_members(struct json_writer *json, const struct model *model,
                              unsigned include)
{
    json_write_member_string(json, "family", family_traits(model->family)->word);
    write_roles(json, &model->roles);
    write_classes(json, model);
    if (family_traits(model->family)->of_two_classes)
        json_write_member_string(json, "positive", model->classes[model->positive]);
    if (model->family == FAMILY_MULTINOMIAL)
        json_write_member_string(json, "reference", model->classes[model->reference]);
    write_terms(json, model, (include & MODEL_JSON_COEFFICIENTS) != 0);
    if (include & MODEL_JSON_COVARIANCE)
        write_covariance(json, model);
    statistics_json_write_members(json, model, (include & MODEL_JSON_RESIDUALS) != 0);
    model_json_schema_write(json, model->encoding, (include & MODEL_JSON_INPUTS) != 0);
    json_write_key(json, "fit");
    model_json_write_fit(json, model);
    json_write_member_string(json, "dataset", model->dataset);
    json_write_member_string(json, "dataset_sha256", model->dataset_sha256);
    if (model->metadata) {
        json_write_key(json, "metadata");
        json_write_raw(json, model->metadata, strlen(model->metadata));
    }
}
