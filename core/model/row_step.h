/*
 * Newton's step in the space of the rows (row_space.h): δα and δb, the least of the
 * quadratic Q that J is near a point,
 *
 *   Q = ρ'Kδα + g δb + ½ δα'Kδα + ½ u'Hu,   u = Kδα + δb,  H = diag(h),  g = Σr
 *
 * With t = H^½u it is had by its dual: δα = -ρ - H^½t, where t minimises
 *
 *   ½ t'(I + H^½KH^½)t + t'H^½Kρ            and, with an intercept, t'H^½1 = -g
 *
 * by conjugate gradients with the diagonal of I + H^½KH^½, which takes most of its
 * condition away where rows have little to do with each other. -½(δα'Kδα + t't) is a
 * bound of Q from below: so the gap between the two tells how near the least is.
 *
 * g has to be 0, or what rounding leaves: the intercept is at its best already.
 */
#ifndef LOGITD_CORE_MODEL_ROW_STEP_H
#define LOGITD_CORE_MODEL_ROW_STEP_H

#include "core/model/row_matrix.h"

struct row_step {
    struct row_matrix *matrix; /* borrowed */
    bool has_intercept;
    const double *slope, *curvature; /* ρ, h; borrowed */
    double *step, *along;            /* [n_rows] δα; u, without δb until the end */
    double intercept;                /* δb */
    double decrement;                /* λ² = -(ρ'Kδα + gδb) */
    double gradient_norm;            /* ‖U'ρ‖ */
    double gradient;                 /* g */
    double least, bound;             /* Q here, and from below */
    double root_square;              /* of the root, by the diagonal's inverse */
    double *by_slope;                /* Kρ; what follows is [n_rows] as well */
    double *root, *diagonal;         /* H^½; 1/(1 + h K_ii) */
    double *t, *by_t;                /* and KH^½t */
    double *rest, *direction, *by_direction, *scratch;
    double *numbers; /* all of them */
};

/* Into an all-zero one. */
int row_step_new(struct row_step *step, struct row_matrix *matrix, bool has_intercept,
                 struct error *err) MUST_CHECK;
void row_step_free(struct row_step *step); /* all-zero is fine */

/* At a point of this slope and curvature [n_rows]: one product, which tells the norm of
 * the gradient. */
void row_step_begin(struct row_step *step, const double *slope, const double *curvature,
                    double gradient);

/* Until Q is within a share of its least, which is the smaller the nearer J is to its
 * minimum, or within what is small enough; value: J there. */
void row_step_find(struct row_step *step, double value, double enough,
                   const struct solver_watch *watch);

#endif
