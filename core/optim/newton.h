/*
 * Newton's method (for a likelihood: Newton–Raphson, which here is iteratively reweighted
 * least squares) for convex functions with a dense Hessian: the reference for statistics.
 */
#ifndef LOGITD_CORE_OPTIM_NEWTON_H
#define LOGITD_CORE_OPTIM_NEWTON_H

#include "core/optim/solver.h"

solver_fn newton_solve;

#endif
