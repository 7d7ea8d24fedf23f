/*
 * Firth's penalty among the other fields: what cannot be had with it.
 */
#ifndef LOGITD_CORE_MODEL_FIT_CHECK_FIRTH_H
#define LOGITD_CORE_MODEL_FIT_CHECK_FIRTH_H

#include "core/model/fit.h"

/* Reports every problem as fit_check does; returns how many. */
long fit_check_firth(const struct fit_request *request, fit_problem_fn *problem,
                     void *context);

#endif
