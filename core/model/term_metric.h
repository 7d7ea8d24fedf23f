/*
 * A preconditioner of a likelihood for many terms, sparse ones above all: as in
 * preconditioner.h M⁻¹ = S D⁻¹S', D_k near Σ ω p_k(1-p_k) ûû' + Λ of each class k, class
 * 0 among them, but here D_k is a diagonal but for the terms that are filled in most
 * rows: these are dependent on each other and on the intercept, and have a block of
 * their own. The others hardly meet, and a penalty holds those in few rows.
 *
 * The diagonal of the Hessian by itself knows nothing of class 0, whose coefficients are
 * 0 by convention: with K classes it takes some √K times the iterations.
 */
#ifndef LOGITD_CORE_MODEL_TERM_METRIC_H
#define LOGITD_CORE_MODEL_TERM_METRIC_H

#include "core/model/likelihood.h"
#include "core/optim/objective.h"

/* Numbers that it holds, at most; SIZE_MAX if they cannot be counted. */
size_t term_metric_cells(size_t n_terms, size_t n_blocks);

extern const struct objective_preconditioner term_metric_of_likelihood;

#endif
