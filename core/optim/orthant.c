#include "core/optim/orthant.h"

#include <math.h>

#include "core/optim/evaluation.h"
#include "core/optim/l1.h"

#define LEAST_STEP 0x1p-40
#define WANT (OBJECTIVE_VALUE | OBJECTIVE_GRADIENT)

void orthant_align(const struct objective *objective, const double *slope,
                   double *direction)
{
    for (size_t i = 0; i < objective->n; i++)
        if (l1_weight(objective, i) > 0 && direction[i] * slope[i] >= 0)
            direction[i] = 0;
}

/* To the trial; returns slope'(trial - β). */
static double move_trial(const struct orthant *orthant, double step)
{
    double sum = 0;
    for (size_t i = 0; i < orthant->objective->n; i++) {
        double beta = orthant->start->beta[i];
        double to = beta + step * orthant->direction[i];
        double side = beta != 0 ? beta : -orthant->slope[i];
        if (l1_weight(orthant->objective, i) > 0 && !(to * side > 0))
            to = 0;
        orthant->trial->beta[i] = to;
        sum += orthant->slope[i] * (to - beta);
    }
    orthant->trial->have = 0;
    return sum;
}

static bool is_lower(const struct orthant *orthant, double change)
{
    const struct objective *objective = orthant->objective;
    double start = orthant->start->value + l1_value(objective, orthant->start->beta);
    double trial = orthant->trial->value + l1_value(objective, orthant->trial->beta);
    return change < 0 && evaluation_is_lower(trial, start, change);
}

enum wolfe_end orthant_search(const struct orthant *orthant, double *step,
                              struct error *err)
{
    for (double t = *step; t >= *step * LEAST_STEP; t /= 2) {
        struct error why = {0};
        bool finite;
        double change = move_trial(orthant, t);
        if (evaluation_try(orthant->objective, orthant->trial, WANT, orthant->result,
                           &finite, &why, err) < 0)
            return WOLFE_FAILED;
        if (finite && is_lower(orthant, change)) {
            *step = t;
            return WOLFE_FOUND;
        }
    }
    return WOLFE_NONE;
}
