#include "core/model/sample_metric.h"

#include <math.h>

#include "core/kernel/cholesky.h"
#include "core/optim/lbfgs.h"

/* Of Newton's method, which would then have been there: for as many passes this goes on.
 */
#define MOST_HESSIANS 4
/* The tolerance from where on Newton's method needs few Hessians. */
#define NEAR 1e-8

bool sample_metric_serves(const struct estimation *estimation,
                          const struct solver_options *options)
{
    return estimation->metric_rows > 0 && estimation->solver->needs_hessian &&
           options->hessian_passes >= COST_DEAR_HESSIAN_PASSES;
}

/* Where no penalty holds all coefficients, it takes a Hessian to tell a minimum from
 * separation. */
static bool may_end(const struct estimation *estimation,
                    const struct solver_options *options)
{
    return options->tolerance > SOLVER_LAST_DIGITS && !estimation->reach;
}

/* The least eigenvalue that Marchenko and Pastur leave the Hessian of all rows, beside
 * the metric: its own decrement may be so much greater than that in the metric. */
static double least_share(const struct estimation *estimation)
{
    double n_rows = (double)estimation->metric_rows;
    double root = 1 - sqrt((double)estimation->likelihood.n / n_rows);
    return root * root;
}

static int solve(struct estimation *estimation, const struct solver_watch *watch,
                 const struct solver_options *options, struct cholesky *metric,
                 struct error *err)
{
    struct solver_watch others = *watch;
    others.wants_state = NULL;
    metric->stop = pool_stop(estimation->pool);
    cholesky_factor(metric, estimation->point.hessian);
    if (stop_check(&metric->stop, err) < 0)
        return -1;
    return lbfgs_solve(&estimation->objective, options, &others, &estimation->point,
                       &estimation->result, err);
}

int sample_metric_approach(struct estimation *estimation,
                           const struct solver_watch *watch,
                           const struct solver_options *options, bool *met,
                           struct error *err)
{
    struct cholesky metric = {0};
    struct solver_options here = *options;
    uint64_t most = (uint64_t)(MOST_HESSIANS * options->hessian_passes);
    bool is_last = may_end(estimation, options);
    here.metric = &metric;
    here.is_first_of_two = !is_last;
    here.tolerance *= least_share(estimation);
    if (!is_last && here.tolerance < NEAR)
        here.tolerance = NEAR;
    if (here.max_iterations > most)
        here.max_iterations = most;
    *met = false;
    if (cholesky_new(&metric, estimation->likelihood.n, err) < 0)
        return -1;
    int status = solve(estimation, watch, &here, &metric, err);
    cholesky_free(&metric);
    if (status < 0)
        return -1;
    *met = is_last && estimation->result.stop == SOLVER_TOLERANCE;
    if (*met)
        estimation->point.have |= OBJECTIVE_HESSIAN; /* the sample's */
    return 0;
}
