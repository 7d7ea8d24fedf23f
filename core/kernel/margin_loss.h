/*
 * Losses of a row beside the logistic ones (loss.h), as functions of its margin z, with
 * their derivatives; where a loss has a corner, a subgradient. The same signature as
 * loss_binomial, so that they can stand in each other's place.
 *
 * Of n rows with margins z, labels y and weights ω (NULL: all 1): residual[i] is the
 * derivative of the row's loss by z, curvature[i] the second one, both times ω. Returns
 * Σ ω loss. Pure functions: thread-safe, no allocation.
 */
#ifndef LOGITD_CORE_KERNEL_MARGIN_LOSS_H
#define LOGITD_CORE_KERNEL_MARGIN_LOSS_H

#include <stddef.h>

typedef double margin_loss_fn(size_t n, const double *z, const double *y,
                              const double *weights, double *residual, double *curvature);

/* ½(y - z)²; curvature 1. */
margin_loss_fn margin_loss_squared;
/* |y - z|; 0 at the corner; curvature 0. */
margin_loss_fn margin_loss_absolute;
/* y max(0, 1 - z) + (1 - y) max(0, 1 + z), y in 0…1: the share of class 1; 0 at the
 * corners; curvature 0. */
margin_loss_fn margin_loss_hinge;

#endif
