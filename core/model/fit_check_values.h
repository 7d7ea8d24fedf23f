/*
 * The numbers and words of a job, each by itself and beside the others: in its range, of
 * a feature that there is, nothing that the family cannot have.
 */
#ifndef LOGITD_CORE_MODEL_FIT_CHECK_VALUES_H
#define LOGITD_CORE_MODEL_FIT_CHECK_VALUES_H

#include "core/model/fit_plan.h"

/* Reports every problem, with the pointer to its field as place; returns how many. The
 * plan's features are settled. */
long fit_check_values(const struct fit_plan *plan, fit_problem_fn *problem,
                      void *context);

#endif
