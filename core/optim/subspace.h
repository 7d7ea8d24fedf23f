/*
 * An objective as a function of some of its coordinates, the others held where they are:
 * for whatever solver, an objective like any other.
 */
#ifndef LOGITD_CORE_OPTIM_SUBSPACE_H
#define LOGITD_CORE_OPTIM_SUBSPACE_H

#include "core/optim/objective.h"

struct subspace {
    const struct objective *whole; /* borrowed */
    struct objective_point at;     /* of the whole, last evaluated */
    size_t n;
    size_t *coordinates; /* [n], ascending */
};

/* Coordinates are copied; beta [whole->n]: where the others are held. */
int subspace_new(struct subspace *subspace, const struct objective *whole,
                 const double *beta, const size_t *coordinates, size_t n,
                 struct error *err) MUST_CHECK;
void subspace_free(struct subspace *subspace); /* all-zero is fine */

/* Borrows the subspace. Offers evaluation, and what a whole made
 * of rows offers of them. */
struct objective subspace_objective(struct subspace *subspace);

/* values[n] of some of the coordinates of a whole vector, and back. */
void subspace_gather(const struct subspace *subspace, const double *whole,
                     double *values);
void subspace_scatter(const struct subspace *subspace, const double *values,
                      double *whole);

#endif
