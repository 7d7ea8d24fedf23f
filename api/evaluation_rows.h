/*
 * Judges a model on rows that come with the request. Their outcomes are `labels`, one a
 * row, or stand in the rows: in the target's column, named in `columns` or in the
 * instances, as are weights, trials and the offset.
 */
#ifndef LOGITD_API_EVALUATION_ROWS_H
#define LOGITD_API_EVALUATION_ROWS_H

#include "api/evaluation_request.h"
#include "api/evaluation_result.h"

struct service;

/* As evaluation_data_run. */
int evaluation_rows_run(struct service *service, const struct model *model,
                        const struct evaluation_request *request, const char *body,
                        size_t n_bytes, struct evaluation_result *result,
                        struct error *err) MUST_CHECK;

#endif
