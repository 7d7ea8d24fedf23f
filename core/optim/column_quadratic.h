/*
 * The least value of the quadratic that F(β) = J(β) + Σ l1_i |β_i| is near a point, over
 * a working set of coordinates, as quadratic_l1.h has it, but by columns of U and not by
 * a matrix of the set: H = U' diag(h) U + Λ is never formed. One sweep over the set costs
 * what its columns have of entries, twice.
 *
 *   v = r + h∘U(w - β)        so that a slope is u_j'v + Λ_j w_j
 *
 * Sweeps of coordinate descent find signs, as in LIBLINEAR's newGLMNET; with these Q is
 * smooth, and conjugate gradients over what is not 0 find its minimum, or where a
 * coordinate would change its sign. It ends where slopes are a given share of what they
 * were: far from the minimum of F a better end is not worth its while.
 *
 * Yuan, Ho and Lin, "An improved GLMNET for L1-regularized logistic regression" (2012).
 */
#ifndef LOGITD_CORE_OPTIM_COLUMN_QUADRATIC_H
#define LOGITD_CORE_OPTIM_COLUMN_QUADRATIC_H

#include <stdbool.h>

#include "core/base/error.h"
#include "core/optim/objective_margins.h"
#include "core/optim/solver.h"

struct column_quadratic {
    const struct objective_margins *margins;
    /* The caller's to set. */
    const double *residual, *curvature; /* [n_rows] at β: r, h */
    const size_t *set;                  /* [n_set] coordinates, ascending */
    size_t n_set;
    double *start;                    /* [n_set] β */
    double *l1;                       /* [n_set] ≥ 0 */
    double *w;                        /* [n_set] the minimum, nearly */
    const struct solver_watch *watch; /* may say that it is over; NULL: nobody does */
    /* Its own. */
    double *diagonal;                                      /* [n_set] of H */
    double *v;                                             /* [n_rows] */
    double *trial, *slope, *step, *rest, *along, *product; /* [n_set] */
    double *along_rows, *trial_v;                          /* [n_rows] */
    size_t *support; /* [n_set] places in the set: what is not 0, or under no l1 */
    size_t n_support;
};

/* Room for sets of so many coordinates at most. */
int column_quadratic_new(struct column_quadratic *quadratic,
                         const struct objective_margins *margins, size_t most,
                         struct error *err) MUST_CHECK;
void column_quadratic_free(struct column_quadratic *quadratic); /* all-zero is fine */

/* Λ of a place in the set. */
double column_quadratic_lambda(const struct column_quadratic *quadratic, size_t i);

/* Leaves w, where the slopes' size, in the metric of the diagonal, is this share of what
 * it was at β; or where that takes too long. */
void column_quadratic_solve(struct column_quadratic *quadratic, double share);

#endif
