/* Limited-memory BFGS: gradients alone. See lbfgs.c. */
#ifndef LOGITD_CORE_OPTIM_LBFGS_H
#define LOGITD_CORE_OPTIM_LBFGS_H

#include "core/optim/solver.h"

/* A solver_fn. Needs value and gradient, which the point has on return; and once, where
 * offered, the diagonal of the Hessian. */
int lbfgs_solve(const struct objective *objective, const struct solver_options *options,
                const struct solver_watch *watch, struct objective_point *point,
                struct solver_result *result, struct error *err) MUST_CHECK;

#endif
