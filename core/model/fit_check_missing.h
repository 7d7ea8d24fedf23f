/*
 * What a job says of missing cells, of unseen and of rare levels, held against the types
 * of the columns, what they are for, and which of their cells are missing.
 */
#ifndef LOGITD_CORE_MODEL_FIT_CHECK_MISSING_H
#define LOGITD_CORE_MODEL_FIT_CHECK_MISSING_H

#include "core/model/fit_plan.h"

/* How many problems there are; the plan knows roles and features. Of a column, also the
 * one that its cells are no numbers where they are to be. */
long fit_check_missing(const struct fit_plan *plan, fit_problem_fn *problem,
                       void *context);

#endif
