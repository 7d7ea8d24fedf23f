#include "api/statistics_json.h"

#include <math.h>

#include "api/model_json.h"

const char *const statistics_json_covariances[STATISTICS_JSON_N_COVARIANCES] = {
    "model", "hc0", "hc1", "cluster"};

/* ---- fit ---- */

static void write_test(struct json_writer *json, const char *name, double statistic,
                       double df, double p_value)
{
    json_write_key(json, name);
    json_write_begin_object(json);
    json_write_member_number(json, "statistic", statistic);
    json_write_member_number(json, "df", df);
    json_write_member_number(json, "p_value", p_value);
    json_write_end_object(json);
}

/* null without standard errors. */
static void write_inference(struct json_writer *json, const struct addenda *addenda)
{
    json_write_key(json, "inference");
    if (!addenda->has_statistics) {
        json_write_null(json);
        return;
    }
    json_write_begin_object(json);
    json_write_member_string(json, "covariance",
                             statistics_json_covariances[addenda->covariance]);
    json_write_member_string(json, "information",
                             addenda->is_penalised ? "penalised" : "observed");
    json_write_member_string(json, "intervals", addenda->profile ? "profile" : "wald");
    json_write_member_number(json, "confidence", addenda->confidence);
    if (addenda->covariance == COVARIANCE_CLUSTER)
        json_write_member_integer(json, "n_clusters", (int64_t)addenda->n_clusters);
    json_write_end_object(json);
}

/* An input's where it is a term by itself. */
static void write_term_name(struct json_writer *json, const struct encoding *encoding,
                            size_t term)
{
    struct buffer name = BUFFER_EMPTY;
    term_write(encoding, &encoding->terms[term], &name);
    if (name.failed)
        json->out->failed = true;
    json_write_key(json, "input");
    json_write_text(json, name.bytes ? name.bytes : "", name.n_bytes);
    buffer_free(&name);
}

static void write_term_tests(struct json_writer *json, const struct model *model)
{
    const struct addenda *addenda = &model->report.addenda;
    json_write_key(json, "term_tests");
    json_write_begin_array(json);
    for (size_t i = 0; i < addenda->n_term_tests; i++) {
        const struct addenda_term_test *test = &addenda->term_tests[i];
        json_write_begin_object(json);
        write_term_name(json, model->encoding, test->term);
        json_write_member_number(json, "statistic", test->statistic);
        json_write_member_number(json, "df", test->df);
        json_write_member_number(json, "p_value", test->p_value);
        json_write_end_object(json);
    }
    json_write_end_array(json);
}

static const char *prior_word(const struct addenda *addenda)
{
    return addenda->is_jeffreys                             ? "jeffreys"
           : addenda->prior_l1 > 0 && addenda->prior_l2 > 0 ? "elastic_net"
           : addenda->prior_l1 > 0                          ? "laplace"
                                                            : "gaussian";
}

static void write_width(struct json_writer *json, const struct addenda *addenda,
                        double variance, double scale)
{
    if (addenda->prior_l2 > 0)
        json_write_member_number(json, "variance", variance);
    if (addenda->prior_l1 > 0)
        json_write_member_number(json, "scale", scale);
}

static void write_prior_terms(struct json_writer *json, const struct model *model)
{
    const struct addenda *addenda = &model->report.addenda;
    json_write_key(json, "terms");
    json_write_begin_array(json);
    for (size_t j = 0; j < addenda->n_prior; j++) {
        double variance = addenda->prior_variances[j], scale = addenda->prior_scales[j];
        json_write_begin_object(json);
        json_write_key(json, "term");
        model_json_write_term_text(json, model, j + model->intercept);
        json_write_member_bool(json, "flat", isinf(variance) || isinf(scale));
        write_width(json, addenda, variance, scale);
        json_write_end_object(json);
    }
    json_write_end_array(json);
}

