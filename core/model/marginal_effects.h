/*
 * Average marginal effects: what a unit of an input changes in the probability of each
 * class, on average over the rows by weight, the others being as they are in the data
 * (Bartus, "Estimation of marginal effects using margeff", Stata Journal 2005).
 *
 * Of a number, the mean derivative; where columns are standardised, by those. With p =
 * softmax(η) and T_klm = ∂²p_k/∂η_l∂η_m
 *
 *   E_kj = Σ_l β_lj M_kl,            M_kl = mean p_k ([k=l] - p_l)
 *   ∂E_kj/∂β_m = Σ_l β_lj D_klm + M_km ∂β_mj,   D_klm = mean T_klm û
 *   T_klm = p_k ([k=m] - p_m) ([k=l] - p_l) - p_k p_l ([l=m] - p_m)
 *
 * Of a level of a categorical input, the mean difference to its reference level, all
 * other levels of the input being set to 0 in every row:
 *
 *   E = mean p_k(level) - mean p_k(reference),  its derivative by β_m accordingly from
 *   mean p_k ([k=m] - p_m) û at the rows so changed
 *
 * Standard errors by the delta method, from the covariance that the fit has: √(g'Cg), g
 * the gradient by the coefficients in the basis, C their covariance. Normal p-values and
 * intervals, as for coefficients.
 *
 * Two passes of the data, sums through the pool's fixed tree. For K classes and n
 * coefficients of a block the first adds up K²·K·n numbers, the second as many as n for
 * each level, class and block.
 */
#ifndef LOGITD_CORE_MODEL_MARGINAL_EFFECTS_H
#define LOGITD_CORE_MODEL_MARGINAL_EFFECTS_H

#include "core/model/inference.h"

/* Into the report's addenda: by column of the design, then by class; of two classes those
 * of class 1 alone. NaN for a column that is aliased or whose coefficient is infinite.
 * ERROR_CANCELLED. */
int marginal_effects_run(const struct estimation *estimation,
                         const struct inference *inference, struct error *err) MUST_CHECK;

/* Numbers that its sums take. SIZE_MAX if there is no counting them. */
size_t marginal_effects_cells(size_t n_blocks, size_t n_terms, size_t n_levels);

#endif
