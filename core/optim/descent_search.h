/*
 * The search for a learning rate: the same descent with each rate of a list, all in
 * lock-step, so that each row is read once for all of them. What diverges is left behind
 * at once; whose end has the least loss on other rows is chosen.
 *
 * Each comes to the bits that it would come to alone.
 */
#ifndef LOGITD_CORE_OPTIM_DESCENT_SEARCH_H
#define LOGITD_CORE_OPTIM_DESCENT_SEARCH_H

#include "core/optim/descent.h"

/*
 * `main`: at the start, evaluated, its method made ready for as many as there are rates.
 * Writes the trials of its options->search, and the rate of the best. Of equal losses
 * the first one's. ERROR_NO_CONVERGENCE where all diverge.
 */
int descent_search(const struct descent *main, double *rate,
                   struct error *err) MUST_CHECK;

#endif
