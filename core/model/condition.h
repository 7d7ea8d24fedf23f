/*
 * Whether rounding may tell in a fit. By how much the other terms inflate the variance of
 * a coefficient, H_ii (H⁻¹)_ii, is 1 where its column depends on no other and beyond all
 * bounds where it is a combination of others: the variance inflation factor of the
 * weighted columns (Belsley, Kuh and Welsch, "Regression Diagnostics", 1980,
 * section 3.2), the intercept being one of them. Coefficients and standard errors are
 * promised up to 1e8 (nine and eight digits); beyond it the promise shrinks in
 * proportion.
 */
#ifndef LOGITD_CORE_MODEL_CONDITION_H
#define LOGITD_CORE_MODEL_CONDITION_H

#include "core/model/estimation.h"

/* Warns of the columns beyond that. diagonal [n] of ∇²J and covariance [n × n], both of
 * the terms. */
int condition_warn(const struct estimation *estimation, const double *diagonal,
                   const double *covariance, struct error *err) MUST_CHECK;

#endif
