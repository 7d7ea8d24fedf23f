/*
 * What judging a model came to, as JSON.
 */
#ifndef LOGITD_API_EVALUATION_JSON_H
#define LOGITD_API_EVALUATION_JSON_H

#include "api/evaluation_result.h"
#include "core/text/json_write.h"

/* Members of an object that the caller has begun: from n_rows on. `threshold` is that of
 * the labels. */
void evaluation_json_write(struct json_writer *json, const struct model *model,
                           const struct evaluation_result *result, double threshold);

#endif
