/*
 * Sums over rows as they lie, and what they are in a basis: no row is copied, and shifted
 * columns of sparse ones need no entries where a row has none. With u_j = f_j x_j - c_j,
 *
 *   β_0 + Σ w_j u_j = (β_0 - Σ w_j c_j) + Σ w_j f_j x_j
 *   Σ r u_j         = f_j Σ r x_j - c_j Σ r
 *   Σ h u_j u_k     = f_j f_k Σ h x_j x_k - c_j f_k Σ h x_k - c_k f_j Σ h x_j
 *                     + c_j c_k Σ h
 *
 * The differences cost as many digits as c_j is greater than the spread of u_j: bases in
 * which it is not much greater are served, which have no mixed columns.
 *
 * Raw terms: the intercept where there is one, then all columns of the design, aliased
 * ones too.
 */
#ifndef LOGITD_CORE_MODEL_RAW_TERMS_H
#define LOGITD_CORE_MODEL_RAW_TERMS_H

#include "core/model/basis.h"

/* Do squares of raw numbers stay within the range of numbers? */
bool raw_terms_are_in_range(const struct basis *basis);
/* Is that so, and the spread of each column, once it is known, not small? */
bool raw_terms_serve(const struct basis *basis);
/* Of several classes: also where mixed columns are 0, which nothing but a penalty tells;
 * of shifts that cost no more than a digit or two. */
bool raw_terms_serve_products(const struct basis *basis);

size_t raw_terms_count(const struct basis *basis);

/* raw[raw terms] of a vector [n_terms] in the basis: its products with raw rows are those
 * with rows in the basis. */
void raw_terms_of(const struct basis *basis, const double *vector, double *raw);

/* And back, in place: from sums over raw terms those in the basis, in front. */
void raw_terms_take_gradient(const struct basis *basis, double *sums);
/* [raw terms²] to [n_terms²], lower triangles; column: [raw terms] scratch. */
void raw_terms_take_hessian(const struct basis *basis, double *sums, double *column);

#endif
