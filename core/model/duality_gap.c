#include "core/model/duality_gap.h"

#include <math.h>

#include "core/optim/l1.h"
#include "core/optim/vectors.h"

/* Λ_i: beside l1, coefficients have a quadratic penalty each of its own. */
static double quadratic_of(const struct estimation *estimation, size_t i)
{
    const struct basis *basis = &estimation->basis;
    if (!estimation->likelihood.is_penalised)
        return 0;
    size_t term = i % basis->n_terms;
    if (term < basis->intercept)
        return 0;
    return basis->penalty[basis->columns[term - basis->intercept]];
}

/* d_i */
static double slope_of_loss(const struct estimation *estimation, size_t i)
{
    return estimation->point.gradient[i] -
           quadratic_of(estimation, i) * estimation->point.beta[i];
}

/* c */
static double dual_scale(const struct estimation *estimation)
{
    double scale = 1;
    for (size_t i = 0; i < estimation->objective.n; i++) {
        double l1 = estimation->objective.l1[i];
        double size = fabs(slope_of_loss(estimation, i));
        if (size > l1 && l1 > 0 && quadratic_of(estimation, i) == 0)
            scale = fmin(scale, l1 / size);
    }
    return scale;
}

static double gap_of_coefficient(const struct estimation *estimation, size_t i,
                                 double scale)
{
    double beta = estimation->point.beta[i], l1 = estimation->objective.l1[i];
    double quadratic = quadratic_of(estimation, i);
    double slope = scale * slope_of_loss(estimation, i);
    if (!isfinite(l1))
        return 0;
    if (l1 == 0)
        return fabs(slope * beta);
    double excess = fmax(0, fabs(slope) - l1);
    double conjugate = quadratic > 0 ? excess * excess / (2 * quadratic) : 0;
    return l1 * fabs(beta) + slope * beta + quadratic * beta * beta / 2 + conjugate;
}

/* Without a quadratic penalty what is 0 adds nothing. */
static size_t next_in_gap(const struct estimation *estimation, size_t i)
{
    return estimation->likelihood.is_penalised
               ? i
               : vectors_next_nonzero(estimation->point.beta, i, estimation->objective.n);
}

double duality_gap(const struct estimation *estimation)
{
    if (!estimation->objective.l1)
        return NAN;
    double scale = dual_scale(estimation), gap;
    gap = (1 - scale) *
          (estimation->point.value -
           likelihood_penalty(&estimation->likelihood, estimation->point.beta));
    for (size_t i = next_in_gap(estimation, 0); i < estimation->objective.n;
         i = next_in_gap(estimation, i + 1))
        gap += fmax(0, gap_of_coefficient(estimation, i, scale));
    return gap;
}

bool duality_gap_is_within(const struct estimation *estimation)
{
    double size = estimation->point.value +
                  l1_value(&estimation->objective, estimation->point.beta);
    return !estimation->objective.l1 ||
           duality_gap(estimation) <=
               estimation->options->solver.tolerance * fmax(1, fabs(size));
}
