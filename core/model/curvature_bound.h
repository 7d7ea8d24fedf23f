/*
 * How curved J can be at all: no eigenvalue of its Hessian in the basis is greater than
 * that of c·Σ ω ûû'/Σ ω + penalty, whatever the coefficients: c = ¼ bounds p(1-p), and of
 * several classes ½ bounds the eigenvalues of diag(p) - pp' (Böhning, "Multinomial
 * logistic regression algorithm", 1992). Of more terms than a matrix of them should be
 * made for, its trace, the sum of all eigenvalues, stands for the greatest one: a bound
 * still, and in the basis, where columns are about as long as each other, at most about
 * the number of terms.
 */
#ifndef LOGITD_CORE_MODEL_CURVATURE_BOUND_H
#define LOGITD_CORE_MODEL_CURVATURE_BOUND_H

#include "core/model/likelihood.h"

/* One pass over the rows. ERROR_CANCELLED, ERROR_NON_FINITE, ERROR_NO_MEMORY. */
int curvature_bound(struct likelihood *likelihood, double *greatest,
                    struct error *err) MUST_CHECK;

#endif
