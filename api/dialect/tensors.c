#include "api/dialect/tensors.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/model/predict.h"
#include "core/text/csv.h"
#include "core/text/number.h"

static const struct tensors_output outputs[TENSORS_MOST] = {
    {PREDICT_LABEL, "label", true, false},
    {PREDICT_PROBABILITY, "probability", false, true},
    {PREDICT_LOG_ODDS, "log_odds", false, false},
    {PREDICT_LOGITS, "logits", false, true},
    {PREDICT_LINEAR_PREDICTOR, "linear_predictor", false, false},
    {PREDICT_PREDICTION, "prediction", false, false},
};

size_t tensors_list(const struct model *model, unsigned usual,
                    const struct tensors_output *list[TENSORS_MOST])
{
    size_t n = 0;
    unsigned offered = usual;
    if (model_n_scores(model) == 1)
        offered |= PREDICT_LINEAR_PREDICTOR;
    for (size_t i = 0; i < TENSORS_MOST; i++)
        if (offered & outputs[i].output)
            list[n++] = &outputs[i];
    return n;
}

/* ---- values ---- */

static void write_list(struct json_writer *json, const double *values, size_t n)
{
    json_write_begin_array(json);
    for (size_t i = 0; i < n; i++)
        json_write_number(json, values[i]);
    json_write_end_array(json);
}

void tensors_write_value(struct json_writer *json, const struct serving *serving,
                         const struct predict_options *options, unsigned output,
                         size_t row, double *probabilities)
{
    const struct model *model = serving->found.model;
    const double *scores = serving_scores_of(serving, row);
    bool tie;
    switch (output) {
    case PREDICT_LABEL:
        json_write_string(
            json, model->classes[predict_label(model, scores, options->threshold, &tie)]);
        break;
    case PREDICT_PROBABILITY:
        predict_probabilities(model, scores, probabilities);
        write_list(json, probabilities, model->n_classes);
        break;
    case PREDICT_LOGITS:
        write_list(json, scores, serving->n_scores);
        break;
    default:
        json_write_number(json, scores[0]);
        break;
    }
}

static bool is_one(unsigned set)
{
    return (set & (set - 1)) == 0;
}

void tensors_write_row(struct json_writer *json, const struct serving *serving,
                       const struct predict_options *options, size_t row,
                       double *probabilities)
{
    bool is_bare = is_one(options->outputs);
    if (!is_bare)
        json_write_begin_object(json);
    for (size_t i = 0; i < TENSORS_MOST; i++) {
        if (!(options->outputs & outputs[i].output))
            continue;
        if (!is_bare)
            json_write_key(json, outputs[i].name);
        tensors_write_value(json, serving, options, outputs[i].output, row,
                            probabilities);
    }
    if (!is_bare)
        json_write_end_object(json);
}

/* ---- lines ---- */

void tensors_append_number(struct buffer *out, double value)
{
    char text[NUMBER_TEXT_BYTES];
    buffer_append(out, text, number_write(value, text));
}

static void append_list(struct buffer *out, const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buffer_append_byte(out, ',');
        tensors_append_number(out, values[i]);
    }
}

static void append_value(struct buffer *out, const struct serving *serving,
                         const struct predict_options *options, unsigned output,
                         size_t row, double *probabilities)
{
    const struct model *model = serving->found.model;
    const double *scores = serving_scores_of(serving, row);
    bool tie;
    if (output == PREDICT_LABEL) {
        const char *label =
            model->classes[predict_label(model, scores, options->threshold, &tie)];
        csv_write_cell(out, label, strlen(label));
    } else if (output == PREDICT_PROBABILITY) {
        predict_probabilities(model, scores, probabilities);
        append_list(out, probabilities, model->n_classes);
    } else {
        append_list(out, scores, output == PREDICT_LOGITS ? serving->n_scores : 1);
    }
}

void tensors_write_line(struct buffer *out, const struct serving *serving,
                        const struct predict_options *options, size_t row,
                        double *probabilities)
{
    bool is_first = true;
    for (size_t i = 0; i < TENSORS_MOST; i++) {
        if (!(options->outputs & outputs[i].output))
            continue;
        if (!is_first)
            buffer_append_byte(out, ',');
        is_first = false;
        append_value(out, serving, options, outputs[i].output, row, probabilities);
    }
    buffer_append_byte(out, '\n');
}

/* ---- the whole ---- */

int tensors_reserve(const struct serving *serving, size_t *n_bytes, struct error *err)
{
    const struct model *model = serving->found.model;
    size_t class_bytes = 0;
    for (size_t k = 0; k < model->n_classes; k++)
        class_bytes += 2 * strlen(model->classes[k]) + 32;
    size_t n = serving->n_rows * (serving->n_scores * 24 + 2 * class_bytes + 96);
    if (budget_reserve(serving->budget, n, err) < 0)
        return -1;
    *n_bytes = n;
    return 0;
}

typedef void write_fn(struct json_writer *json, const struct serving *serving,
                      const struct predict_options *options, double *probabilities);

static int write_reserved(struct json_writer *json, const struct serving *serving,
                          const struct predict_body *body, write_fn *write,
                          struct error *err)
{
    size_t n_bytes, n_classes = serving->found.model->n_classes;
    double *probabilities = memory_new(n_classes ? n_classes : 1, sizeof(double), err);
    if (!probabilities || tensors_reserve(serving, &n_bytes, err) < 0) {
        memory_free(probabilities);
        return -1;
    }
    write(json, serving, &body->options, probabilities);
    budget_release(serving->budget, n_bytes);
    memory_free(probabilities);
    return buffer_check(json->out, err);
}

static void write_rows(struct json_writer *json, const struct serving *serving,
                       const struct predict_options *options, double *probabilities)
{
    json_write_begin_array(json);
    for (size_t row = 0; row < serving->n_rows; row++)
        tensors_write_row(json, serving, options, row, probabilities);
    json_write_end_array(json);
}

int tensors_write_rows(struct json_writer *json, const struct serving *serving,
                       const struct predict_body *body, struct error *err)
{
    return write_reserved(json, serving, body, write_rows, err);
}

static void write_column(struct json_writer *json, const struct serving *serving,
                         const struct predict_options *options, unsigned output,
                         double *probabilities)
{
    json_write_begin_array(json);
    for (size_t row = 0; row < serving->n_rows; row++)
        tensors_write_value(json, serving, options, output, row, probabilities);
    json_write_end_array(json);
}

static void write_columns(struct json_writer *json, const struct serving *serving,
                          const struct predict_options *options, double *probabilities)
{
    bool is_bare = is_one(options->outputs);
    if (!is_bare)
        json_write_begin_object(json);
    for (size_t i = 0; i < TENSORS_MOST; i++) {
        if (!(options->outputs & outputs[i].output))
            continue;
        if (!is_bare)
            json_write_key(json, outputs[i].name);
        write_column(json, serving, options, outputs[i].output, probabilities);
    }
    if (!is_bare)
        json_write_end_object(json);
}

int tensors_write_columns(struct json_writer *json, const struct serving *serving,
                          const struct predict_body *body, struct error *err)
{
    return write_reserved(json, serving, body, write_columns, err);
}
