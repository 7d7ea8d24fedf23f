/*
 * What is predicted of one row, as JSON: the same wherever it is told.
 */
#ifndef LOGITD_API_PREDICT_RECORD_H
#define LOGITD_API_PREDICT_RECORD_H

#include "api/predict_outcome.h"
#include "core/text/json_write.h"

/* Members of an object that the caller has begun: all outputs of the row that the outcome
 * has taken. */
void predict_record_write(struct json_writer *json,
                          const struct predict_outcome *outcome);

/* Single values of it, as elements of columns: of a list of classes an array in their
 * order, where a record has an object. */
void predict_record_write_error_column(struct json_writer *json,
                                       const struct predict_outcome *outcome);
void predict_record_write_interval_column(struct json_writer *json,
                                          const struct predict_outcome *outcome);
void predict_record_write_contribution_column(struct json_writer *json,
                                              const struct predict_outcome *outcome);
void predict_record_write_top(struct json_writer *json,
                              const struct predict_outcome *outcome);

/* {"code","detail","column"} of a row that could not be scored; column may be NULL. */
void predict_record_write_error(struct json_writer *json, enum error_code code,
                                const char *detail, const char *column);

#endif
