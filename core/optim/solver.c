#include "core/optim/solver.h"

#include <math.h>
#include <string.h>

#include "core/optim/adagrad.h"
#include "core/optim/adam.h"
#include "core/optim/coordinate_descent.h"
#include "core/optim/gradient_descent.h"
#include "core/optim/lbfgs.h"
#include "core/optim/newton.h"
#include "core/optim/newton_cg.h"
#include "core/optim/rmsprop.h"
#include "core/optim/sgd.h"

static const struct solver solvers[] = {
    {.name = "newton", .needs_hessian = true, .solve = newton_solve},
    {.name = "newton_cg", .needs_products = true, .solve = newton_cg_solve},
    {.name = "lbfgs", .takes_l1 = true, .solve = lbfgs_solve},
    {.name = "coordinate_descent",
     .needs_products = true,
     .takes_l1 = true,
     .solve = coordinate_descent_solve},
    {.name = "gradient_descent",
     .is_first_order = true,
     .takes_l1 = true,
     .solve = gradient_descent_solve},
    {.name = "sgd",
     .is_first_order = true,
     .in_batches = true,
     .has_momentum = true,
     .takes_l1 = true,
     .solve = sgd_solve},
    {.name = "adagrad",
     .is_first_order = true,
     .in_batches = true,
     .takes_l1 = true,
     .solve = adagrad_solve},
    {.name = "rmsprop",
     .is_first_order = true,
     .in_batches = true,
     .solve = rmsprop_solve},
    {.name = "adam", .is_first_order = true, .in_batches = true, .solve = adam_solve},
};

#define N_SOLVERS (sizeof(solvers) / sizeof(solvers[0]))

bool solver_is_over(const struct solver_watch *watch)
{
    return watch->is_over && watch->is_over(watch->context);
}

void solver_tell_stage(const struct solver_watch *watch, const char *stage, size_t part,
                       size_t n_parts)
{
    if (watch && watch->on_stage)
        watch->on_stage(watch->context, stage, part, n_parts);
}

const struct solver *solver_at(size_t i)
{
    return i < N_SOLVERS ? &solvers[i] : NULL;
}

const struct solver *solver_find(const char *name)
{
    for (size_t i = 0; i < N_SOLVERS; i++)
        if (strcmp(solvers[i].name, name) == 0)
            return &solvers[i];
    return NULL;
}

const struct solver_trial *solver_best_trial(const struct solver_search *search)
{
    const struct solver_trial *best = NULL;
    for (size_t k = 0; k < search->n; k++)
        if (isfinite(search->trials[k].loss) &&
            (!best || search->trials[k].loss < best->loss))
            best = &search->trials[k];
    return best;
}

const char *solver_stop_word(enum solver_stop stop)
{
    static const char *const words[] = {
        [SOLVER_TOLERANCE] = "tolerance",   [SOLVER_MAX_ITERATIONS] = "max_iterations",
        [SOLVER_MAX_EPOCHS] = "max_epochs", [SOLVER_NO_PROGRESS] = "no_progress",
        [SOLVER_UNBOUNDED] = "unbounded",   [SOLVER_STOPPED] = "stopped",
        [SOLVER_EARLY] = "early_stopping",
    };
    return words[stop];
}
