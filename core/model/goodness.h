/*
 * How well a fitted model describes its data: log-likelihood, deviance, information
 * criteria, pseudo-R² and the likelihood-ratio test against the null model.
 *
 *   ℓ = -Σ ω_i ℓ_i + C           C: the counts' binomial coefficients
 *   deviance = 2(ℓ_saturated - ℓ)   R's, for shares of successes too
 *   AIC = -2ℓ + 2k, BIC = -2ℓ + k log n
 *   McFadden 1 - ℓ/ℓ₀; Cox–Snell 1 - e^{2(ℓ₀-ℓ)/n}; Nagelkerke: that over 1 - e^{2ℓ₀/n}
 *
 * n: rows with a weight above 0, or Σ ω where weights are frequencies; k: coefficients
 * that are not aliased, infinite ones included. Of completely separated data ℓ is the
 * supremum, C.
 */
#ifndef LOGITD_CORE_MODEL_GOODNESS_H
#define LOGITD_CORE_MODEL_GOODNESS_H

#include "core/model/estimation.h"

/* Of the point that the estimation has; writes into the estimate's report. */
void goodness_report(const struct estimation *estimation);

#endif
