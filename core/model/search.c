#include "core/model/search.h"

#include <math.h>

#include "core/model/decrement.h"
#include "core/model/early_stop.h"
#include "core/model/report.h"
#include "core/model/row_space.h"
#include "core/model/sample_metric.h"
#include "core/model/separation.h"
#include "core/model/separation_suspect.h"
#include "core/optim/subspace.h"

/* Runs of the solver that end without a minimum and without proof that there is none. */
#define MOST_UNPROVED 50U
/* Tolerance of what Newton's steps finish. Where data are separated, a gradient much
 * smaller would be rounding, and would hide from them that they go on for ever. */
#define UNFINISHED 1e-6

static const struct solver *solver_of_part(const struct estimation *estimation)
{
    return estimation->solver->needs_products ? solver_find("newton")
                                              : estimation->solver;
}

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
        status = solver_of_part(estimation)
                     ->solve(&objective, options, watch, &part, &estimation->result, err);
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

static void take_off(uint64_t *limit, uint64_t n_before)
{
    *limit -= *limit < n_before ? *limit : n_before;
}

/* Will another solver finish what this one does? */
static bool is_to_be_finished(const struct estimation *estimation)
{
    const struct algorithm *algorithm = &estimation->algorithm;
    return algorithm->is_finished && estimation->solver != algorithm_finisher(algorithm);
}

/* A learning rate is searched for once, with all coordinates; then it is the one. */
static void set_rates(struct estimation *estimation, bool is_whole,
                      struct solver_options *options)
{
    struct solver_search *search = &estimation->validation.search;
    bool has_rates = estimation->solver->is_first_order && search->n > 0;
    if (has_rates && is_whole && estimation->rate == 0)
        options->search = search;
    else if (has_rates)
        options->learning_rate = estimation->rate;
}

static void take_rate(struct estimation *estimation, const struct solver_options *options)
{
    const struct solver_trial *best =
        options->search ? solver_best_trial(options->search) : NULL;
    if (best)
        estimation->rate = best->learning_rate;
}

/* Statistics want the last digits, and so does the limit of separated data. */
static void set_tolerance(const struct estimation *estimation, bool is_whole,
                          struct solver_options *options)
{
    if (estimation->options->statistics || !is_whole)
        options->tolerance = fmin(options->tolerance, SOLVER_LAST_DIGITS);
    options->is_first_of_two = is_to_be_finished(estimation);
    if (options->is_first_of_two)
        options->tolerance = fmax(options->tolerance, UNFINISHED);
    options->reach = estimation->reach;
    options->hessian_may_lag = is_whole && !estimation->options->firth &&
                               options->tolerance > SOLVER_LAST_DIGITS;
}

/* A sample may have led astray. */
static void set_other_start(const struct estimation *estimation,
                            struct solver_options *options)
{
    options->other_start = estimation->null_beta;
    options->other_value = estimation->null_loss / estimation->likelihood.sum_weights;
}

static double hessian_passes(const struct estimation *estimation)
{
    const struct design *design = estimation->design;
    const struct algorithm_task task = algorithm_task_of(
        estimation->options, design->n_rows, design->n_columns, design->n_classes);
    const struct cost_task cost = algorithm_cost_task(&task);
    return cost_hessian_passes(&cost);
}

/* With the iterations that are left. */
static struct solver_options options_for(struct estimation *estimation,
                                         const struct trace *trace, bool is_whole)
{
    struct solver_options options = estimation->options->solver;
    uint64_t n_before = trace->first_iteration;
    take_off(&options.max_iterations, n_before);
    take_off(&options.max_epochs, n_before);
    set_tolerance(estimation, is_whole, &options);
    if (n_before == 0 && is_whole)
        set_other_start(estimation, &options);
    set_rates(estimation, is_whole, &options);
    if (is_whole && !estimation->options->firth)
        options.hessian_passes = hessian_passes(estimation);
    return options;
}

