/*
 * The answer of a native predict request as rows of text, in the forms of a scored
 * dataset (api/score_write.h): CSV with a header line, or an object a line.
 */
#ifndef LOGITD_API_PREDICT_TEXT_H
#define LOGITD_API_PREDICT_TEXT_H

#include "api/score_write.h"
#include "api/serving.h"

/* Appends to `out`, of rows that were scored; otherwise as predict_answer_write. */
int predict_text_write(const struct serving *serving, const struct predict_body *body,
                       enum score_format format, struct buffer *out,
                       struct error *err) MUST_CHECK;

#endif
