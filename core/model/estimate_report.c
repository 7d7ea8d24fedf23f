#include "core/model/estimate_report.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/kernel/blas.h"
#include "core/model/l1_limit.h"
#include "core/model/l1_outcome.h"
#include "core/optim/l1.h"

/* ---- what is known before the search ---- */

static int report_choice(struct estimation *estimation, struct error *err)
{
    const struct algorithm *algorithm = &estimation->algorithm;
    struct report *report = &estimation->estimate->report;
    report->algorithm = memory_copy_string(algorithm->solver->name, err);
    report->chosen_because = memory_copy_string(algorithm->because, err);
    return report->algorithm && report->chosen_because ? 0 : -1;
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

/* ---- and after it ---- */

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

int estimate_report_begin(struct estimation *estimation, struct error *err)
{
    if (report_choice(estimation, err) < 0 || make_results(estimation, err) < 0 ||
        describe_rows(estimation, err) < 0)
        return -1;
    return l1_limit_report(estimation, err);
}

int estimate_report_end(struct trace *trace, struct error *err)
{
    int status = report_run(trace->estimation, err);
    if (status == 0)
        status = report_validation(trace, err);
    trace_report(trace, &trace->estimation->estimate->report);
    return status;
}
