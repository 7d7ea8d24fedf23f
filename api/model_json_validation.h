/* What a fit tells of rows it was judged on: its "validation", null without such rows,
 * and its "learning_rate_search", empty without a grid. */
#ifndef LOGITD_API_MODEL_JSON_VALIDATION_H
#define LOGITD_API_MODEL_JSON_VALIDATION_H

#include "core/model/report.h"
#include "core/text/json_write.h"

void model_json_validation_write(struct json_writer *json, const struct report *report);

#endif
