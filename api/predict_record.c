#include "api/predict_record.h"

#include <math.h>

static bool is_multinomial(const struct predict_outcome *outcome)
{
    return outcome->model->family == FAMILY_MULTINOMIAL;
}

/* {"class":value,…} */
static void write_by_class(struct json_writer *json, const char *key,
                           const struct model *model, const double *values)
{
    json_write_key(json, key);
    json_write_begin_object(json);
    for (size_t k = 0; k < model->n_classes; k++)
        json_write_member_number(json, model->classes[k], values[k]);
    json_write_end_object(json);
}

static void write_scores(struct json_writer *json, const struct predict_outcome *outcome)
{
    unsigned outputs = outcome->wanted;
    if (outputs & PREDICT_LOGITS)
        write_by_class(json, "logits", outcome->model, outcome->scores);
    if (outputs & PREDICT_PREDICTION)
        json_write_member_number(json, "prediction", outcome->scores[0]);
    if (outputs & PREDICT_LOG_ODDS)
        json_write_member_number(json, "log_odds", outcome->scores[0]);
    if (outputs & PREDICT_LINEAR_PREDICTOR)
        json_write_member_number(json, "linear_predictor", outcome->scores[0]);
}

/* ---- how certain it is ---- */

static void write_std_error(struct json_writer *json,
                            const struct predict_outcome *outcome)
{
    const struct model *model = outcome->model;
    json_write_key(json, "standard_error");
    if (!is_multinomial(outcome)) {
        json_write_number(json, outcome->std_errors[0]);
        return;
    }
    json_write_begin_object(json);
    for (size_t b = 0; b < model->n_blocks; b++)
        json_write_member_number(json, model->classes[model->block_class[b]],
                                 outcome->std_errors[b]);
    json_write_end_object(json);
}

void predict_record_write_error_column(struct json_writer *json,
                                       const struct predict_outcome *outcome)
{
    const struct model *model = outcome->model;
    if (!is_multinomial(outcome)) {
        json_write_number(json, outcome->std_errors[0]);
        return;
    }
    json_write_begin_array(json);
    for (size_t k = 0; k < model->n_classes; k++) {
        double error = NAN; /* of the reference: none */
        for (size_t b = 0; b < model->n_blocks; b++)
            error = model->block_class[b] == k ? outcome->std_errors[b] : error;
        json_write_number(json, error);
    }
    json_write_end_array(json);
}

static void write_interval(struct json_writer *json,
                           const struct score_interval *interval)
{
    json_write_begin_object(json);
    json_write_member_number(json, "low", interval->low);
    json_write_member_number(json, "high", interval->high);
    json_write_end_object(json);
}

static void write_intervals(struct json_writer *json,
                            const struct predict_outcome *outcome)
{
    const struct model *model = outcome->model;
    json_write_key(json, "interval");
    if (model->n_classes == 0) {
        write_interval(json, outcome->intervals);
        return;
    }
    json_write_begin_object(json);
    for (size_t k = 0; k < model->n_classes; k++) {
        json_write_key(json, model->classes[k]);
        write_interval(json, &outcome->intervals[k]);
    }
    json_write_end_object(json);
}

void predict_record_write_interval_column(struct json_writer *json,
                                          const struct predict_outcome *outcome)
{
    size_t n_classes = outcome->model->n_classes;
    if (n_classes == 0) {
        write_interval(json, outcome->intervals);
        return;
    }
    json_write_begin_array(json);
    for (size_t k = 0; k < n_classes; k++)
        write_interval(json, &outcome->intervals[k]);
    json_write_end_array(json);
}

/* ---- what it comes from ---- */

static void write_parts(struct json_writer *json, const struct predict_outcome *outcome,
                        size_t score)
{
    const struct contribution *contribution = &outcome->contribution;
    json_write_begin_object(json);
    for (size_t i = 0; i < contribution->n; i++)
        json_write_member_number(json, contribution_name(contribution, i),
                                 outcome->parts[score * contribution->n + i]);
    json_write_end_object(json);
}

static void write_contributions(struct json_writer *json,
                                const struct predict_outcome *outcome)
{
    const struct model *model = outcome->model;
    if (!is_multinomial(outcome)) {
        json_write_member_number(json, "bias", outcome->contribution.bias[0]);
        json_write_key(json, "contributions");
        write_parts(json, outcome, 0);
        return;
    }
    write_by_class(json, "bias", model, outcome->contribution.bias);
    json_write_key(json, "contributions");
    json_write_begin_object(json);
    for (size_t k = 0; k < model->n_classes; k++) {
        json_write_key(json, model->classes[k]);
        write_parts(json, outcome, k);
    }
    json_write_end_object(json);
}

static void write_part_values(struct json_writer *json,
                              const struct predict_outcome *outcome, size_t score)
{
    size_t n = outcome->contribution.n;
    json_write_begin_array(json);
    for (size_t i = 0; i < n; i++)
        json_write_number(json, outcome->parts[score * n + i]);
    json_write_end_array(json);
}

void predict_record_write_contribution_column(struct json_writer *json,
                                              const struct predict_outcome *outcome)
{
    if (!is_multinomial(outcome)) {
        write_part_values(json, outcome, 0);
        return;
    }
    json_write_begin_array(json);
    for (size_t k = 0; k < outcome->model->n_classes; k++)
        write_part_values(json, outcome, k);
    json_write_end_array(json);
}

/* ---- the likeliest classes ---- */

void predict_record_write_top(struct json_writer *json,
                              const struct predict_outcome *outcome)
{
    size_t n = predict_outcome_n_top(outcome);
    json_write_begin_array(json);
    for (size_t i = 0; i < n; i++) {
        size_t class = outcome->ranking[i];
        json_write_begin_object(json);
        json_write_member_string(json, "class", outcome->model->classes[class]);
        json_write_member_number(json, "probability", outcome->probabilities[class]);
        json_write_end_object(json);
    }
    json_write_end_array(json);
}

/* ---- the whole ---- */

void predict_record_write(struct json_writer *json, const struct predict_outcome *outcome)
{
    const struct model *model = outcome->model;
    unsigned outputs = outcome->wanted;
    if (outputs & PREDICT_LABEL)
        json_write_member_string(json, "label", model->classes[outcome->label]);
    if (outputs & PREDICT_PROBABILITY)
        write_by_class(json, "probability", model, outcome->probabilities);
    write_scores(json, outcome);
    if (outputs & PREDICT_STANDARD_ERROR)
        write_std_error(json, outcome);
    if (outputs & PREDICT_INTERVAL)
        write_intervals(json, outcome);
    if (outputs & PREDICT_CONTRIBUTIONS)
        write_contributions(json, outcome);
    if (outputs & PREDICT_TOP_K) {
        json_write_key(json, "top_k");
        predict_record_write_top(json, outcome);
    }
    if (outcome->is_tie)
        json_write_member_bool(json, "tie", true);
}

void predict_record_write_error(struct json_writer *json, enum error_code code,
                                const char *detail, const char *column)
{
    json_write_begin_object(json);
    json_write_member_string(json, "code", error_word(code));
    json_write_member_string(json, "detail", detail);
    json_write_member_string(json, "column", column);
    json_write_end_object(json);
}
