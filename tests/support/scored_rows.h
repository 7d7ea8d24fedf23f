/*
 * Rows of a fitted design by the formulas alone, in the coordinates of the columns as
 * given: probabilities, scores, information. For tests of statistics, which work in
 * others.
 */
#ifndef LOGITD_TESTS_SUPPORT_SCORED_ROWS_H
#define LOGITD_TESTS_SUPPORT_SCORED_ROWS_H

#include "core/model/estimate.h"

#define SCORED_ROWS_MOST 40 /* coefficients; and classes */

/* p of all classes of row i at terms [n_blocks × n_terms]. */
void scored_rows_probabilities(const struct design *design,
                               const struct estimate_options *options,
                               const double *terms, size_t i, double *p);
/* ∂ℓ_i/∂terms, without the weight. */
void scored_rows_score(const struct design *design,
                       const struct estimate_options *options, const double *terms,
                       size_t i, double *score);
double scored_rows_weight(const struct design *design, size_t i);

/* Σ ω ∇²ℓ, whole [n × n] of rows of SCORED_ROWS_MOST. */
typedef double scored_rows_matrix[SCORED_ROWS_MOST][SCORED_ROWS_MOST];
void scored_rows_information(const struct design *design,
                             const struct estimate_options *options, const double *terms,
                             scored_rows_matrix information);

/* Gauss–Jordan with pivots. */
void scored_rows_invert(size_t n, scored_rows_matrix a);
/* c = ab */
void scored_rows_multiply(size_t n, scored_rows_matrix a, scored_rows_matrix b,
                          scored_rows_matrix c);
double scored_rows_determinant(size_t n, scored_rows_matrix a);

#endif
