/*
 * β ← β - ηg; where no rate is given, η is one over the greatest curvature of J.
 */
#include "core/optim/sgd.h"

#include "core/optim/epochs.h"

static void update(struct epochs_memory *memory, const double *gradient, double rate,
                   double *beta)
{
    for (size_t i = 0; i < memory->n; i++)
        beta[i] -= rate * gradient[i];
}

int sgd_solve(const struct objective *objective, const struct solver_options *options,
              const struct solver_watch *watch, struct objective_point *point,
              struct solver_result *result, struct error *err)
{
    return epochs_run(update, 0, objective, options, watch, point, result, err);
}
