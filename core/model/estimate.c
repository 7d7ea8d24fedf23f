#include "core/model/estimate.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/kernel/blas.h"
#include "core/model/certificate.h"
#include "core/model/estimation.h"
#include "core/model/goodness.h"
#include "core/model/inference.h"
#include "core/model/separation.h"
#include "core/model/term_names.h"
#include "core/model/trace.h"
#include "core/optim/subspace.h"

#define CERTAIN 1e-8 /* a decrement below which p-values may be told */
#define MOST_UNPROVED 50U

/* ---- algorithm ---- */

static int choose_solver(struct estimation *estimation, struct error *err)
{
    const char *name = estimation->options->algorithm;
    bool is_auto = strcmp(name, "auto") == 0;
    estimation->solver = solver_find(is_auto ? "newton" : name);
    if (!estimation->solver)
        return error_set(err, ERROR_INVALID,
                         "there is no algorithm of this name; \"auto\" chooses one");
    struct report *report = &estimation->estimate->report;
    report->algorithm = memory_copy_string(estimation->solver->name, err);
    report->chosen_because = memory_copy_string(
        is_auto ? "exact, and its Hessian is what statistics need" : "asked for", err);
    return report->algorithm && report->chosen_because ? 0 : -1;
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

/* Runs the solver once, with the iterations that are left. */
static int solve_once(struct estimation *estimation, struct trace *trace,
                      struct error *err)
{
    const struct solver_watch watch = trace_watch(trace);
    struct solver_options options = estimation->options->solver;
    uint64_t n_before = trace->first_iteration;
    bool is_whole = estimation->n_free == estimation->likelihood.n;
    options.max_iterations -= n_before;
    int status =
        is_whole ? estimation->solver->solve(&estimation->objective, &options, &watch,
                                             &estimation->point, &estimation->result, err)
                 : solve_part(estimation, &options, &watch, err);
    if (status < 0)
        return -1;
    estimation->result.n_iterations += n_before;
    if (trace->is_cancelled)
        return error_set(err, ERROR_CANCELLED, "the fit was stopped");
    return 0;
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
static int solve(struct estimation *estimation, struct trace *trace, struct error *err)
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

/* ---- results ---- */

static void put_coefficient(const struct estimation *estimation, size_t i)
{
    const struct estimate *estimate = estimation->estimate;
    const struct basis *basis = &estimation->basis;
    const struct separation *separation = &estimation->separation;
    size_t term = i % estimate->n_terms;
    struct coefficient *coefficient = &estimate->coefficients[i];
    *coefficient = (struct coefficient){.estimate = estimate->solution[i],
                                        .std_error = NAN,
                                        .z = NAN,
                                        .p_value = NAN,
                                        .ci_low = NAN,
                                        .ci_high = NAN};
    if (term >= basis->intercept && basis->aliased[term - basis->intercept]) {
        coefficient->aliased = true;
        coefficient->estimate = NAN;
    } else if (separation->is_proved && separation->diverges[i]) {
        coefficient->infinite = separation->signs[i];
        coefficient->estimate = NAN;
    }
    coefficient->odds_ratio = exp(coefficient->estimate);
}

static void put_coefficients(const struct estimation *estimation)
{
    struct estimate *estimate = estimation->estimate;
    const struct basis *basis = &estimation->basis;
    for (size_t b = 0; b < estimate->n_blocks; b++)
        basis_to_terms(basis, estimation->point.beta + b * basis->n_terms,
                       estimate->solution + b * estimate->n_terms);
    for (size_t i = 0; i < estimation_n_terms(estimation); i++)
        put_coefficient(estimation, i);
}

/* Takes the covariance; rows and columns of what has no estimate become NaN. */
static void put_statistics(const struct estimation *estimation,
                           struct inference *inference)
{
    struct estimate *estimate = estimation->estimate;
    size_t n = estimation_n_terms(estimation);
    double *covariance = inference->covariance;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(estimate->coefficients[i].estimate)) {
            inference_fill(&estimate->coefficients[i], inference->std_errors[i],
                           estimation->options->confidence);
            continue;
        }
        for (size_t j = 0; j < n; j++)
            covariance[i * n + j] = covariance[j * n + i] = NAN;
    }
    estimate->covariance = covariance;
    inference->covariance = NULL;
}

