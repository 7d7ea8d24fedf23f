/* Adam over mini-batches: a rate for each coordinate, with momentum. */
#ifndef LOGITD_CORE_OPTIM_ADAM_H
#define LOGITD_CORE_OPTIM_ADAM_H

#include "core/optim/solver.h"

solver_fn adam_solve;

#endif
