#include "api/predict_record.h"

#include "api/predict_options.h"
#include "core/model/predict.h"

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

static void write_scores(struct json_writer *json, const struct model *model,
                         unsigned outputs, const double *scores)
{
    if (outputs & PREDICT_LOGITS)
        write_by_class(json, "logits", model, scores);
    if (outputs & PREDICT_PREDICTION)
        json_write_member_number(json, "prediction", scores[0]);
    if (outputs & PREDICT_LOG_ODDS)
        json_write_member_number(json, "log_odds", scores[0]);
    if (outputs & PREDICT_LINEAR_PREDICTOR)
        json_write_member_number(json, "linear_predictor", scores[0]);
}

void predict_record_write(struct json_writer *json, const struct model *model,
                          unsigned outputs, double threshold, const double *scores,
                          double *probabilities)
{
    bool tie = false;
    size_t label =
        model->n_classes > 0 ? predict_label(model, scores, threshold, &tie) : 0;
    if (outputs & PREDICT_LABEL)
        json_write_member_string(json, "label", model->classes[label]);
    if (outputs & PREDICT_PROBABILITY) {
        predict_probabilities(model, scores, probabilities);
        write_by_class(json, "probability", model, probabilities);
    }
    write_scores(json, model, outputs, scores);
    if (tie)
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
