/*
 * From 0 to near the minimum in the space of the rows (row_space.h), by ascent of the
 * dual: the α of one row after the other is what its own loss makes it, all others held.
 * Where p is the row's probability, α = -ω(p - y)/Σω, and of one row
 *
 *   log(p/(1-p)) = (Kα + b)_i + offset_i
 *
 * is an equation in one unknown. A round over all rows costs about one product with K and
 * comes as far as several of them do, while rows have little to do with each other; their
 * order is drawn anew each time. Rounds end where one moves α no less than half of what
 * the last one did.
 *
 * An intercept moves along, as if it were the coefficient of a column under a weak
 * penalty on what it has moved.
 *
 * Shalev-Shwartz and Zhang, "Stochastic dual coordinate ascent methods for regularized
 * loss minimization" (2013).
 */
#ifndef LOGITD_CORE_MODEL_ROW_ASCENT_H
#define LOGITD_CORE_MODEL_ROW_ASCENT_H

#include "core/model/row_matrix.h"

/* alpha[n_rows] and what the matrix has moved, from 0 on; *intercept from where it is. */
int row_ascent_run(struct row_matrix *matrix, double *alpha, double *intercept,
                   struct error *err) MUST_CHECK;

#endif
