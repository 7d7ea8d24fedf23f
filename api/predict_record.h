/*
 * What is predicted of one row, as JSON: the same wherever it is told.
 */
#ifndef LOGITD_API_PREDICT_RECORD_H
#define LOGITD_API_PREDICT_RECORD_H

#include "core/base/error.h"
#include "core/model/model.h"
#include "core/text/json_write.h"

/* Members of an object that the caller has begun: the outputs (enum predict_output) of a
 * row with these scores. `probabilities` [n_classes] is scratch. */
void predict_record_write(struct json_writer *json, const struct model *model,
                          unsigned outputs, double threshold, const double *scores,
                          double *probabilities);

/* {"code","detail","column"} of a row that could not be scored; column may be NULL. */
void predict_record_write_error(struct json_writer *json, enum error_code code,
                                const char *detail, const char *column);

#endif
