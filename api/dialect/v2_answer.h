/*
 * The answer to an inference request ("Inference Response JSON Object"), and the binary
 * data behind it of the outputs that are to have it.
 */
#ifndef LOGITD_API_DIALECT_V2_ANSWER_H
#define LOGITD_API_DIALECT_V2_ANSWER_H

#include "api/dialect/v2_request.h"
#include "api/serving.h"

/* Makes the body of the response, of rows that were scored, with its type and the length
 * of its JSON. Errors as predict_answer_write. */
int v2_answer_write(const struct serving *serving, const struct v2_request *request,
                    struct response *response, struct error *err) MUST_CHECK;

#endif
