/*
 * The rows of a predict request as lines of JSON: each an object, as an instance, or an
 * array of cells in the order of schema.inputs. Empty lines do not count.
 */
#ifndef LOGITD_API_PREDICT_NDJSON_H
#define LOGITD_API_PREDICT_NDJSON_H

#include "api/predict_body.h"

/* As predict_body_read_rows. Places are "row 3, column gre", from 1. A malformed line is
 * its row's matter alone: with on_error_row it answers in its place. */
int predict_ndjson_read(const struct model *model, const char *body, size_t n_bytes,
                        struct budget *budget, struct predict_body *parsed,
                        struct problem_list *problems, struct error *err) MUST_CHECK;

#endif
