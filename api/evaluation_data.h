/*
 * Judges a model on a dataset, whose columns are named by the request or by the fit.
 */
#ifndef LOGITD_API_EVALUATION_DATA_H
#define LOGITD_API_EVALUATION_DATA_H

#include "api/evaluation_request.h"
#include "api/evaluation_result.h"

struct service;

/* Which columns a request means; what the table does not have is a problem. */
struct evaluate_columns evaluation_data_columns(const struct evaluation_request *request,
                                                const struct model *model,
                                                const struct summary *summary,
                                                struct problem_list *problems);

/* Into a result with `skips` and `problems` set. 0, with what is wrong among the
 * problems; -1: as evaluate_table_run, the store. */
int evaluation_data_run(struct service *service, const struct model *model,
                        const struct evaluation_request *request,
                        struct evaluation_result *result, struct error *err) MUST_CHECK;

#endif
