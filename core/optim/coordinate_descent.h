/* Proximal Newton with coordinate descent, on working sets: for |w|. See
 * coordinate_descent.c. */
#ifndef LOGITD_CORE_OPTIM_COORDINATE_DESCENT_H
#define LOGITD_CORE_OPTIM_COORDINATE_DESCENT_H

#include "core/optim/solver.h"

/* The objective offers hessian_block and may have l1. On return the point has value and
 * gradient of J; the objective that the watch is told of is F. */
solver_fn coordinate_descent_solve;

#endif
