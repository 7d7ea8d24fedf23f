/* The binomial likelihood over a chunk of rows. */
#ifndef LOGITD_CORE_MODEL_BINOMIAL_H
#define LOGITD_CORE_MODEL_BINOMIAL_H

#include "core/model/likelihood.h"

/* Adds to a pass's sums what the room's chunk contributes at beta. */
void binomial_add(const struct likelihood *likelihood, struct likelihood_room *room,
                  const double *beta, unsigned want, double *sums);

/* The product of the Hessian with v, and its diagonal (v is not looked at), from what the
 * room's point keeps of the chunk's rows: ω p(1-p). */
void binomial_add_product(const struct likelihood *likelihood,
                          struct likelihood_room *room, const double *v, unsigned want,
                          double *sums);
void binomial_add_diagonal(const struct likelihood *likelihood,
                           struct likelihood_room *room, const double *v, unsigned want,
                           double *sums);

#endif
