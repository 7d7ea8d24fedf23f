/* Stochastic gradient descent over mini-batches: β ← β - ηg of each batch; with momentum,
 * as it is or as Nesterov applies it, and with the mean of the iterates if asked for. */
#ifndef LOGITD_CORE_OPTIM_SGD_H
#define LOGITD_CORE_OPTIM_SGD_H

#include "core/optim/epochs.h"

solver_fn sgd_solve;

/* One step, in β and, with momentum, the memory's first. */
epochs_update_fn sgd_update;

#endif
