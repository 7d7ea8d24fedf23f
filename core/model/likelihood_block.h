/*
 * The rows and columns of a likelihood's Hessian that belong to a few coefficients, in
 * one pass that touches their columns of the design alone: for solvers that move few of
 * many.
 */
#ifndef LOGITD_CORE_MODEL_LIKELIHOOD_BLOCK_H
#define LOGITD_CORE_MODEL_LIKELIHOOD_BLOCK_H

#include "core/model/likelihood.h"

struct likelihood_block; /* room for it, kept from call to call */

/* objective.h says what; the basis is one without mixed columns. */
int likelihood_block_find(struct likelihood *likelihood,
                          const struct objective_point *point, const size_t *set,
                          size_t n_set, double *matrix, struct error *err) MUST_CHECK;

void likelihood_block_free(struct likelihood_block *block, size_t n_threads);

#endif