/* null without a penalty: then every prior is flat. */
static void write_prior(struct json_writer *json, const struct model *model)
{
    const struct addenda *addenda = &model->report.addenda;
    json_write_key(json, "prior");
    if (!(addenda->prior_l1 > 0) && !(addenda->prior_l2 > 0) && !addenda->is_jeffreys) {
        json_write_null(json);
        return;
    }
    json_write_begin_object(json);
    json_write_member_string(json, "kind", prior_word(addenda));
    json_write_member_string(json, "estimate", "maximum_a_posteriori");
    if (addenda->n_prior > 0)
        write_prior_terms(json, model);
    else
        write_width(json, addenda, addenda->prior_variance, addenda->prior_scale);
    json_write_end_object(json);
}

void statistics_json_write_fit(struct json_writer *json, const struct model *model)
{
    const struct addenda *addenda = &model->report.addenda;
    write_test(json, "wald_test", addenda->wald_statistic, addenda->wald_df,
               addenda->wald_p_value);
    write_test(json, "score_test", addenda->score_statistic, addenda->score_df,
               addenda->score_p_value);
    write_term_tests(json, model);
    write_inference(json, addenda);
    write_prior(json, model);
}

/* ---- on request ---- */

/* Of the number that a design has for it. */
static const char *class_of(const struct model *model, size_t number)
{
    return model
        ->classes[number == 0 ? model->reference : model->block_class[number - 1]];
}

static void write_effect(struct json_writer *json, const struct model *model,
                         const struct addenda_effect *effect)
{
    json_write_begin_object(json);
    json_write_key(json, "term");
    model_json_write_term_text(json, model, effect->column + model->intercept);
    json_write_member_string(json, "class", class_of(model, effect->class));
    json_write_member_string(json, "kind",
                             effect->is_difference ? "difference" : "derivative");
    json_write_member_number(json, "effect", effect->effect);
    json_write_member_number(json, "std_error", effect->std_error);
    json_write_member_number(json, "z", effect->z);
    json_write_member_number(json, "p_value", effect->p_value);
    json_write_member_number(json, "ci_low", effect->ci_low);
    json_write_member_number(json, "ci_high", effect->ci_high);
    json_write_end_object(json);
}

static void write_effects(struct json_writer *json, const struct model *model)
{
    const struct addenda *addenda = &model->report.addenda;
    json_write_key(json, "marginal_effects");
    json_write_begin_array(json);
    for (size_t i = 0; i < addenda->n_effects; i++)
        write_effect(json, model, &addenda->effects[i]);
    json_write_end_array(json);
}

static void write_inflations(struct json_writer *json, const struct model *model)
{
    const struct addenda *addenda = &model->report.addenda;
    json_write_key(json, "variance_inflation");
    json_write_begin_array(json);
    for (size_t i = 0; i < addenda->n_inflations; i++) {
        const struct addenda_inflation *inflation = &addenda->inflations[i];
        json_write_begin_object(json);
        write_term_name(json, model->encoding, inflation->term);
        json_write_member_number(json, "gvif", inflation->gvif);
        json_write_member_number(json, "df", inflation->df);
        json_write_member_number(json, "per_df",
                                 pow(inflation->gvif, 1 / (2 * inflation->df)));
        json_write_end_object(json);
    }
    json_write_end_array(json);
}

static void write_residuals(struct json_writer *json, const struct addenda *addenda)
{
    json_write_key(json, "residuals");
    if (addenda->n_residuals == 0) {
        json_write_null(json);
        return;
    }
    json_write_begin_object(json);
    json_write_key(json, "rows");
    json_write_begin_array(json);
    for (size_t i = 0; i < addenda->n_residuals; i++)
        json_write_integer(json, (int64_t)(addenda->rows ? addenda->rows[i] : i + 1));
    json_write_end_array(json);
    json_write_member_numbers(json, "deviance", addenda->deviance_residuals,
                              addenda->n_residuals);
    json_write_member_numbers(json, "pearson", addenda->pearson_residuals,
                              addenda->n_residuals);
    json_write_member_numbers(json, "leverage", addenda->leverages, addenda->n_residuals);
    json_write_end_object(json);
}

void statistics_json_write_members(struct json_writer *json, const struct model *model,
                                   bool with_residuals)
{
    const struct addenda *addenda = &model->report.addenda;
    if (addenda->n_effects > 0)
        write_effects(json, model);
    if (addenda->n_inflations > 0)
        write_inflations(json, model);
    if (with_residuals)
        write_residuals(json, addenda);
}
