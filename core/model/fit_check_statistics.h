/*
 * The fields of a job that say how uncertainty is measured and what else is told, held
 * against each other.
 */
#ifndef LOGITD_CORE_MODEL_FIT_CHECK_STATISTICS_H
#define LOGITD_CORE_MODEL_FIT_CHECK_STATISTICS_H

#include "core/model/fit.h"

/* Are standard errors and the rest to be told? */
bool fit_check_statistics_wanted(const struct fit_request *request);

/* Reports every problem, with the pointer to its field as place; returns how many. */
long fit_check_statistics(const struct fit_request *request,
                          const struct summary *summary, fit_problem_fn *problem,
                          void *context);

#endif
