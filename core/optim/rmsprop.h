/* RMSProp over mini-batches: a rate for each coordinate, by its recent gradients. */
#ifndef LOGITD_CORE_OPTIM_RMSPROP_H
#define LOGITD_CORE_OPTIM_RMSPROP_H

#include "core/optim/solver.h"

solver_fn rmsprop_solve;

#endif
