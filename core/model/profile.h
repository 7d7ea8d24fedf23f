/*
 * Profile-likelihood intervals: all values c of a coefficient that a likelihood-ratio
 * test would not reject, that is with
 *
 *   D(c) = 2 Σω (min {J(β): a'β = c} - J(β̂)) ≤ q        q: the χ²₁ quantile of confidence
 *
 * where a'β is the coefficient as a function of those in the basis. With a penalty J has
 * it, and so the profile is of the penalised likelihood (of the posterior).
 *
 * D is convex, as J is, and so is its minimum over the others: what grows has one root on
 * each side of the estimate. The others are found by Newton's method on {a'β = c}: with
 * u = H⁻¹g, v = H⁻¹a the step is λv - u, λ = a'u/a'v; at its end ∇J = λa, and λ is the
 * derivative of D/(2Σω) (the envelope theorem). v is the tangent of the path of minima
 * (Venzon & Moolgavkar, "A method for computing profile-likelihood-based confidence
 * intervals", 1988), along which the next c is started. c itself is sought by Newton's
 * method on √D, which is nearly straight, kept within a bracket, else halved or grown.
 *
 * Where data are separated, a coefficient that is infinite has one finite bound, if the
 * data bound it at all: the likelihood falls to one side only, and so does D. Of the
 * others the profile is that of the limit, in the coordinates that are free there.
 *
 * All passes over the data are the objective's: the same bits for any threads.
 */
#ifndef LOGITD_CORE_MODEL_PROFILE_H
#define LOGITD_CORE_MODEL_PROFILE_H

#include "core/model/estimation.h"

/*
 * Sets ci_low and ci_high of all coefficients that are not aliased; NaN where there is no
 * bound, or none to be found. Starts from the estimation's point. ERROR_CANCELLED.
 */
int profile_run(const struct estimation *estimation, struct error *err) MUST_CHECK;

#endif
