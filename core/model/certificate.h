/*
 * The evidence of optimality: the gradient of J by the coefficients as given, the Newton
 * decrement, and the curvature of J there. The least eigenvalue is had from the
 * covariance, as one over its greatest: so it keeps its relative accuracy where units
 * differ by many orders of magnitude.
 */
#ifndef LOGITD_CORE_MODEL_CERTIFICATE_H
#define LOGITD_CORE_MODEL_CERTIFICATE_H

#include "core/model/estimation.h"

/* Writes into the estimate's report. covariance: that of inference_run; NULL where the
 * Hessian was not formed: then the curvature is not known. */
int certificate_report(const struct estimation *estimation, const double *covariance,
                       struct error *err) MUST_CHECK;

#endif
