/*
 * How far F = J + Σ l1_i |β_i| is above its minimum, at most: by a point of the dual
 * problem that the gradient gives.
 *
 * With the loss L = J - ½ Σ Λ_i β_i², d its gradient, and the dual point c·(derivatives
 * of the rows' losses), c ≤ 1 such that c|d_i| ≤ l1_i where Λ_i = 0, Fenchel's inequality
 * has
 *
 *   F - min F ≤ (1 - c) L + Σ l1_i|β_i| + ½Λ_iβ_i² + c d_i β_i + φ_i(c d_i)
 *
 * with φ(u) = max(|u| - l1_i, 0)²/(2Λ_i), 0 where Λ_i = 0. The first term bounds that of
 * the rows, which is convex in c, 0 at c = 1, and at c = 0 no more than the loss. Every
 * term is 0 at the minimum by itself, so nothing cancels. For coefficients under no
 * penalty |d_iβ_i| is taken, which is rounding where they are at their minimum.
 *
 * Fercoq, Gramfort and Salmon, "Mind the duality gap: safer rules for the Lasso" (2015).
 */
#ifndef LOGITD_CORE_MODEL_DUALITY_GAP_H
#define LOGITD_CORE_MODEL_DUALITY_GAP_H

#include "core/model/estimation.h"

/* At the estimation's point, with value and gradient. NaN without l1. */
double duality_gap(const struct estimation *estimation);

/* Is it small enough for what the options call a minimum? True without l1. */
bool duality_gap_is_within(const struct estimation *estimation);

#endif