/* Runs the solver once. */
static int solve_once(struct estimation *estimation, struct trace *trace,
                      struct error *err)
{
    const struct solver_watch watch = trace_watch(trace);
    uint64_t n_before = trace->first_iteration;
    bool is_whole = estimation->n_free == estimation->likelihood.n;
    const struct solver_options options = options_for(estimation, trace, is_whole);
    int status =
        is_whole ? estimation->solver->solve(&estimation->objective, &options, &watch,
                                             &estimation->point, &estimation->result, err)
                 : solve_part(estimation, &options, &watch, err);
    if (error_is_set(&trace->error))
        return error_copy(err, &trace->error);
    if (status < 0)
        return -1;
    take_rate(estimation, &options);
    estimation->result.n_iterations += n_before;
    if (trace->is_cancelled)
        return error_set(err, ERROR_CANCELLED, "the fit was stopped");
    return 0;
}

/* What has converged may still be so where no penalty holds all coefficients. */
static bool may_converge_separated(const struct estimation *estimation)
{
    return estimation->result.stop == SOLVER_TOLERANCE && estimation->reach;
}

/* Firth's penalty has a minimum of J whatever the data. */
static bool may_be_separated(const struct estimation *estimation)
{
    return estimation->algorithm.is_dense && !estimation->options->firth &&
           estimation->likelihood.loss->is_logistic;
}

/* Is there no minimum because the data are separated? */
/* It may take longer than the search. */
static int tell_and_examine(struct estimation *estimation, const struct trace *trace,
                            bool *proved, struct error *err)
{
    solver_tell_stage(trace->watch, "separation", 0, 0);
    int status = (trace->is_separated ? separation_examine_point
                                      : separation_examine)(estimation, proved, err);
    solver_tell_stage(trace->watch, "solving", 0, 0);
    return status;
}

static int examine(struct estimation *estimation, const struct trace *trace, bool *proved,
                   struct error *err)
{
    *proved = false;
    if (trace->is_separated)
        return tell_and_examine(estimation, trace, proved, err);
    if (!may_be_separated(estimation))
        return 0;
    bool is_suspect = estimation->result.stop == SOLVER_UNBOUNDED ||
                      estimation->result.stop == SOLVER_NO_PROGRESS;
    if (may_converge_separated(estimation) &&
        separation_suspect(estimation, &is_suspect, err) < 0)
        return -1;
    return is_suspect ? tell_and_examine(estimation, trace, proved, err) : 0;
}

/* ---- who goes on ---- */

/* Where the line search of an algorithm that was chosen here failed, another is tried;
 * once. */
static const struct solver *other_solver(const struct estimation *estimation)
{
    const struct algorithm *algorithm = &estimation->algorithm;
    const struct solver *other =
        algorithm->is_dense ? solver_find("newton") : solver_find("lbfgs");
    bool may_change = algorithm->is_chosen && estimation->solver == algorithm->solver &&
                      estimation->likelihood.loss->is_smooth &&
                      (other->takes_l1 || !estimation->objective.l1);
    return may_change && other != estimation->solver &&
                   estimation->result.stop == SOLVER_NO_PROGRESS
               ? other
               : NULL;
}

/* NULL: nobody, it has ended. */
static const struct solver *next_solver(const struct estimation *estimation,
                                        const struct trace *trace)
{
    const struct algorithm *algorithm = &estimation->algorithm;
    enum solver_stop stop = estimation->result.stop;
    if (stop == SOLVER_MAX_ITERATIONS || trace->is_separated || trace->is_enough)
        return NULL;
    if (is_to_be_finished(estimation))
        return algorithm_finisher(algorithm);
    return other_solver(estimation);
}

/* What Newton's method, going on from another one's end or from a sample's, finds without
 * a minimum, it looks at from the start: so separation is told as if it had run alone. */
static bool is_to_start_over(const struct estimation *estimation)
{
    const struct algorithm *algorithm = &estimation->algorithm;
    bool found_none = estimation->result.stop == SOLVER_UNBOUNDED ||
                      estimation->result.stop == SOLVER_NO_PROGRESS;
    bool is_from_elsewhere =
        (algorithm->is_finished && algorithm->is_dense) || estimation->is_from_sample;
    return found_none && is_from_elsewhere && !estimation->is_afresh;
}

static int warn_of_change(struct estimation *estimation, const struct solver *next,
                          struct error *err)
{
    if (estimation->result.stop != SOLVER_NO_PROGRESS)
        return 0;
    return report_warn(&estimation->estimate->report, "algorithm_changed", NULL, 0, err,
                       "the line search of %s found no step that lowers the objective "
                       "after %llu iterations; %s went on from there",
                       estimation->solver->name,
                       (unsigned long long)estimation->result.n_iterations, next->name);
}

