#include "core/optim/l1.h"

#include <math.h>

#include "core/optim/vectors.h"

double l1_weight(const struct objective *objective, size_t i)
{
    return objective->l1 ? objective->l1[i] : 0;
}

static size_t coordinate_of(struct l1_among among, size_t k)
{
    return among.coordinates ? among.coordinates[k] : k;
}

static struct l1_among all_of(const struct objective *objective)
{
    return (struct l1_among){.n = objective->n};
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

double l1_value_among(const struct objective *objective, const double *beta,
                      struct l1_among among)
{
    double sum = 0;
    for (size_t k = 0; objective->l1 && k < among.n; k++) {
        size_t i = coordinate_of(among, k);
        if (beta[i] != 0)
            sum += objective->l1[i] * fabs(beta[i]);
    }
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
double l1_slopes_norm_among(const struct objective *objective,
                            const struct objective_point *point, struct l1_among among)
{
    const double *beta = point->beta, *gradient = point->gradient;
    double squares = 0;
    for (size_t k = 0; k < among.n; k++) {
        size_t i = coordinate_of(among, k);
        double l1 = objective->l1 ? objective->l1[i] : 0;
        if (beta[i] == 0 && fabs(gradient[i]) <= l1)
            continue;
        double slope = l1_slope(beta[i], gradient[i], l1);
        squares += slope * slope;
    }
    return sqrt(squares);
}

double l1_slopes_norm(const struct objective *objective,
                      const struct objective_point *point)
{
    return l1_slopes_norm_among(objective, point, all_of(objective));
}

static double scale_among(const struct objective *objective,
                          const struct objective_point *point, struct l1_among among)
{
    double scale = 1;
    for (size_t k = 0; objective->l1 && k < among.n; k++) {
        size_t i = coordinate_of(among, k);
        double l1 = objective->l1[i], size = fabs(point->gradient[i]);
        if (l1 > 0 && size * scale > l1)
            scale = l1 / size;
    }
    return scale;
}

double l1_gap_among(const struct objective *objective,
                    const struct objective_point *point, struct l1_among among)
{
    double scale = scale_among(objective, point, among), sum = 0;
    for (size_t k = 0; k < among.n; k++) {
        size_t i = coordinate_of(among, k);
        double l1 = l1_weight(objective, i), beta = point->beta[i];
        double change = scale * point->gradient[i] * beta;
        if (beta != 0)
            sum += l1 > 0 ? fmax(0, l1 * fabs(beta) + change) : fabs(change);
    }
    return (1 - scale) * point->value + sum;
}

double l1_gap(const struct objective *objective, const struct objective_point *point)
{
    return l1_gap_among(objective, point, all_of(objective));
}

double l1_shrink(double value, double threshold)
{
    return fabs(value) > threshold ? value - copysign(threshold, value) : 0;
}
