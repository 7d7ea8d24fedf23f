/*
 * Tests that coefficients are 0, each χ² with as many degrees of freedom as there are
 * coefficients (Wald 1943; Rao 1948). The likelihood-ratio test is in goodness.h.
 *
 *   Wald   W = β_S' (Cov_SS)⁻¹ β_S, with whatever covariance the fit was asked for
 *   score  S = U' I⁻¹ U, with the gradient U and the information I of the log-likelihood
 *          without penalty at the null model, where all but the intercepts are 0
 *
 * Where a coefficient under test is infinite, or the covariance of those is singular (as
 * with fewer clusters than coefficients), there is no Wald test: NaN.
 */
#ifndef LOGITD_CORE_MODEL_HYPOTHESIS_H
#define LOGITD_CORE_MODEL_HYPOTHESIS_H

#include "core/model/inference.h"

/* Of all coefficients but the intercepts: in the basis, where it is the same hypothesis.
 * Into the report's addenda. */
int hypothesis_wald(const struct estimation *estimation,
                    const struct inference *inference, struct error *err) MUST_CHECK;
int hypothesis_score(struct estimation *estimation, struct error *err) MUST_CHECK;
/* Before a search from the null model: evaluates the point for a solver that would do so
 * first, and keeps the statistic, which else takes a pass of its own in the end. */
int hypothesis_score_at_start(struct estimation *estimation,
                              struct error *err) MUST_CHECK;

/* Of each input that has coefficients, over all blocks; aliased ones aside. */
int hypothesis_terms(const struct estimation *estimation,
                     const struct inference *inference, struct error *err) MUST_CHECK;

#endif
