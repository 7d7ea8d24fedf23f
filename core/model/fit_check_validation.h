/*
 * What a job says of rows to judge by, and of what goes by them, held against its other
 * fields and against the other table, as far as its summary tells.
 */
#ifndef LOGITD_CORE_MODEL_FIT_CHECK_VALIDATION_H
#define LOGITD_CORE_MODEL_FIT_CHECK_VALIDATION_H

#include "core/model/fit_plan.h"

/* Reports every problem, with the pointer to its field as place; returns how many. */
long fit_check_validation(const struct fit_plan *plan, fit_problem_fn *problem,
                          void *context, struct error *err) MUST_CHECK;

#endif
