/*
 * Newton's method in the space of the rows, where these are fewer than the columns, to
 * the minimum of a penalised likelihood. An iteration is a few products with K
 * (row_matrix.h) and no vector of the length of the columns. The last ones, which find
 * the last digits, have margins anew by the rows; where they do not settle, the fit's own
 * solver goes on from there.
 *
 * With w = Λ⁻¹U'α, margins z = Kα + b, r and h the rows' derivatives of the loss over
 * Σω, ρ = r + α:
 *
 *   J = Σℓ + ½α'Kα            its gradient: U'ρ by w, Σr by b
 *   ∇²J (δα, δb) = (H(Kδα + δb) + δα, Σ h(Kδα + δb))   in the same sense
 *
 * It begins where rounds of coordinate ascent lead (row_ascent.h), and goes on by
 * Newton's steps (row_step.h), solved for as closely as the decrement asks for. A step is
 * halved until J falls: margins along it are known, so that a trial costs the losses
 * alone. So does the intercept that is best for α, which each step begins with.
 *
 * Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), section 3.4.
 */
#ifndef LOGITD_CORE_MODEL_ROW_SPACE_H
#define LOGITD_CORE_MODEL_ROW_SPACE_H

#include "core/model/estimation.h"
#include "core/optim/solver.h"

/* Is there anything to be gained? */
bool row_space_serves(const struct estimation *estimation);

/*
 * Moves the estimation's point to the minimum or near it, and tells the watch and the
 * result the iterations. *met: the decrement that the result tells is rounding's, or a
 * loose tolerance was met by that before the last step; nobody need go on. The result's
 * stop is SOLVER_STOPPED if the watch asked to stop. ERROR_NO_MEMORY, ERROR_CANCELLED.
 */
int row_space_approach(struct estimation *estimation, const struct solver_watch *watch,
                       const struct solver_options *options, bool *met,
                       struct error *err) MUST_CHECK;

#endif
