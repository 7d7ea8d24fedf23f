/*
 * The log-odds of each of several classes against all others, from their logits z:
 *
 *   z_k - log Σ_{l≠k} e^{z_l}
 *
 * They rank rows as the probabilities of class k do, but do not run together where those
 * round to 0 or 1. Pure: thread-safe.
 */
#ifndef LOGITD_CORE_MODEL_EVALUATE_ODDS_H
#define LOGITD_CORE_MODEL_EVALUATE_ODDS_H

#include <stddef.h>

/* odds[k·stride] of logits[n], n ≥ 2; finite for finite logits. */
void evaluate_odds(const double *logits, size_t n, double *odds, size_t stride);

#endif
