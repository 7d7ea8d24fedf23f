/*
 *   m ← 0.9 m + 0.1 g
 *   v ← 0.999 v + 0.001 g²
 *   β ← β - η m̂/(√v̂ + ε),  m̂ = m/(1 - 0.9^t), v̂ = v/(1 - 0.999^t)
 *
 * Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.
 */
#include "core/optim/adam.h"

#include <math.h>

#include "core/optim/epochs.h"

#define USUAL_RATE 0.01
#define DECAY_1 0.9
#define DECAY_2 0.999
#define LEAST 1e-8 /* divisor */

static void update(struct epochs_memory *memory, const double *gradient, double rate,
                   double *beta)
{
    double t = (double)memory->n_updates;
    double share_1 = 1 - pow(DECAY_1, t), share_2 = 1 - pow(DECAY_2, t);
    for (size_t i = 0; i < memory->n; i++) {
        double g = gradient[i], *m = &memory->first[i], *v = &memory->second[i];
        *m = DECAY_1 * *m + (1 - DECAY_1) * g;
        *v = DECAY_2 * *v + (1 - DECAY_2) * g * g;
        beta[i] -= rate * (*m / share_1) / (sqrt(*v / share_2) + LEAST);
    }
}

int adam_solve(const struct objective *objective, const struct solver_options *options,
               const struct solver_watch *watch, struct objective_point *point,
               struct solver_result *result, struct error *err)
{
    return epochs_run(update, USUAL_RATE, objective, options, watch, point, result, err);
}
