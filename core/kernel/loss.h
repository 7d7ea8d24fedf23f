/*
 * Losses of logistic regression and their derivatives, for any finite margin.
 *
 * z: log-odds (margin); σ(z) = 1/(1+e^-z); y in 0…1: the share of successes; ω: weight;
 * of K classes, z_k, p_k = e^{z_k}/Σ e^{z_l}. One exponential serves loss, p and p(1-p):
 * with e = e^-|z|, log(1+e^z) = max(z,0) + log1p(e) and σ(|z|) = 1/(1+e); both
 * probabilities come without cancellation (Mächler, "Accurately computing
 * log(1-exp(-|a|))", note to the R package Rmpfr, 2012). Softmax is shifted by the
 * greatest z.
 *
 * Pure functions: thread-safe, no allocation.
 */
#ifndef LOGITD_CORE_KERNEL_LOSS_H
#define LOGITD_CORE_KERNEL_LOSS_H

#include <stddef.h>

double loss_log1pexp(double z);
double loss_sigmoid(double z);

/* p[n] = softmax of z[n]; returns log Σ e^{z_k}. p may be z. n ≥ 1. */
double loss_softmax(const double *z, size_t n, double *p);

/*
 * Of n rows with margins z, labels y and weights (NULL: all 1):
 *   residual[i]  = ω (σ(z) - y), the derivative of the loss by z
 *   curvature[i] = ω σ(z) (1 - σ(z)), the second one
 * Returns Σ ω (log(1+e^z) - y z).
 */
double loss_binomial(size_t n, const double *z, const double *y, const double *weights,
                     double *residual, double *curvature);

/* The weight of those of n rows whose margin, the offset left aside, is not strictly on
 * the side of the label. A share of successes strictly between 0 and 1 is on neither. */
double loss_binomial_misplaced(size_t n, const double *z, const double *offset,
                               const double *y, const double *weights);

/* How many of n labels are 0, and how many 1. */
void loss_binomial_labels(size_t n, const double *y, size_t *n_zeros, size_t *n_ones);

/*
 * Of n rows with margins z [n × n_classes], labels y in 0…n_classes-1 and weights (NULL:
 * all 1): z becomes the probabilities p, and residual [n × n_classes] = ω (p_k - [y =
 * k]), the derivative of the loss by z_k. Returns Σ ω (log Σ e^{z_k} - z_y).
 */
double loss_multinomial(size_t n, size_t n_classes, double *z, const double *y,
                        const double *weights, double *residual);

/* Numbers in the scratch of the next, of however few rows. */
#define LOSS_TURN_CELLS(n_classes) (64 * (n_classes))

/*
 * The second derivative of the same at probabilities p [n × n_classes], times d: of each
 * row d_k becomes ω p_k (d_k - Σ p_l d_l). All d of a row are taken from that of the
 * likeliest class, of which then only small numbers are subtracted.
 */
void loss_multinomial_turn(size_t n, size_t n_classes, const double *p,
                           const double *weights, double *scratch, double *d);

#endif
