/*
 *   s ← 0.9 s + 0.1 g²
 *   β ← β - ηg/(√s + ε)
 *
 * Tieleman and Hinton, "Lecture 6.5: rmsprop", Coursera: Neural networks for machine
 * learning, 2012.
 */
#include "core/optim/rmsprop.h"

#include <math.h>

#include "core/optim/epochs.h"

#define USUAL_RATE 0.01
#define DECAY 0.9
#define LEAST 1e-8 /* divisor */

static void update(struct epochs_memory *memory, const double *gradient, double rate,
                   double *beta)
{
    for (size_t i = 0; i < memory->n; i++) {
        double square = gradient[i] * gradient[i];
        memory->second[i] = DECAY * memory->second[i] + (1 - DECAY) * square;
        beta[i] -= rate * gradient[i] / (sqrt(memory->second[i]) + LEAST);
    }
}

int rmsprop_solve(const struct objective *objective, const struct solver_options *options,
                  const struct solver_watch *watch, struct objective_point *point,
                  struct solver_result *result, struct error *err)
{
    return epochs_run(update, USUAL_RATE, objective, options, watch, point, result, err);
}
