/*
 * What a report tells of a path of penalties and of cross-validation, as JSON.
 */
#ifndef LOGITD_API_PATH_JSON_H
#define LOGITD_API_PATH_JSON_H

#include "core/model/report.h"
#include "core/text/json_write.h"

/* The members "path" and "cross_validation"; null where there was none. */
void path_json_write(struct json_writer *json, const struct report *report);

#endif
