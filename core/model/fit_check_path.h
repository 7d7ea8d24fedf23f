/*
 * The fields of a path and of cross-validation, held against each other and the penalty.
 */
#ifndef LOGITD_CORE_MODEL_FIT_CHECK_PATH_H
#define LOGITD_CORE_MODEL_FIT_CHECK_PATH_H

#include "core/model/fit.h"

/* Reports every problem as fit_check does; returns how many. */
long fit_check_path(const struct fit_request *request, fit_problem_fn *problem,
                    void *context);

#endif
