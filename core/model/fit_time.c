#include "core/model/fit_time.h"

#include <math.h>

#include "core/model/cost.h"

/* Passes over the rows, of fits to the tolerance that is usual. */
#define LBFGS_PASSES 60.0
#define COORDINATE_PASSES 40.0
#define FIRTH 2.0 /* a Newton step takes as much again */
/* An epoch in batches takes so many passes: small products, and steps between them. */
#define BATCHED_PASSES 2.0
/* Of a fit that starts from the one before on its path. */
#define WARM_SHARE 0.4

/* What the threads share, and what one of them does alone; on one core. */
struct work {
    double shared, alone;
    bool is_bound;
};

/* An epoch goes in batches, on one thread, and then sees where that has led. */
static struct work first_order(const struct cost_task *cost, const struct solver *solver,
                               const struct estimate_options *options)
{
    const struct solver_options *limits = &options->solver;
    double pass = cost_of_passes(cost, 1);
    double n = (double)limits->max_iterations;
    double n_fits = options->n_rates > 0 ? (double)options->n_rates + 1 : 1;
    if (solver->in_batches)
        n = fmin(n, (double)limits->max_epochs);
    return (struct work){.shared = n * pass * n_fits,
                         .alone =
                             solver->in_batches ? n * BATCHED_PASSES * pass * n_fits : 0,
                         .is_bound = true};
}

static struct work one_fit(const struct algorithm_task *task,
                           const struct algorithm *algorithm,
                           const struct estimate_options *options)
{
    const struct solver *solver = algorithm->solver;
    const struct cost_task cost = algorithm_cost_task(task);
    struct work work = {0};
    if (solver->is_first_order)
        work = first_order(&cost, solver, options);
    else if (solver == solver_find("newton"))
        work.shared = cost_of_newton(&cost) * (task->is_firth ? FIRTH : 1);
    else if (solver == solver_find("newton_cg"))
        work.shared = cost_of_newton_cg(&cost);
    else
        work.shared = cost_of_passes(
            &cost, solver == solver_find("lbfgs") ? LBFGS_PASSES : COORDINATE_PASSES);
    work.is_bound |= options->patience > 0;
    return work;
}

static double n_fits(const struct path_options *path)
{
    double n = path->n_lambdas > 0 ? (double)path->n_lambdas : 1;
    double all = n * (double)(path->n_folds + 1);
    return all > 1 ? 1 + WARM_SHARE * (all - 1) : 1;
}

struct fit_time fit_time_guess(const struct algorithm_task *task,
                               const struct algorithm *algorithm,
                               const struct estimate_options *options,
                               const struct path_options *path, size_t n_threads)
{
    const struct work work = one_fit(task, algorithm, options);
    double each = work.shared / (double)n_threads + work.alone;
    return (struct fit_time){.seconds = each * n_fits(path), .is_bound = work.is_bound};
}
