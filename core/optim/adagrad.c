/*
 *   s ← s + g²
 *   β ← β - ηg/(√s + ε)
 *
 * Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and
 * stochastic optimization", JMLR 12, 2011: its diagonal form; with l1 the composite one,
 * in which β then moves towards 0 by its step times l1, and no further.
 */
#include "core/optim/adagrad.h"

#include <math.h>

#include "core/optim/l1.h"

#define LEAST 1e-10 /* divisor */

void adagrad_update(struct epochs_memory *memory, const double *gradient, double rate,
                    double *beta)
{
    for (size_t i = 0; i < memory->n; i++) {
        memory->second[i] += gradient[i] * gradient[i];
        double step = rate / (sqrt(memory->second[i]) + LEAST);
        beta[i] -= step * gradient[i];
        if (memory->l1)
            beta[i] = l1_shrink(beta[i], step * memory->l1[i]);
    }
}

int adagrad_solve(const struct objective *objective, const struct solver_options *options,
                  const struct solver_watch *watch, struct objective_point *point,
                  struct solver_result *result, struct error *err)
{
    return epochs_run(adagrad_update, ADAGRAD_USUAL_RATE, objective, options, watch,
                      point, result, err);
}
