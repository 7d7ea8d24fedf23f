/*
 * A penalty read as a prior. Minimising J = mean loss + l2/2 Σ f_j w_j² + l1 Σ f_j |w_j|
 * is maximising Σω log p(data) + log p(w), the posterior, with
 *
 *   p(w_j) ∝ exp(-w_j²/(2 V_j) - |w_j|/S_j),  V_j = 1/(l2 f_j Σω),  S_j = 1/(l1 f_j Σω)
 *
 * Gaussian with the variance V where only l2 is there, Laplace with the scale S where
 * only l1 is, their product (the elastic net's prior) with both; flat for the intercept
 * and where f_j is 0. So a penalised fit is the maximum a posteriori (MAP), and maximum
 * likelihood is MAP with flat priors. Where columns are standardised, V and
 * S are of the coefficients of the standardised ones. Of a multinomial model the prior is
 * on the coefficients of all K classes, as its softmax form has them.
 */
#ifndef LOGITD_CORE_MODEL_PRIOR_H
#define LOGITD_CORE_MODEL_PRIOR_H

#include "core/model/estimation.h"

/* Into the report's addenda: one variance and scale, or those of each column. */
int prior_report(const struct estimation *estimation, struct error *err) MUST_CHECK;

#endif
