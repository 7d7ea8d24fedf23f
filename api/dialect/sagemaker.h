/*
 * Requests and answers in the forms of SageMaker's built-in algorithms (its "Common data
 * formats for inference", and those of linear learner and XGBoost).
 */
#ifndef LOGITD_API_DIALECT_SAGEMAKER_H
#define LOGITD_API_DIALECT_SAGEMAKER_H

#include "api/dialect/scoring.h"
#include "core/text/json_write.h"

/* Is the list at the scan one of {"features":[…]}? Told by its first element; not of a
 * model that has an input of this name. */
bool sagemaker_has_features(const struct scoring *scoring, struct json_scan list);

/* The list at the scan, which lies at /instances. -1 with err set, or 0. */
int sagemaker_read_instances(struct scoring *scoring, struct json_scan list,
                             struct error *err) MUST_CHECK;
/* The body as JSON lines: {"features":[…]} each, or an object with cells by name. */
int sagemaker_read_lines(struct scoring *scoring, struct error *err) MUST_CHECK;

/* {"score":0.4,"predicted_label":0}: the probability of the positive class, or of each in
 * the order of the model's classes, or the margin of a hinge model; and the class, as a
 * number where it is written as one. Of a number predicted the score alone. */
void sagemaker_write_row(struct json_writer *json, const struct scoring *scoring,
                         size_t row, double *probabilities);
/* The same as a line of CSV, as XGBoost answers: the score alone. */
void sagemaker_write_line(struct buffer *out, const struct scoring *scoring, size_t row,
                          double *probabilities);

#endif
