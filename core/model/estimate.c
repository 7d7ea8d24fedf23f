#include "core/model/estimate.h"

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/model/estimate_report.h"
#include "core/model/estimation.h"
#include "core/model/hypothesis.h"
#include "core/model/interruption.h"
#include "core/model/numeric_response.h"
#include "core/model/outcome.h"
#include "core/model/resumption.h"
#include "core/model/search.h"

/* Statistics may take more, which are not counted. */
static int search_and_count(struct estimation *estimation, struct trace *trace,
                            struct error *err)
{
    int status = trace->state ? 0 : hypothesis_score_at_start(estimation, err);
    if (status == 0)
        status = search_run(estimation, trace, err);
    estimation->estimate->report.effort.passes = estimation->likelihood.n_passes;
    return status;
}

/* A fit that is told to stop may still have an outcome. */
static int search(struct estimation *estimation, struct trace *trace, struct error *err)
{
    const struct solver_watch *watch = trace->watch;
    struct error why = {0};
    solver_tell_stage(watch, "solving", 0, 0);
    if (resumption_start(trace, err) < 0)
        return -1;
    int status = search_and_count(estimation, trace, &why);
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
    if (estimation_choose(estimation, err) < 0 ||
        estimation_prepare(estimation, err) < 0 ||
        estimate_report_begin(estimation, err) < 0 ||
        trace_new(&trace, estimation, err) < 0)
        return -1;
    int status = search(estimation, &trace, err);
    if (status == 0)
        status = estimate_report_end(&trace, err);
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
