/*
 * Gradient descent, β ← β - ηg, over all rows: by a rate or by a line search.
 */
#ifndef LOGITD_CORE_OPTIM_GRADIENT_DESCENT_H
#define LOGITD_CORE_OPTIM_GRADIENT_DESCENT_H

#include "core/optim/solver.h"

solver_fn gradient_descent_solve;

#endif
