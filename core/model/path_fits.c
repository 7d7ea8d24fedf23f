#include "core/model/path_fits.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/model/estimate_report.h"
#include "core/model/goodness.h"
#include "core/model/l1_limit.h"
#include "core/model/outcome.h"
#include "core/model/search.h"
#include "core/optim/l1.h"

static double ratio_of(const struct report *report)
{
    return report->null_deviance > 0 ? 1 - report->deviance / report->null_deviance
                                     : (double)NAN;
}

/* ---- estimates by themselves ---- */

static int keep_start(struct path_fits *fits, struct error *err)
{
    const struct estimate *estimate = &fits->estimate;
    size_t n = estimate->n_blocks * estimate->n_terms;
    memory_free(fits->start);
    fits->start = memory_copy(estimate->solution, n * sizeof(double), err);
    return fits->start ? 0 : -1;
}

static int run_anew(struct path_fits *fits, const struct estimate_options *options,
                    struct path_fit *fit, struct error *err)
{
    struct estimate_options from = *options;
    const struct report *report = &fits->estimate.report;
    if (fits->start)
        from.start = fits->start;
    estimate_free(&fits->estimate);
    if (estimate_run(fits->design, &from, fits->hooks, fits->pool, &fits->estimate, err) <
        0)
        return -1;
    *fit = (struct path_fit){.n_nonzero = report->n_nonzero,
                             .iterations = report->iterations,
                             .objective = report->objective,
                             .deviance_ratio = ratio_of(report),
                             .validation_loss = report->validation_loss,
                             .converged = report->converged};
    return keep_start(fits, err);
}

/* ---- one estimation for all ---- */

static bool is_of_numbers(const struct path_fits *fits)
{
    return fits->response.design.y != NULL;
}

/* What is listed of a fit does not need the whole gradient. */
static void take_penalties(struct path_fits *fits, const struct estimate_options *options)
{
    fits->options = *options;
    fits->options.solver.bounds_do = true;
    if (is_of_numbers(fits))
        numeric_response_penalise(&fits->response, options);
}

static int prepare(struct path_fits *fits, const struct estimate_options *options,
                   struct error *err)
{
    struct numeric_response *response = &fits->response;
    bool of_numbers = family_traits(options->family)->of_numbers;
    take_penalties(fits, options);
    fits->estimation = (struct estimation){.design = fits->design,
                                           .options = &fits->options,
                                           .hooks = fits->hooks,
                                           .pool = fits->pool,
                                           .estimate = &fits->estimate};
    if (of_numbers) {
        if (numeric_response_new(response, fits->design, &fits->options, fits->hooks,
                                 err) < 0)
            return -1;
        fits->estimation.design = &response->design;
        fits->estimation.options = &response->options;
        fits->estimation.hooks = &response->hooks;
    }
    return estimation_choose(&fits->estimation, err) < 0
               ? -1
               : estimation_prepare(&fits->estimation, err);
}

static void close(struct path_fits *fits)
{
    trace_free(&fits->trace);
    if (fits->is_kept)
        estimation_free(&fits->estimation);
    fits->estimation = (struct estimation){0};
    numeric_response_free(&fits->response);
    fits->is_kept = false;
}

static uint64_t count_nonzero(const struct estimation *estimation)
{
    const struct basis *basis = &estimation->basis;
    const double *beta = estimation->point.beta;
    uint64_t n = 0;
    for (size_t k = 0; k < estimation->likelihood.n_blocks; k++, beta += basis->n_terms)
        for (size_t i = basis->intercept; i < basis->n_terms; i++)
            n += beta[i] != 0;
    return n;
}

static int describe(struct path_fits *fits, struct path_fit *fit, struct error *err)
{
    struct estimation *estimation = &fits->estimation;
    double unit = fits->trace.objective_unit, loss;
    if (validation_judge(&estimation->validation, estimation->point.beta, &loss, err) < 0)
        return -1;
    goodness_report(estimation);
    *fit = (struct path_fit){
        .n_nonzero = count_nonzero(estimation),
        .iterations = estimation->result.n_iterations,
        .objective = unit * (estimation->point.value +
                             l1_value(&estimation->objective, estimation->point.beta)),
        .deviance_ratio = ratio_of(&fits->estimate.report),
        .validation_loss = unit * loss,
        .converged = outcome_converged(estimation)};
    return 0;
}

static int run_again(struct path_fits *fits, const struct estimate_options *options,
                     struct path_fit *fit, struct error *err)
{
    struct estimation *estimation = &fits->estimation;
    bool has_run_away = estimation->result.stop == SOLVER_UNBOUNDED, stays;
    take_penalties(fits, options);
    if (estimation_penalise(estimation, &stays, err) < 0)
        return -1;
    if (!stays) {
        close(fits);
        return run_anew(fits, options, fit, err);
    }
    if (has_run_away)
        estimation_start(estimation);
    trace_free(&fits->trace);
    estimate_free(&fits->estimate);
    if (trace_new(&fits->trace, estimation, err) < 0 ||
        search_run(estimation, &fits->trace, err) < 0)
        return -1;
    return describe(fits, fit, err);
}

/* ---- the whole ---- */

int path_fits_open(struct path_fits *fits, const struct design *design,
                   const struct estimate_options *options,
                   const struct estimate_hooks *hooks, struct pool *pool,
                   struct error *err)
{
    fits->design = design;
    fits->hooks = hooks;
    fits->pool = pool;
    fits->is_kept = options->l1 > 0;
    return fits->is_kept ? prepare(fits, options, err) : 0;
}

void path_fits_free(struct path_fits *fits)
{
    close(fits);
    estimate_free(&fits->estimate);
    memory_free(fits->start);
    *fits = (struct path_fits){0};
}

int path_fits_l1_max(struct path_fits *fits, double *l1_max, struct error *err)
{
    if (l1_limit_report(&fits->estimation, err) < 0)
        return -1;
    *l1_max = fits->estimate.report.l1_max *
              (is_of_numbers(fits) ? fits->response.gradient_unit : 1);
    return 0;
}

int path_fits_run(struct path_fits *fits, const struct estimate_options *options,
                  struct path_fit *fit, struct error *err)
{
    return (fits->is_kept ? run_again : run_anew)(fits, options, fit, err);
}

static int tell(struct path_fits *fits, struct error *err)
{
    struct estimation *estimation = &fits->estimation;
    estimation->point.have = 0;
    if (objective_evaluate(&estimation->objective, &estimation->point,
                           OBJECTIVE_VALUE | OBJECTIVE_GRADIENT, err) < 0)
        return -1;
    fits->estimate.report.effort.passes = fits->estimation.likelihood.n_passes;
    int status = estimate_report_begin(&fits->estimation, err);
    if (status == 0)
        status = outcome_report(&fits->estimation, err);
    if (status == 0)
        status = estimate_report_end(&fits->trace, err);
    return status == 0 && is_of_numbers(fits)
               ? numeric_response_restore(&fits->response, &fits->estimate, err)
               : status;
}

int path_fits_take(struct path_fits *fits, struct estimate *estimate, struct error *err)
{
    if (fits->is_kept && tell(fits, err) < 0)
        return -1;
    *estimate = fits->estimate;
    fits->estimate = (struct estimate){0};
    return 0;
}