static int warn_of_aliased(const struct estimation *estimation, struct error *err)
{
    const struct basis *basis = &estimation->basis;
    struct term_names names;
    if (basis->n_active == basis->n_columns)
        return 0;
    if (term_names_new(&names, estimation->hooks, basis->n_columns, err) < 0)
        return -1;
    for (size_t j = 0; j < basis->n_columns; j++)
        if (basis->aliased[j])
            term_names_add(&names, j);
    int status = report_warn(&estimation->estimate->report, "aliased_columns",
                             names.names, names.n, err,
                             "columns that are combinations of the intercept and of "
                             "columns before them have no coefficient of their own");
    term_names_free(&names);
    return status;
}

static int warn_of_withheld(const struct estimation *estimation, bool is_certain,
                            struct error *err)
{
    struct report *report = &estimation->estimate->report;
    if (!estimation->options->statistics || is_certain)
        return 0;
    return report_warn(report, "statistics_withheld", NULL, 0, err,
                       "standard errors and p-values are withheld: the fit did not come "
                       "close enough to an optimum (Newton decrement %.3g)",
                       report->newton_decrement);
}

/* Statistics are told where the certificate carries them. */
static int judge(struct estimation *estimation, struct inference *inference,
                 struct error *err)
{
    struct report *report = &estimation->estimate->report;
    report->converged =
        estimation->result.stop == SOLVER_TOLERANCE && inference->is_definite;
    bool is_certain = report->converged && report->newton_decrement < CERTAIN;
    if (is_certain && estimation->options->statistics)
        put_statistics(estimation, inference);
    if (warn_of_aliased(estimation, err) < 0 || separation_warn(estimation, err) < 0)
        return -1;
    return warn_of_withheld(estimation, is_certain, err);
}

static int finish(struct estimation *estimation, struct error *err)
{
    struct inference inference = {0};
    put_coefficients(estimation);
    goodness_report(estimation);
    if (inference_run(&inference, estimation, err) < 0)
        return -1;
    int status = certificate_report(estimation, inference.covariance, err);
    if (status == 0)
        status = judge(estimation, &inference, err);
    inference_free(&inference);
    return status;
}

static int report_run(const struct estimation *estimation, struct error *err)
{
    struct report *report = &estimation->estimate->report;
    report->stop_reason =
        memory_copy_string(solver_stop_word(estimation->result.stop), err);
    report->blas = memory_copy_string(blas_description(), err);
    report->iterations = estimation->result.n_iterations;
    report->objective = estimation->point.value;
    report->n_threads = pool_n_threads(estimation->pool);
    report->seed = estimation->options->solver.seed;
    return report->stop_reason && report->blas ? 0 : -1;
}

/* ---- the whole ---- */

static int make_results(struct estimation *estimation, struct error *err)
{
    struct estimate *estimate = estimation->estimate;
    estimate->n_blocks = estimation->likelihood.n_blocks;
    estimate->n_terms = estimation->options->intercept + estimation->design->n_columns;
    size_t n = estimation_n_terms(estimation);
    estimate->coefficients = memory_new(n, sizeof(*estimate->coefficients), err);
    estimate->solution = memory_new(n, sizeof(*estimate->solution), err);
    return estimate->coefficients && estimate->solution ? 0 : -1;
}

static int run(struct estimation *estimation, struct error *err)
{
    struct trace trace = {0};
    double start = clock_seconds();
    if (choose_solver(estimation, err) < 0 || estimation_prepare(estimation, err) < 0 ||
        make_results(estimation, err) < 0 || trace_new(&trace, estimation, err) < 0)
        return -1;
    int status = solve(estimation, &trace, err);
    if (status == 0)
        status = finish(estimation, err);
    if (status == 0)
        status = report_run(estimation, err);
    trace_report(&trace, &estimation->estimate->report);
    trace_free(&trace);
    estimation->estimate->report.solve_seconds = clock_seconds() - start;
    return status;
}

int estimate_run(const struct design *design, const struct estimate_options *options,
                 const struct estimate_hooks *hooks, struct pool *pool,
                 struct estimate *estimate, struct error *err)
{
    static const struct estimate_hooks no_hooks = {0};
    struct estimate made = {0};
    struct estimation estimation = {.design = design,
                                    .options = options,
                                    .hooks = hooks ? hooks : &no_hooks,
                                    .pool = pool,
                                    .estimate = &made};
    int status = run(&estimation, err);
    estimation_free(&estimation);
    if (status < 0)
        estimate_free(&made);
    else
        *estimate = made;
    return status;
}

void estimate_free(struct estimate *estimate)
{
    memory_free(estimate->coefficients);
    memory_free(estimate->solution);
    memory_free(estimate->covariance);
    report_free(&estimate->report);
    *estimate = (struct estimate){0};
}
