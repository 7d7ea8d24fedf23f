/*
 * What is known of a version's use since the process began, as JSON: requests, rows,
 * times, and how far the inputs have moved from the rows of its fit.
 */
#ifndef LOGITD_API_USAGE_JSON_H
#define LOGITD_API_USAGE_JSON_H

#include "core/model/model.h"
#include "core/text/json_write.h"

/* The members from "requests" to "drift", inside an object that the caller has begun and
 * will end. */
int usage_json_write(struct json_writer *json, struct model *model,
                     struct error *err) MUST_CHECK;

/* The largest index (core/model/baseline.h) among the inputs; NaN where none is known.
 * `drift` is a copy. */
double usage_json_most_psi(const struct model *model, const struct drift *drift);

#endif
