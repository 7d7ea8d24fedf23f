/*
 * A matrix M near the Hessian of a likelihood, cheap to solve with: of each class k its
 * own part D_k = Σ ω p_k(1-p_k) ûû' + Λ, from a sample of the rows, by Cholesky.
 *
 * With one block of coefficients M = D. With a block for each class but class 0, the
 * solution is that of the blockwise one over all K classes, for which no class is
 * special: r_0 = -Σ r_k is what class 0's derivative would be, and only differences to
 * class 0 count: z_k = D_k⁻¹r_k - D_0⁻¹r_0. So M⁻¹ = S D⁻¹S' is symmetric and positive
 * definite.
 *
 * Rows are sampled for each class by its weights h = ω p(1-p), about 4 for each
 * coefficient and more where they are few: a row is taken with probability min(1, h/τ)
 * and then stands with weight max(h, τ), systematically along the rows, so that the same
 * data give the same matrix. "Importance sampling": the rows of which a class is certain,
 * most of them near the end, cost nothing. Classes are spread over the pool's threads, a
 * class on one. Where all rows have the same probabilities, as at the null model that
 * most fits start from, one sample serves all classes.
 *
 * Compare the subsampled Hessians of Xu, Yang, Roosta-Khorasani, Ré and Mahoney,
 * "Sub-sampled Newton methods with non-uniform sampling" (2016).
 */
#ifndef LOGITD_CORE_MODEL_PRECONDITIONER_H
#define LOGITD_CORE_MODEL_PRECONDITIONER_H

#include "core/model/likelihood.h"
#include "core/optim/objective.h"

/* Is it worth its while? Not for sparse rows, nor where its matrices are large or rows
 * few; then a diagonal has to do. Numbers that it holds; 0: none. */
size_t preconditioner_cells(uint64_t n_rows, size_t n_terms, size_t n_blocks,
                            bool is_sparse);

/* Of a class's sample, about. */
size_t preconditioner_rows(uint64_t n_rows, size_t n_terms);

extern const struct objective_preconditioner preconditioner_of_likelihood;

#endif
