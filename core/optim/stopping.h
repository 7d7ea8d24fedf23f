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
 *
 * And when it has come to the last digits: where λ is rounding, or does not halve any
 * more, and the step is negligible.
 */
#ifndef LOGITD_CORE_OPTIM_STOPPING_H
#define LOGITD_CORE_OPTIM_STOPPING_H

#include "core/optim/solver.h"

/* By how much δ[n] changes a row's margin at most; 0 where the options tell no reach. */
double stopping_reach(const struct solver_options *options, const double *direction,
                      size_t n);

/* A decrement below this share of what it is to be held against is rounding. */
#define STOPPING_NOISE 1e-14
/* A step of less than this times β is rounding, or is going to be. */
#define STOPPING_NEGLIGIBLE_STEP 1e-7
/* Whole steps in a row that do not halve λ: what converges does not do that for long. */
#define STOPPING_MOST_STALLS 5U

/* What decrements are to be held against where F is the value: √max(1,|F|), or the
 * greatest of all. */
double stopping_scale(double value, double greatest_decrement);
bool stopping_is_noise(double decrement, double value, double greatest_decrement);

/* May it stop where J is the value, with this decrement and direction[n]? */
bool stopping_is_near(const struct solver_options *options, double value,
                      double decrement, const double *direction, size_t n);
/* The same with this decrement and reach. */
bool stopping_is_small(const struct solver_options *options, double value,
                       double decrement, double reach);

#endif
