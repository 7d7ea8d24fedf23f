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
#include "core/model/term_names.h"
#include "core/model/trace.h"

#define CERTAIN 1e-8 /* a decrement below which p-values may be told */

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

static int solve(struct estimation *estimation, struct trace *trace, struct error *err)
{
    const struct solver_watch watch = trace_watch(trace);
    if (estimation->solver->solve(&estimation->objective, &estimation->options->solver,
                                  &watch, &estimation->point, &estimation->result,
                                  err) < 0)
        return -1;
    if (trace->is_cancelled)
        return error_set(err, ERROR_CANCELLED, "the fit was stopped");
    return 0;
}

/* ---- results ---- */

static void put_coefficients(const struct estimation *estimation)
{
    struct estimate *estimate = estimation->estimate;
    const struct basis *basis = &estimation->basis;
    for (size_t b = 0; b < estimate->n_blocks; b++) {
        double *solution = estimate->solution + b * estimate->n_terms;
        struct coefficient *coefficients = estimate->coefficients + b * estimate->n_terms;
        basis_to_terms(basis, estimation->point.beta + b * basis->n_terms, solution);
        for (size_t i = 0; i < estimate->n_terms; i++) {
            coefficients[i] = (struct coefficient){.estimate = solution[i],
                                                   .std_error = NAN,
                                                   .z = NAN,
                                                   .p_value = NAN,
                                                   .ci_low = NAN,
                                                   .ci_high = NAN,
                                                   .odds_ratio = exp(solution[i])};
            if (i < basis->intercept || !basis->aliased[i - basis->intercept])
                continue;
            coefficients[i].aliased = true;
            coefficients[i].estimate = coefficients[i].odds_ratio = NAN;
        }
    }
}

static void put_statistics(const struct estimation *estimation)
{
    struct estimate *estimate = estimation->estimate;
    size_t n = estimation_n_terms(estimation);
    for (size_t i = 0; i < n; i++) {
        double variance = estimate->covariance[i * n + i];
        if (!isnan(estimate->coefficients[i].estimate) && variance >= 0)
            inference_fill(&estimate->coefficients[i], sqrt(variance),
                           estimation->options->confidence);
    }
}

static int warn_of_aliased(const struct estimation *estimation, struct error *err)
{
    const struct basis *basis = &estimation->basis;
    struct term_names names;
    int status = 0;
    if (basis->n_active == basis->n_columns)
        return 0;
    if (term_names_new(&names, estimation->hooks, basis->n_columns, err) < 0)
        return -1;
    for (size_t j = 0; j < basis->n_columns; j++)
        if (basis->aliased[j])
            term_names_add(&names, j);
    status = report_warn(&estimation->estimate->report, "aliased_columns", names.names,
                         names.n, err,
                         "columns that are combinations of the intercept and of columns "
                         "before them have no coefficient of their own");
    term_names_free(&names);
    return status;
}

static int finish(struct estimation *estimation, struct error *err)
{
    struct estimate *estimate = estimation->estimate;
    struct report *report = &estimate->report;
    put_coefficients(estimation);
    double *covariance = inference_covariance(estimation, err);
    if (!covariance)
        return -1;
    estimate->covariance = covariance;
    goodness_report(estimation, estimation->n_free);
    if (certificate_report(estimation, covariance, err) < 0)
        return -1;
    report->converged = estimation->result.stop == SOLVER_TOLERANCE;
    if (estimation->options->statistics && report->newton_decrement < CERTAIN)
        put_statistics(estimation);
    else {
        memory_free(estimate->covariance);
        estimate->covariance = NULL;
    }
    return warn_of_aliased(estimation, err);
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
