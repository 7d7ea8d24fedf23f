/*
 * Are the data separated at all? Decided without a likelihood, whatever the iterates.
 *
 * A pair with û and its classes is a vector a, a'δ its growth along δ. Data are separated
 * where some δ has a'δ ≥ 0 for every pair and > 0 for one: the linear programme of Konis,
 * "Linear programming algorithms for detecting separated data in binary logistic
 * regression models" (2007), max Σ a'δ over this cone, is unbounded. The point of the
 * cone nearest to Σ a answers the same question: it is such a δ, or 0 and there is none
 * (core/optim/cone.h); with one pass over the rows a step, and no table of them.
 *
 * The vectors are taken at length 1, so the answer does not depend on the rows' size.
 */
#ifndef LOGITD_CORE_MODEL_SEPARATION_CONE_H
#define LOGITD_CORE_MODEL_SEPARATION_CONE_H

#include "core/model/estimation.h"

/* A direction[n] in the basis along the coordinates that may move, of those pairs that do
 * not grow along `gone` (NULL: all); its least growth is 1. *found false: there is none.
 */
int separation_cone_find(const struct estimation *estimation, const bool *may_move,
                         const double *gone, double *direction, bool *found,
                         struct error *err) MUST_CHECK;

#endif
