/*
 * When a method of Newton may stop before the last digits: where the tolerance is a loose
 * one (more than SOLVER_LAST_DIGITS) and ½λ² ≤ tolerance·|J|, λ the Newton decrement: the
 * quadratic that J is near the minimum is then no more than that above it.
 *
 * That J is one, nothing says where it may fall for ever: along its exponential tails λ
 * becomes as small as one likes. But there each step δ moves the margins of some rows by
 * 1. So where no row's margin moves by more than a quarter J has no such tail, and its
 * Hessian is within e^±¼ of what it is at the end of δ, as |ℓ'''| ≤ ℓ'' for logistic
 * losses (Bach, "Self-concordant analysis for logistic regression", 2010).
 */
#ifndef LOGITD_CORE_OPTIM_STOPPING_H
#define LOGITD_CORE_OPTIM_STOPPING_H

#include "core/optim/solver.h"

/* By how much δ[n] changes a row's margin at most; 0 where the options tell no reach. */
double stopping_reach(const struct solver_options *options, const double *direction,
                      size_t n);

/* May it stop where J is the value, with this decrement and direction[n]? */
bool stopping_is_near(const struct solver_options *options, double value,
                      double decrement, const double *direction, size_t n);

#endif
