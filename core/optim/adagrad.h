/* Adagrad over mini-batches: a rate for each coordinate, by all of its gradients so far.
 */
#ifndef LOGITD_CORE_OPTIM_ADAGRAD_H
#define LOGITD_CORE_OPTIM_ADAGRAD_H

#include "core/optim/epochs.h"

#define ADAGRAD_USUAL_RATE 0.1 /* where none is given */

solver_fn adagrad_solve;

/* One step, in β and the memory's second. */
epochs_update_fn adagrad_update;

#endif
