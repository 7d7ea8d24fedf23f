/*
 * What a model tells of its rows as tensors, which is how TensorFlow Serving and the
 * protocols that follow it have answers: label (text), probability (in the order of the
 * model's classes), log_odds, logits (in the same order), linear_predictor, prediction.
 * A single output is told bare, several by their names.
 */
#ifndef LOGITD_API_DIALECT_TENSORS_H
#define LOGITD_API_DIALECT_TENSORS_H

#include "api/serving.h"
#include "core/text/json_write.h"

/* A set of outputs is of enum predict_output (api/predict_options.h). */
#define TENSORS_MOST 6
#define TENSORS_OUTPUTS                                                                  \
    (PREDICT_LABEL | PREDICT_PROBABILITY | PREDICT_LOG_ODDS | PREDICT_LOGITS |           \
     PREDICT_LINEAR_PREDICTOR | PREDICT_PREDICTION)
struct tensors_output {
    unsigned output;
    const char *name;
    bool is_text;
    bool by_class; /* a value for each class */
};

/* All that the model can tell, in the order in which it is told, beside the `usual` that
 * is told where nothing is asked for (scoring_options_read). Returns how many. */
size_t tensors_list(const struct model *model, unsigned usual,
                    const struct tensors_output *list[TENSORS_MOST]);

/* What is told of the rows that `body` has, all of them good ones, after serving_score:
 * one value a row, or one column an output. Errors as predict_answer_write. */
int tensors_write_rows(struct json_writer *json, const struct serving *serving,
                       const struct predict_body *body, struct error *err) MUST_CHECK;
int tensors_write_columns(struct json_writer *json, const struct serving *serving,
                          const struct predict_body *body, struct error *err) MUST_CHECK;

/* One row as tensors_write_rows has it; `probabilities` [n_classes] is scratch. */
void tensors_write_row(struct json_writer *json, const struct serving *serving,
                       const struct predict_options *options, size_t row,
                       double *probabilities);
/* The same as a line of CSV, the values of all outputs behind each other. */
void tensors_write_line(struct buffer *out, const struct serving *serving,
                        const struct predict_options *options, size_t row,
                        double *probabilities);
/* Its shortest text. */
void tensors_append_number(struct buffer *out, double value);
/* One value of an output of a row. */
void tensors_write_value(struct json_writer *json, const struct serving *serving,
                         const struct predict_options *options, unsigned output,
                         size_t row, double *probabilities);

/* Of what an answer of so many rows takes, for the time of its writing: a generous guess.
 * Release it again. */
int tensors_reserve(const struct serving *serving, size_t *n_bytes,
                    struct error *err) MUST_CHECK;

#endif
