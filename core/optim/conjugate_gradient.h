/*
 * Solves Hs = -g for the Hessian and gradient of a point by preconditioned conjugate
 * gradients, without forming H: a product with it an iteration. The preconditioner M
 * is the metric of metric.h.
 *
 * Far from the minimum the quadratic is worth believing in the near alone. Iterates grow
 * longer in the metric M one by one, so where one of them would leave the radius the
 * step ends on it (Steihaug, "The conjugate gradient method and trust regions in large
 * scale optimization", 1983).
 *
 * Every iterate lowers the quadratic Q(s) = g's + ½s'Hs, so each is a direction in which
 * J falls. Iterations stop where one of them hardly adds to that: j (Q_j - Q_{j-1}) ≤
 * forcing · Q_j in size (Galli and Lin, "A study on truncated Newton methods for linear
 * classification", IEEE TNNLS 33, 2022); where H shows no curvature (Steihaug); or where
 * the residual is rounding, which exact arithmetic reaches after n iterations.
 *
 * Nocedal and Wright, "Numerical Optimization" (2006), algorithms 5.3 and 7.1.
 */
#ifndef LOGITD_CORE_OPTIM_CONJUGATE_GRADIENT_H
#define LOGITD_CORE_OPTIM_CONJUGATE_GRADIENT_H

#include "core/optim/metric.h"

struct conjugate_gradient {
    size_t n;
    size_t n_products;    /* of the last solve */
    double radius;        /* no step longer than this is wanted; 0: any length is right */
    double length;        /* √(s'Ms) of the last step */
    double value;         /* and its Q */
    bool is_bounded;      /* it was ended by the radius */
    struct metric metric; /* M */
    double *residual;     /* [n] r = -g - Hs */
    double *scaled;       /* [n] M⁻¹r */
    double *direction;    /* [n] */
    double *product;      /* [n] H · direction */
};

int conjugate_gradient_new(struct conjugate_gradient *cg,
                           const struct objective *objective,
                           struct error *err) MUST_CHECK;
void conjugate_gradient_free(struct conjugate_gradient *cg); /* all-zero is fine */

/* Finds the preconditioner at the point, which has its curvature: before the first solve
 * there. The objective's errors; allocates nothing. */
int conjugate_gradient_prepare(struct conjugate_gradient *cg,
                               const struct objective *objective,
                               struct objective_point *point,
                               struct error *err) MUST_CHECK;

/* √(g'M⁻¹g), once that is found: the length of -M⁻¹g. */
double conjugate_gradient_first_length(struct conjugate_gradient *cg,
                                       const struct objective_point *point);

/* The point has gradient and curvature. step[n]: s. The objective's errors; allocates
 * nothing. */
int conjugate_gradient_solve(struct conjugate_gradient *cg,
                             const struct objective *objective,
                             struct objective_point *point, double forcing, double *step,
                             struct error *err) MUST_CHECK;

#endif
