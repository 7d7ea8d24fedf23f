#include "core/model/search.h"

#include <math.h>

#include "core/model/decrement.h"
#include "core/model/separation.h"
#include "core/optim/subspace.h"

/* Runs of the solver that end without a minimum and without proof that there is none. */
#define MOST_UNPROVED 50U

/* The free coordinates alone; the point is evaluated as a whole afterwards. */
static int solve_part(struct estimation *estimation, const struct solver_options *options,
                      const struct solver_watch *watch, struct error *err)
{
    struct subspace subspace = {0};
    struct objective_point part = {0};
    if (subspace_new(&subspace, &estimation->objective, estimation->point.beta,
                     estimation->free, estimation->n_free, err) < 0)
        return -1;
    const struct objective objective = subspace_objective(&subspace);
    int status = objective_point_new(&objective, OBJECTIVE_HESSIAN, &part, err);
    if (status == 0) {
        subspace_gather(&subspace, estimation->point.beta, part.beta);
        status = estimation->solver->solve(&objective, options, watch, &part,
                                           &estimation->result, err);
    }
    if (status == 0) {
        subspace_scatter(&subspace, part.beta, estimation->point.beta);
        estimation->point.have = 0;
        status = objective_evaluate(
            &estimation->objective, &estimation->point,
            OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN, err);
    }
    objective_point_free(&objective, &part);
    subspace_free(&subspace);
    return status;
}

/* A method that needs no Hessian leaves the certificate to be had afterwards. */
static int complete_result(struct estimation *estimation, struct error *err)
{
    if (objective_evaluate(&estimation->objective, &estimation->point,
                           OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN,
                           err) < 0)
        return -1;
    return isnan(estimation->result.newton_decrement)
               ? decrement_find(estimation, &estimation->result.newton_decrement, err)
               : 0;
}

static void take_off(uint64_t *limit, uint64_t n_before)
{
    *limit -= *limit < n_before ? *limit : n_before;
}

/* Runs the solver once, with the iterations that are left. */
static int solve_once(struct estimation *estimation, struct trace *trace,
                      struct error *err)
{
    const struct solver_watch watch = trace_watch(trace);
    struct solver_options options = estimation->options->solver;
    uint64_t n_before = trace->first_iteration;
    bool is_whole = estimation->n_free == estimation->likelihood.n;
    take_off(&options.max_iterations, n_before);
    take_off(&options.max_epochs, n_before);
    int status =
        is_whole ? estimation->solver->solve(&estimation->objective, &options, &watch,
                                             &estimation->point, &estimation->result, err)
                 : solve_part(estimation, &options, &watch, err);
    if (status < 0)
        return -1;
    estimation->result.n_iterations += n_before;
    if (trace->is_cancelled)
        return error_set(err, ERROR_CANCELLED, "the fit was stopped");
    return complete_result(estimation, err);
}

/* Is there no minimum because the data are separated? */
static int examine(struct estimation *estimation, const struct trace *trace, bool *proved,
                   struct error *err)
{
    *proved = false;
    if (trace->is_separated)
        return separation_examine_point(estimation, proved, err);
    if (estimation->result.stop == SOLVER_UNBOUNDED ||
        estimation->result.stop == SOLVER_NO_PROGRESS)
        return separation_examine(estimation, proved, err);
    return 0;
}

/* Until there is a minimum, of what the data determine. Where a likelihood falls without
 * end and yet no separation can be proved, more iterations may tell. */
int search_run(struct estimation *estimation, struct trace *trace, struct error *err)
{
    for (size_t n_unproved = 0;;) {
        bool proved, goes_on;
        uint64_t n_before = trace->first_iteration;
        if (solve_once(estimation, trace, err) < 0 ||
            examine(estimation, trace, &proved, err) < 0)
            return -1;
        goes_on = trace->is_separated || estimation->result.stop == SOLVER_UNBOUNDED;
        n_unproved += !proved;
        if (estimation->separation.is_complete)
            estimation->result.stop = SOLVER_UNBOUNDED;
        if (estimation->separation.is_complete ||
            (!proved && (!goes_on || n_unproved > MOST_UNPROVED)))
            return 0;
        trace_continue(trace, estimation->result.n_iterations - n_before,
                       estimation->separation.is_proved);
    }
}