/* A method that forms no Hessian leaves its certificate to be had afterwards. J stays as
 * the trace has it, to the last bit, which a pass of another kind need not give. */
static int complete(struct estimation *estimation, struct error *err)
{
    unsigned want = OBJECTIVE_VALUE | OBJECTIVE_GRADIENT;
    bool has_value = (estimation->point.have & OBJECTIVE_VALUE) != 0;
    double value = estimation->point.value;
    if (estimation->algorithm.is_dense)
        want |= OBJECTIVE_HESSIAN;
    if (objective_evaluate(&estimation->objective, &estimation->point, want, err) < 0)
        return -1;
    if (has_value)
        estimation->point.value = value;
    return isnan(estimation->result.newton_decrement) &&
                   estimation->likelihood.loss->is_smooth
               ? decrement_find(estimation, &estimation->result.newton_decrement, err)
               : 0;
}

static void go_on(const struct estimation *estimation, struct trace *trace)
{
    trace_continue(trace, estimation->result.n_iterations - trace->first_iteration,
                   estimation->separation.is_proved);
}

/* Most of the way is had at less cost where rows are few, in their space, or where a
 * sample of them tells what the Hessian is like; or all of it: *met. */
static int approach(struct estimation *estimation, struct trace *trace, bool *met,
                    struct error *err)
{
    *met = false;
    if (trace->state || estimation->n_free < estimation->likelihood.n)
        return 0;
    const struct solver_options options = options_for(estimation, trace, true);
    bool by_rows = row_space_serves(estimation);
    if (!by_rows && !sample_metric_serves(estimation, &options))
        return 0;
    const struct solver_watch watch = trace_watch(trace);
    if ((by_rows ? row_space_approach : sample_metric_approach)(estimation, &watch,
                                                                &options, met, err) < 0)
        return -1;
    if (error_is_set(&trace->error))
        return error_copy(err, &trace->error);
    if (trace->is_cancelled)
        return error_set(err, ERROR_CANCELLED, "the fit was stopped");
    go_on(estimation, trace);
    return 0;
}

/* Runs a solver, and whoever goes on after it. */
static int solve(struct estimation *estimation, struct trace *trace, struct error *err)
{
    bool met;
    if (approach(estimation, trace, &met, err) < 0)
        return -1;
    if (met)
        return complete(estimation, err);
    estimation->metric_rows = 0; /* Hessians are of all rows from now on */
    for (;;) {
        if (solve_once(estimation, trace, err) < 0)
            return -1;
        const struct solver *next = next_solver(estimation, trace);
        if (next) {
            if (warn_of_change(estimation, next, err) < 0)
                return -1;
            estimation->solver = next;
        } else if (is_to_start_over(estimation)) {
            estimation->is_afresh = true;
            estimation_start(estimation);
        } else {
            return early_stop_settle(trace, err) < 0 ? -1 : complete(estimation, err);
        }
        go_on(estimation, trace);
    }
}

/* Are estimates in the limit of separated data still to be taken back from far out? */
static bool is_to_settle(const struct estimation *estimation)
{
    const struct separation *separation = &estimation->separation;
    return separation->is_proved && !separation->is_complete && !separation->is_settled;
}

/* Until there is a minimum, of what the data determine. Where a likelihood falls without
 * end and yet no separation can be proved, more iterations may tell. */
int search_run(struct estimation *estimation, struct trace *trace, struct error *err)
{
    for (;;) {
        bool proved, goes_on;
        if (solve(estimation, trace, err) < 0 ||
            examine(estimation, trace, &proved, err) < 0)
            return -1;
        goes_on = trace->is_separated || (estimation->result.stop == SOLVER_UNBOUNDED &&
                                          may_be_separated(estimation));
        estimation->n_unproved += !proved;
        if (estimation->separation.is_complete)
            estimation->result.stop = SOLVER_UNBOUNDED;
        if (estimation->separation.is_complete ||
            (!proved && (!goes_on || estimation->n_unproved > MOST_UNPROVED))) {
            if (!is_to_settle(estimation))
                return 0;
            if (separation_settle(estimation, err) < 0)
                return -1;
        }
        if (estimation->algorithm.is_finished)
            estimation->solver = algorithm_finisher(&estimation->algorithm);
        go_on(estimation, trace);
    }
}
