/*
 * What comes of a fit once its search has ended: coefficients as given, statistics where
 * the certificate carries them, the report and its warnings.
 */
#ifndef LOGITD_CORE_MODEL_OUTCOME_H
#define LOGITD_CORE_MODEL_OUTCOME_H

#include "core/model/estimation.h"

/* Fills the estimate, whose arrays of coefficients are there. ERROR_NON_FINITE with the
 * place "column NAME" for a coefficient that leaves the range of numbers. */
int outcome_report(struct estimation *estimation, struct error *err) MUST_CHECK;

/* Does the certificate hold where the search has ended, but for the Hessian? */
bool outcome_converged(const struct estimation *estimation);

#endif
