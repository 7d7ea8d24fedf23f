/*
 * An evaluation as solvers want it: numbers that are not finite are an answer (a step
 * went too far), not an error, until the solver finds that there is no other way.
 */
#ifndef LOGITD_CORE_OPTIM_EVALUATION_H
#define LOGITD_CORE_OPTIM_EVALUATION_H

#include <stdbool.h>

#include "core/optim/solver.h"

/* Evaluates and counts. *finite: are the numbers? An objective may also say itself that
 * they are not, in `why`, which the caller has cleared. Other errors of it: -1. */
int evaluation_try(const struct objective *objective, struct objective_point *point,
                   unsigned want, struct solver_result *result, bool *finite,
                   struct error *why, struct error *err) MUST_CHECK;

/* The first evaluation, at the point's beta or, where J is greater there, at the other
 * start of the options. Fails as evaluation_fail where numbers are not finite. */
int evaluation_start(const struct objective *objective,
                     const struct solver_options *options, struct objective_point *point,
                     unsigned want, struct solver_result *result,
                     struct error *err) MUST_CHECK;

/* Once more at a point that a checkpoint has brought back, in the way that it was had at
 * first, so that it has the same bits: where the step to it was shortened (less than 1,
 * more than 0) by its value alone, then all that is wanted. Counts nothing; fails as
 * evaluation_fail where numbers are not finite. */
int evaluation_repeat(const struct objective *objective, struct objective_point *point,
                      double step, unsigned want, struct solver_result *result,
                      struct error *err) MUST_CHECK;

/* Is a trial lower, by Armijo's rule, than the value that the line search begins with?
 * change: what the slope promises, below 0. Differences that are rounding are none. */
bool evaluation_is_lower(double trial, double value, double change);

/* Sets ERROR_NON_FINITE with the iteration and the place that `why` names. Returns -1. */
int evaluation_fail(const struct solver_result *result, const struct error *why,
                    struct error *err);

#endif
