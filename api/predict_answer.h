/*
 * Writes the answer of a native predict request (contract.md "Predicting").
 */
#ifndef LOGITD_API_PREDICT_ANSWER_H
#define LOGITD_API_PREDICT_ANSWER_H

#include "api/predict_body.h"
#include "api/serving.h"

/*
 * Appends the JSON to `out`, of rows that were scored. The answer's likely size is
 * reserved in the budget for the time of the call: ERROR_MEMORY_BUDGET or ERROR_TOO_LARGE
 * where it does not fit.
 */
int predict_answer_write(const struct serving *serving, const struct predict_body *body,
                         struct buffer *out, struct error *err) MUST_CHECK;

#endif
