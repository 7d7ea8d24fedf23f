/*
 * The fields of a job that say by which algorithm and in which steps it is to be solved,
 * held against each other: what only some algorithms take is refused where another one is
 * asked for, never left aside without a word.
 */
#ifndef LOGITD_CORE_MODEL_FIT_CHECK_STEPS_H
#define LOGITD_CORE_MODEL_FIT_CHECK_STEPS_H

#include "core/model/fit.h"

/* Reports every problem, with the pointer to its field as place; returns how many. */
long fit_check_steps(const struct fit_request *request, fit_problem_fn *problem,
                     void *context);

#endif
