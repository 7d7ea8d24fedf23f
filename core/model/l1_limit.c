#include "core/model/l1_limit.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/optim/coordinate_descent.h"

/* Coefficients that l1 weighs are held at 0. Are there others, but intercepts? */
static bool hold_weighed(const struct estimation *estimation, double *held)
{
    const struct basis *basis = &estimation->basis;
    const double *l1 = estimation->objective.l1;
    bool has_free = false;
    for (size_t i = 0; i < estimation->objective.n; i++) {
        held[i] = l1[i] > 0 ? INFINITY : 0;
        has_free |= l1[i] == 0 && i % basis->n_terms >= basis->intercept;
    }
    return has_free;
}

/* The minimum over what l1 does not weigh; *found: is there one? */
static int fit_rest(const struct estimation *estimation, const double *held,
                    struct objective_point *point, bool *found, struct error *err)
{
    const struct solver_watch watch = {.is_over = estimation->hooks->watch.is_over,
                                       .context = estimation->hooks->watch.context};
    struct objective objective = estimation->objective;
    struct solver_result result;
    objective.l1 = held;
    if (coordinate_descent_solve(&objective, &estimation->options->solver, &watch, point,
                                 &result, err) < 0)
        return -1;
    *found = result.stop == SOLVER_TOLERANCE;
    return 0;
}

/* max |g_i| over the l1_i that one unit of l1 is. */
static double find_limit(const struct estimation *estimation, const double *gradient)
{
    const double *l1 = estimation->objective.l1;
    double greatest = 0;
    for (size_t i = 0; i < estimation->objective.n; i++)
        if (l1[i] > 0 && isfinite(l1[i]))
            greatest = fmax(greatest, fabs(gradient[i]) / l1[i]);
    return greatest * estimation->options->l1;
}

int l1_limit_report(struct estimation *estimation, struct error *err)
{
    struct report *report = &estimation->estimate->report;
    struct objective_point point = {0};
    size_t n = estimation->objective.n;
    bool found = true;
    report->l1_max = NAN;
    if (!estimation->objective.l1)
        return 0;
    double *held = memory_new(n, sizeof(double), err);
    int status = held ? objective_point_new(&estimation->objective, 0, &point, err) : -1;
    if (status == 0) {
        estimation_null_beta(estimation, point.beta);
        status = hold_weighed(estimation, held)
                     ? fit_rest(estimation, held, &point, &found, err)
                     : objective_evaluate(&estimation->objective, &point,
                                          OBJECTIVE_VALUE | OBJECTIVE_GRADIENT, err);
    }
    if (status == 0 && found)
        report->l1_max = find_limit(estimation, point.gradient);
    objective_point_free(&estimation->objective, &point);
    memory_free(held);
    return status;
}
