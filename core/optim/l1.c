#include "core/optim/l1.h"

#include <math.h>

#include "core/optim/vectors.h"

double l1_weight(const struct objective *objective, size_t i)
{
    return objective->l1 ? objective->l1[i] : 0;
}

double l1_value(const struct objective *objective, const double *beta)
{
    double sum = 0;
    size_t n = objective->l1 ? objective->n : 0;
    for (size_t i = vectors_next_nonzero(beta, 0, n); i < n;
         i = vectors_next_nonzero(beta, i + 1, n))
        sum += objective->l1[i] * fabs(beta[i]);
    return sum;
}

double l1_slope(double beta, double gradient, double weight)
{
    if (beta != 0)
        return gradient + copysign(weight, beta);
    return fabs(gradient) > weight ? gradient - copysign(weight, gradient) : 0;
}

double l1_slopes(const struct objective *objective, const struct objective_point *point,
                 double *slope)
{
    double squares = 0;
    for (size_t i = 0; i < objective->n; i++) {
        slope[i] = l1_slope(point->beta[i], point->gradient[i], l1_weight(objective, i));
        squares += slope[i] * slope[i];
    }
    return sqrt(squares);
}

/* Most are 0 where most coefficients are. */
double l1_slopes_norm(const struct objective *objective,
                      const struct objective_point *point)
{
    const double *beta = point->beta, *gradient = point->gradient;
    double squares = 0;
    for (size_t i = 0; i < objective->n; i++) {
        double l1 = objective->l1 ? objective->l1[i] : 0;
        if (beta[i] == 0 && fabs(gradient[i]) <= l1)
            continue;
        double slope = l1_slope(beta[i], gradient[i], l1);
        squares += slope * slope;
    }
    return sqrt(squares);
}

double l1_gap(const struct objective *objective, const struct objective_point *point)
{
    double scale = 1, sum = 0;
    size_t n = objective->n;
    for (size_t i = 0; objective->l1 && i < n; i++) {
        double l1 = objective->l1[i], size = fabs(point->gradient[i]);
        if (l1 > 0 && size * scale > l1)
            scale = l1 / size;
    }
    for (size_t i = vectors_next_nonzero(point->beta, 0, n); i < n;
         i = vectors_next_nonzero(point->beta, i + 1, n)) {
        double l1 = l1_weight(objective, i), beta = point->beta[i];
        double change = scale * point->gradient[i] * beta;
        sum += l1 > 0 ? fmax(0, l1 * fabs(beta) + change) : fabs(change);
    }
    return (1 - scale) * point->value + sum;
}

double l1_shrink(double value, double threshold)
{
    return fabs(value) > threshold ? value - copysign(threshold, value) : 0;
}
