/*
 * How much the coefficients of an input are less certain for being correlated with those
 * of the others: the generalised variance inflation factor (Fox & Monette, "Generalized
 * collinearity diagnostics", 1992; vif of the R package car)
 *
 *   GVIF = det R_11 · det R_22 / det R = det R_11 · det (R⁻¹)_11
 *
 * with the correlations R of all coefficients but intercepts, from the model's
 * covariance; R_11 those of the input, over all blocks, and R_22 the rest. Of one
 * coefficient it is the usual VIF; GVIF^(1/(2 df)) is what widens intervals, by
 * dimension.
 */
#ifndef LOGITD_CORE_MODEL_INFLATION_H
#define LOGITD_CORE_MODEL_INFLATION_H

#include "core/model/inference.h"

/* Into the report's addenda; NaN where R is singular or has no numbers. Before a robust
 * covariance takes the model's place. */
int inflation_run(const struct estimation *estimation, const struct inference *inference,
                  struct error *err) MUST_CHECK;

#endif
