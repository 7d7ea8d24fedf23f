/* The multinomial likelihood over a chunk of rows. */
#ifndef LOGITD_CORE_MODEL_MULTINOMIAL_H
#define LOGITD_CORE_MODEL_MULTINOMIAL_H

#include "core/model/likelihood.h"

/* Adds to a pass's sums what the room's chunk contributes at beta. Of the Hessian only
 * the blocks (k,l) with k ≥ l, and of each the lower triangle. */
void multinomial_add(const struct likelihood *likelihood, struct likelihood_room *room,
                     const double *beta, unsigned want, double *sums);

/* The product of the Hessian with v, and its diagonal (v is not looked at), from what the
 * room's point keeps of the chunk's rows: the probabilities of all classes. */
void multinomial_add_product(const struct likelihood *likelihood,
                             struct likelihood_room *room, const double *v, unsigned want,
                             double *sums);
void multinomial_add_diagonal(const struct likelihood *likelihood,
                              struct likelihood_room *room, const double *v,
                              unsigned want, double *sums);

/* Fills the upper triangles of the blocks below the diagonal of the Hessian. */
void multinomial_complete(const struct likelihood *likelihood, double *hessian);

#endif
