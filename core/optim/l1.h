/*
 * Arithmetic of F(β) = J(β) + Σ l1_i |β_i|, for solvers that take an objective's l1; g is
 * the gradient of J.
 *
 * An l1_i of +∞ holds its coordinate at 0, where it must start.
 *
 * The slope of a coordinate is the derivative of F in the direction in which F falls, or
 * 0 where it falls in neither: the element of least size of the subdifferential,
 *
 *   β_i ≠ 0:  g_i + l1_i sign β_i        β_i = 0:  g_i - sign(g_i) min(|g_i|, l1_i)
 *
 * (Andrew and Gao, "Scalable training of L1-regularized log-linear models", 2007, call it
 * the pseudo-gradient). β is a minimum where all slopes are 0: these are the conditions
 * of Karush, Kuhn and Tucker.
 */
#ifndef LOGITD_CORE_OPTIM_L1_H
#define LOGITD_CORE_OPTIM_L1_H

#include "core/optim/objective.h"

/* Of one coordinate: its weight, 0 where the objective has none. */
double l1_weight(const struct objective *objective, size_t i);

/* Σ l1_i |β_i| */
double l1_value(const struct objective *objective, const double *beta);

double l1_slope(double beta, double gradient, double weight);
/* slope[n], of a point with its gradient. Returns its Euclidean norm. */
double l1_slopes(const struct objective *objective, const struct objective_point *point,
                 double *slope);
double l1_slopes_norm(const struct objective *objective,
                      const struct objective_point *point);

/* Coordinates, ascending, for who knows that all others are 0 and within their l1: then
 * sums over these are those over all. NULL of n: all. */
struct l1_among {
    const size_t *coordinates;
    size_t n;
};
double l1_value_among(const struct objective *objective, const double *beta,
                      struct l1_among among);
double l1_slopes_norm_among(const struct objective *objective,
                            const struct objective_point *point, struct l1_among among);

/*
 * How far F is above its minimum, at most, by a point of the dual problem that the
 * gradient gives (core/model/duality_gap.h), of a point with value and gradient; as if
 * all of J was loss: of a quadratic penalty the gap has its size, and is no bound.
 */
double l1_gap(const struct objective *objective, const struct objective_point *point);
double l1_gap_among(const struct objective *objective,
                    const struct objective_point *point, struct l1_among among);

/* Where ½(x - value)² + threshold·|x| is least: value moved towards 0, and no further. */
double l1_shrink(double value, double threshold);

#endif
