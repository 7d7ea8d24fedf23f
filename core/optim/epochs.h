/*
 * What the mini-batch methods have in common: an epoch goes through all rows once, in an
 * order drawn anew from the seed, a batch at a time; a method says what the gradient over
 * a batch does to β.
 *
 * Epoch t draws from stream t of the seed: its order depends on nothing else.
 *
 * With averaging the point that is evaluated, and reported, is the mean of the iterates
 * after every batch (Polyak and Juditsky, "Acceleration of stochastic approximation by
 * averaging", 1992; Ruppert 1988). Those of the first epoch come from far away: they are
 * in the mean of that epoch alone.
 */
#ifndef LOGITD_CORE_OPTIM_EPOCHS_H
#define LOGITD_CORE_OPTIM_EPOCHS_H

#include "core/optim/solver.h"

/* What a method remembers from batch to batch; all zero at the start. */
struct epochs_memory {
    const struct solver_options *options;
    const double *l1; /* [n] the objective's; NULL: none, or the method takes none */
    size_t n;
    uint64_t n_updates; /* this one included */
    double *first;      /* [n] of gradients, or of steps */
    double *second;     /* [n] of squared gradients */
};

typedef void epochs_update_fn(struct epochs_memory *memory, const double *gradient,
                              double rate, double *beta);

/* usual_rate: where none is given; 0: one over the greatest curvature. ERROR_INVALID of
 * an objective without rows. */
int epochs_run(epochs_update_fn *update, double usual_rate,
               const struct objective *objective, const struct solver_options *options,
               const struct solver_watch *watch, struct objective_point *point,
               struct solver_result *result, struct error *err) MUST_CHECK;

#endif
