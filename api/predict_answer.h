/*
 * Scores the rows of a request and writes the answer (contract.md "Predicting").
 */
#ifndef LOGITD_API_PREDICT_ANSWER_H
#define LOGITD_API_PREDICT_ANSWER_H

#include <stdint.h>

#include "api/predict_body.h"
#include "core/base/budget.h"

/*
 * Appends the JSON to `out`. Scores and the answer's likely size are reserved in the
 * budget for the time of the call: ERROR_MEMORY_BUDGET or ERROR_TOO_LARGE where they do
 * not fit.
 */
int predict_answer_write(const struct model *model, const char *name, uint64_t version,
                         const struct predict_body *body, struct budget *budget,
                         struct buffer *out, struct error *err) MUST_CHECK;

#endif
