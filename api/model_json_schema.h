/*
 * The member "schema" of a model: its inputs, what their cells may be, and what stands
 * for those that are missing or were not seen.
 */
#ifndef LOGITD_API_MODEL_JSON_SCHEMA_H
#define LOGITD_API_MODEL_JSON_SCHEMA_H

#include "core/data/encoding.h"
#include "core/text/json_write.h"

/* all: however many inputs and levels there are. */
void model_json_schema_write(struct json_writer *json, const struct encoding *encoding,
                             bool all);

#endif
