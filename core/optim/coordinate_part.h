/*
 * The minimum of F(β) = J(β) + Σ l1_i |β_i| over the coordinates of a working set, by an
 * objective of these alone (objective.h): many steps cost less than one with all
 * coordinates.
 */
#ifndef LOGITD_CORE_OPTIM_COORDINATE_PART_H
#define LOGITD_CORE_OPTIM_COORDINATE_PART_H

#include "core/optim/solver.h"
#include "core/optim/working_set.h"

/*
 * From beta [n] to `to` [n], by coordinate_descent_solve with these options; nothing is
 * told to the watch. Not *made: the objective offers no such part, or coordinates that
 * are not 0 are outside of the set.
 */
int coordinate_part_solve(const struct objective *objective,
                          const struct working_set *set,
                          const struct solver_options *options,
                          const struct solver_watch *watch, const double *beta,
                          double *to, bool *made, struct solver_result *result,
                          struct error *err) MUST_CHECK;

/* Of a point that is a minimum over the set: does the gradient of a coordinate outside of
 * it exceed its l1? */
bool coordinate_part_is_exceeded(const struct objective *objective,
                                 const struct working_set *set,
                                 const struct objective_point *point);

#endif
