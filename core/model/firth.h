/*
 * Firth's penalised likelihood of a binomial model: the objective
 *
 *   J*(β) = J(β) - ½ log|I(β)| / Σω,   I = Σ ω π(1-π) x̂x̂'
 *
 * (Jeffreys' prior), which takes the first-order bias off the estimates and has a minimum
 * also where the data are separated. With V = I⁻¹, w = π(1-π) as a function of the margin
 * and v_i = x̂_i'V x̂_i:
 *
 *   ∇  (Σω J*) = Σω ∇J - ½ Σ ω w' v x̂
 *   ∇² (Σω J*) = I - ½ Σ ω w'' v x̂x̂' + ½ T,   T_rs = tr(V I_r V I_s), I_r = ∂I/∂β_r
 *
 * The whole Hessian makes Newton's method converge as fast as ever; where it is not
 * positive definite, and beyond FIRTH_WHOLE coefficients, I stands for it (Fisher's
 * scoring). Two passes over the rows an evaluation. Standard errors come from I.
 *
 * |I| changes by a constant factor with the basis, so all is had in the fit's; the value
 * is that of the columns as given.
 *
 * Firth, "Bias reduction of maximum likelihood estimates", Biometrika 80 (1993); Heinze
 * and Schemper, "A solution to the problem of separation in logistic regression",
 * Statistics in Medicine 21 (2002), whose tests compare maxima of J* with all columns in
 * |I|; R's logistf.
 */
#ifndef LOGITD_CORE_MODEL_FIRTH_H
#define LOGITD_CORE_MODEL_FIRTH_H

#include "core/kernel/cholesky.h"
#include "core/model/likelihood.h"

#define FIRTH_WHOLE 64U /* coefficients */

struct firth {
    struct likelihood *likelihood; /* borrowed */
    struct objective objective;    /* the likelihood's */
    struct objective_point plain;  /* of it, where J* was evaluated last */
    struct cholesky factor;
    double log_scale; /* what log|I| of the columns as given has more than in the basis */
    double *inverse;  /* [p × p] of ∇²J */
    double *sums;     /* of a pass */
    double *product;  /* [p × p × p] */
    double *scratch;  /* [n_threads × 2p] */
    double *hessian;  /* [p × p] */
};

/* The likelihood is binomial, unpenalised, and has room for a Hessian. */
int firth_new(struct firth *firth, struct likelihood *likelihood,
              struct error *err) MUST_CHECK;
void firth_free(struct firth *firth); /* all-zero is fine */

/* Borrows firth. A singular I is ERROR_NON_FINITE, as J* is infinite there. */
struct objective firth_objective(struct firth *firth);

/* -½ log|I|/Σω at beta; leaves I/Σω in plain.hessian. Errors as an evaluation has. */
int firth_penalty(struct firth *firth, const double *beta, double *penalty,
                  struct error *err) MUST_CHECK;

#endif
