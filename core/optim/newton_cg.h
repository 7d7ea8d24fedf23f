/* Newton's method with conjugate gradients: for many coefficients. See newton_cg.c. */
#ifndef LOGITD_CORE_OPTIM_NEWTON_CG_H
#define LOGITD_CORE_OPTIM_NEWTON_CG_H

#include "core/optim/solver.h"

/* A solver_fn. The objective offers hessian_product. The Hessian is never formed; on
 * return the point has value and gradient. */
int newton_cg_solve(const struct objective *objective,
                    const struct solver_options *options,
                    const struct solver_watch *watch, struct objective_point *point,
                    struct solver_result *result, struct error *err) MUST_CHECK;

#endif
