/*
 * What a fit under Firth's penalty tells apart from others: standard errors and curvature
 * are of the information I at the estimates; the test compares maxima of the penalised
 * likelihood, that of the intercept alone with all columns in |I| (Heinze and Schemper
 * 2002); no AIC and BIC, which are for maxima of the likelihood itself.
 */
#ifndef LOGITD_CORE_MODEL_FIRTH_OUTCOME_H
#define LOGITD_CORE_MODEL_FIRTH_OUTCOME_H

#include "core/model/estimation.h"

/* Where the penalty was asked for: its share of J, I in the point's Hessian, and the
 * penalised maximum without columns, unless the fit was stopped. Errors of the solver. */
int firth_outcome_find(struct estimation *estimation, struct error *err) MUST_CHECK;

/* Fills the report, behind goodness_report; NaN where there is no such penalty. */
void firth_outcome_report(struct estimation *estimation);

#endif
