/* Adagrad over mini-batches: a rate for each coordinate, by all of its gradients so far.
 */
#ifndef LOGITD_CORE_OPTIM_ADAGRAD_H
#define LOGITD_CORE_OPTIM_ADAGRAD_H

#include "core/optim/solver.h"

solver_fn adagrad_solve;

#endif
