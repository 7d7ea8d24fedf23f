/*
 * What single rows say of a fit (Pregibon, "Logistic regression diagnostics", 1981;
 * McCullagh & Nelder, "Generalized linear models", 1989).
 *
 * Two classes, s the share of successes, ω the weight:
 *   deviance  sign(s - p) √(2 ω (s log(s/p) + (1-s) log((1-s)/(1-p))))
 *   Pearson   (s - p) √ω / √(p(1-p))
 *   leverage  ω p(1-p) û'Cû, C the inverse of Σω ∇²J: the diagonal of the hat matrix
 * Squares of the first add up to the deviance, leverages to the number of coefficients
 * (to the effective one where there is a penalty). As R has them of a glm.
 *
 * K classes, y the class of the row: deviance √(-2 ω log p_y); Pearson √(ω(1-p_y)/p_y),
 * the root of Σ_k (s_k - p_k)²/p_k; leverage the trace of ω (diag p - pp')(I⊗û)'C(I⊗û)
 * (Lesaffre & Albert 1989).
 *
 * Where weights are frequencies, of one of the rows that a row stands for: without ω. A
 * row of weight 0 has NaN.
 */
#ifndef LOGITD_CORE_MODEL_ROW_RESIDUALS_H
#define LOGITD_CORE_MODEL_ROW_RESIDUALS_H

#include "core/model/inference.h"

/* Most rows of which they are kept: 24 bytes each, with the model. */
#define ROW_RESIDUALS_MOST_ROWS 100000U

/* Into the report's addenda, for all rows of the design, at the estimation's point.
 * inverse: of the Hessian; NULL: leverages are NaN. ERROR_CANCELLED. */
int row_residuals_run(const struct estimation *estimation, const double *inverse,
                      struct error *err) MUST_CHECK;

#endif
