#include "core/model/estimate.h"

#include <math.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/kernel/blas.h"
#include "core/model/estimation.h"
#include "core/model/interruption.h"
#include "core/model/l1_limit.h"
#include "core/model/l1_outcome.h"
#include "core/model/numeric_response.h"
#include "core/model/outcome.h"
#include "core/model/resumption.h"
#include "core/model/search.h"
#include "core/model/trace.h"
#include "core/optim/l1.h"

static int report_choice(struct estimation *estimation, struct error *err)
{
    const struct algorithm *algorithm = &estimation->algorithm;
    struct report *report = &estimation->estimate->report;
    report->algorithm = memory_copy_string(algorithm->solver->name, err);
    report->chosen_because = memory_copy_string(algorithm->because, err);
    return report->algorithm && report->chosen_because ? 0 : -1;
}

static int report_run(const struct estimation *estimation, struct error *err)
{
    struct report *report = &estimation->estimate->report;
    const char *stop = estimation->stopped_as ? estimation->stopped_as
                                              : solver_stop_word(estimation->result.stop);
    report->stop_reason = memory_copy_string(stop, err);
    report->blas = memory_copy_string(blas_description(), err);
    report->iterations = estimation->result.n_iterations;
    report->objective = estimation->point.value +
                        l1_value(&estimation->objective, estimation->point.beta);
    report->n_threads = pool_n_threads(estimation->pool);
    report->seed = estimation->options->solver.seed;
    return report->stop_reason && report->blas ? 0 : -1;
}

static int make_results(struct estimation *estimation, struct error *err)
{
    struct estimate *estimate = estimation->estimate;
    estimate->n_blocks = estimation_n_blocks(estimation);
    estimate->n_terms = estimation->options->intercept + estimation->design->n_columns;
    size_t n = estimation_n_terms(estimation);
    estimate->coefficients = memory_new(n, sizeof(*estimate->coefficients), err);
    estimate->solution = memory_new(n, sizeof(*estimate->solution), err);
    if (!estimate->coefficients || !estimate->solution)
        return -1;
    return estimation->likelihood.first_class == 0 ? l1_outcome_make(estimation, err) : 0;
}

/* Numbers leave their range with columns near 1e±300 only. */
static double finite_or_nothing(double value)
{
    return isfinite(value) ? value : 0;
}

static int describe_rows(const struct estimation *estimation, struct error *err)
{
    struct typical *typical = &estimation->estimate->typical;
    const struct basis *basis = &estimation->basis;
    typical->means = memory_new(basis->n_columns, sizeof(double), err);
    typical->spreads = memory_new(basis->n_columns, sizeof(double), err);
    if (!typical->means || !typical->spreads)
        return -1;
    for (size_t j = 0; j < basis->n_columns; j++) {
        typical->means[j] = finite_or_nothing(estimation_mean(estimation, j));
        typical->spreads[j] = finite_or_nothing(basis->spread[j] / basis->factor[j]);
    }
    typical->response_scale = 1;
    return 0;
}

/* What the rows held out say of the end. */
static int report_validation(const struct trace *trace, struct error *err)
{
    struct estimation *estimation = trace->estimation;
    struct report *report = &estimation->estimate->report;
    const struct design *held_out = estimation->options->held_out;
    if (held_out)
        solver_tell_stage(trace->watch, "validation", 0, 0);
    if (validation_judge(&estimation->validation, estimation->point.beta,
                         &report->validation_loss, err) < 0)
        return -1;
    report->n_validation_rows = held_out ? held_out->n_rows : 0;
    report->validation_weights = held_out ? held_out->sum_weights : 0;
    report->patience = trace->patience.most;
    report->best_iteration = trace->patience.most > 0 ? trace->best_iteration : 0;
    return validation_report_trials(&estimation->validation, report, err);
}

/* A fit that is told to stop may still have an outcome. */
static int search(struct estimation *estimation, struct trace *trace, struct error *err)
{
    const struct solver_watch *watch = trace->watch;
    struct error why = {0};
    solver_tell_stage(watch, "solving", 0, 0);
    if (resumption_start(trace, err) < 0)
        return -1;
    int status = search_run(estimation, trace, &why);
    if (status == 0) {
        solver_tell_stage(watch, "statistics", 0, 0);
        status = outcome_report(estimation, &why);
    }
    if (status == 0)
        return 0;
    return interruption_keep(trace, &why, err) < 0 ? -1 : outcome_report(estimation, err);
}

static int run(struct estimation *estimation, struct error *err)
{
    struct trace trace = {0};
    double start = clock_seconds();
    solver_tell_stage(&estimation->hooks->watch, "preparing", 0, 0);
    if (estimation_choose(estimation, err) < 0 || report_choice(estimation, err) < 0 ||
        estimation_prepare(estimation, err) < 0 || make_results(estimation, err) < 0 ||
        describe_rows(estimation, err) < 0 || l1_limit_report(estimation, err) < 0 ||
        trace_new(&trace, estimation, err) < 0)
        return -1;
    int status = search(estimation, &trace, err);
    if (status == 0)
        status = report_run(estimation, err);
    if (status == 0)
        status = report_validation(&trace, err);
    trace_report(&trace, &estimation->estimate->report);
    estimation->estimate->report.solve_seconds =
        clock_seconds() - start + trace.earlier_seconds;
    trace_free(&trace);
    return status;
}

static int run_all(const struct design *design, const struct estimate_options *options,
                   const struct estimate_hooks *hooks, struct pool *pool,
                   struct estimate *estimate, struct error *err)
{
    struct estimation estimation = {.design = design,
                                    .options = options,
                                    .hooks = hooks,
                                    .pool = pool,
                                    .estimate = estimate};
    int status = run(&estimation, err);
    estimation_free(&estimation);
    return status;
}

/* A number is estimated on a scale of its own. */
static int run_scaled(const struct design *design, const struct estimate_options *options,
                      const struct estimate_hooks *hooks, struct pool *pool,
                      struct estimate *estimate, struct error *err)
{
    struct numeric_response response = {0};
    int status = numeric_response_new(&response, design, options, hooks, err);
    if (status == 0)
        status = run_all(&response.design, &response.options, &response.hooks, pool,
                         estimate, err);
    if (status == 0)
        status = numeric_response_restore(&response, estimate, err);
    numeric_response_free(&response);
    return status;
}

int estimate_run(const struct design *design, const struct estimate_options *options,
                 const struct estimate_hooks *hooks, struct pool *pool,
                 struct estimate *estimate, struct error *err)
{
    static const struct estimate_hooks no_hooks = {0};
    struct estimate made = {0};
    bool of_numbers = family_traits(options->family)->of_numbers;
    int status = (of_numbers ? run_scaled : run_all)(
        design, options, hooks ? hooks : &no_hooks, pool, &made, err);
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
    memory_free(estimate->means);
    memory_free(estimate->scales);
    memory_free(estimate->classes);
    memory_free(estimate->covariance);
    typical_free(&estimate->typical);
    report_free(&estimate->report);
    *estimate = (struct estimate){0};
}
