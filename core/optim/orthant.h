/*
 * A line search for F(β) = J(β) + Σ l1_i |β_i| within an orthant: that of β, and where
 * β_i is 0, of the sign that its slope falls towards. There F is smooth; coordinates
 * under |w| that would leave it stop at 0. Steps t are halved until
 *
 *   F(π(β + tδ)) ≤ F(β) + 10⁻⁴ slope'(π(β + tδ) - β)
 *
 * Andrew and Gao, "Scalable training of L1-regularized log-linear models" (2007).
 */
#ifndef LOGITD_CORE_OPTIM_ORTHANT_H
#define LOGITD_CORE_OPTIM_ORTHANT_H

#include "core/optim/wolfe.h"

struct orthant {
    const struct objective *objective;
    const struct objective_point *start; /* with value and gradient */
    const double *slope;                 /* [n] of F there (l1.h) */
    const double *direction;             /* [n] */
    struct objective_point *trial; /* left where the step leads, with both, unless NONE */
    struct solver_result *result;  /* evaluations are counted here */
};

/* Coordinates of a direction that do not fall along their slope become 0. */
void orthant_align(const struct objective *objective, const double *slope,
                   double *direction);

/* *step: which is tried first; then the one found. Never BOTTOMLESS. */
enum wolfe_end orthant_search(const struct orthant *orthant, double *step,
                              struct error *err) MUST_CHECK;

#endif
