/*
 * A rate of one over the greatest curvature of J lowers J at every step; it is the one
 * taken where none is given.
 *
 * With the line search η is halved until J(β-ηg) ≤ J - 10⁻⁴η‖g‖² (Armijo 1966). It starts
 * from the inverse of the curvature that J had along the last step (Barzilai and Borwein,
 * "Two-point step size gradient methods", 1988), which is a far better scale than the
 * greatest curvature of all. Where the fall is below the rounding of J, the gradient
 * tells in its place: the condition is then taken for the parabola through both slopes
 * (Hager and Zhang, "A new conjugate gradient method with guaranteed descent", 2005).
 *
 * With l1 a step is followed by its proximal one (ISTA), and η is halved until J is below
 * its quadratic model of curvature 1/η (Beck and Teboulle, "A fast iterative
 * shrinkage-thresholding algorithm for linear inverse problems", 2009).
 */
#include "core/optim/gradient_descent.h"

#include <float.h>
#include <math.h>

#include "core/optim/descent.h"
#include "core/optim/l1.h"
#include "core/optim/vectors.h"

#define ARMIJO 1e-4
#define LEAST_STEP 0x1p-60 /* of the step that a search starts from */
#define MOST_GROWTH 16     /* of a step over the one before */
/* Differences of J below this times max(1,|J|) are rounding. */
#define VALUE_NOISE (64 * DBL_EPSILON)

/* ---- by rate ---- */

/* One coordinate after a step; under |w|, moved towards 0 by the step times l1, and no
 * further (a proximal step). */
static double step_from(const struct descent *descent, size_t i, double step)
{
    double l1 = l1_weight(descent->objective, i);
    double beta = descent->point->beta[i] - step * descent->point->gradient[i];
    return l1 > 0 ? l1_shrink(beta, step * l1) : beta;
}

static void take_step(const struct descent *descent)
{
    struct objective_point *point = descent->point;
    for (size_t i = 0; i < descent->objective->n; i++)
        point->beta[i] = step_from(descent, i, descent->rate);
    point->have = 0;
}

static int take_steps(struct descent *const *descents, size_t n, void *own,
                      struct error *err)
{
    (void)own;
    (void)err;
    for (size_t k = 0; k < n; k++)
        take_step(descents[k]);
    return 1;
}

static const struct descent_method by_rate = {.advance = take_steps};

/* ---- by line search ---- */

struct search {
    struct objective_point trial;
    double next; /* step to try first; 0 at first */
};

/* slope: -‖g‖², of J along the step. */
static bool is_lower(const struct descent *descent, const struct search *search,
                     double step, double slope)
{
    double value = descent->point->value, trial = search->trial.value;
    double end_slope = -vectors_dot(descent->point->gradient, search->trial.gradient,
                                    descent->objective->n);
    return trial <= value + ARMIJO * step * slope ||
           (trial <= value + VALUE_NOISE * fmax(1, fabs(value)) &&
            end_slope <= (2 * ARMIJO - 1) * slope);
}

static void accept_trial(struct descent *descent, struct search *search, double step,
                         double slope)
{
    double change = -slope - vectors_dot(descent->point->gradient, search->trial.gradient,
                                         descent->objective->n);
    struct objective_point left = *descent->point;
    search->next = change > 0 ? step * fmin(-slope / change, MOST_GROWTH) : 2 * step;
    descent->step = step;
    *descent->point = search->trial;
    search->trial = left;
}

/* Of J: y'd ≤ d'd/2η implies the other condition, as J is convex, and needs no difference
 * of values. */
static bool is_bounded(const struct descent *descent, const struct search *search,
                       double step, double *curvature)
{
    const struct objective_point *point = descent->point, *trial = &search->trial;
    double length = 0, slope = 0, change = 0;
    for (size_t i = 0; i < descent->objective->n; i++) {
        double d = trial->beta[i] - point->beta[i];
        length += d * d;
        slope += point->gradient[i] * d;
        change += (trial->gradient[i] - point->gradient[i]) * d;
    }
    *curvature = length > 0 ? change / length : 0;
    return length > 0 && (trial->value <= point->value + slope + length / (2 * step) ||
                          change <= length / (2 * step));
}

static int search_proximal(struct descent *descent, struct search *search,
                           struct error *err)
{
    double first = search->next > 0 ? search->next : descent->rate, curvature;
    for (double step = first; step >= first * LEAST_STEP; step /= 2) {
        bool finite;
        for (size_t i = 0; i < descent->objective->n; i++)
            search->trial.beta[i] = step_from(descent, i, step);
        search->trial.have = 0;
        if (descent_evaluate(descent, &search->trial, &finite, err) < 0)
            return -1;
        if (!finite || !is_bounded(descent, search, step, &curvature))
            continue;
        struct objective_point left = *descent->point;
        search->next = curvature > 0 ? fmin(1 / curvature, MOST_GROWTH * step) : 2 * step;
        descent->step = step;
        *descent->point = search->trial;
        search->trial = left;
        return 1;
    }
    return 0;
}

/* Of one descent: a search is no learning rate, of which there could be several. */
static int search_line(struct descent *const *descents, size_t n_descents, void *own,
                       struct error *err)
{
    struct descent *descent = descents[0];
    struct search *search = own;
    (void)n_descents;
    if (descent->objective->l1)
        return search_proximal(descent, search, err);
    const struct objective_point *point = descent->point;
    size_t n = descent->objective->n;
    double first = search->next > 0 ? search->next : descent->rate;
    double slope = -vectors_dot(point->gradient, point->gradient, n);
    for (double step = first; step >= first * LEAST_STEP; step /= 2) {
        bool finite;
        for (size_t i = 0; i < n; i++)
            search->trial.beta[i] = point->beta[i] - step * point->gradient[i];
        search->trial.have = 0;
        if (descent_evaluate(descent, &search->trial, &finite, err) < 0)
            return -1;
        if (finite && is_lower(descent, search, step, slope)) {
            accept_trial(descent, search, step, slope);
            return 1;
        }
    }
    return 0;
}

static void visit_search(void *own, struct checkpoint *visit)
{
    struct search *search = own;
    checkpoint_number(visit, "next step", &search->next);
}

static const struct descent_method by_search = {.advance = search_line,
                                                .visit = visit_search};

static int solve_by_search(const struct objective *objective,
                           const struct solver_options *options,
                           const struct solver_watch *watch,
                           struct objective_point *point, struct solver_result *result,
                           struct error *err)
{
    struct search search = {0};
    unsigned want = point->hessian ? OBJECTIVE_HESSIAN : 0;
    if (objective_point_new(objective, want, &search.trial, err) < 0)
        return -1;
    int status =
        descent_run(&by_search, &search, objective, options, watch, point, result, err);
    objective_point_free(objective, &search.trial);
    return status;
}

int gradient_descent_solve(const struct objective *objective,
                           const struct solver_options *options,
                           const struct solver_watch *watch,
                           struct objective_point *point, struct solver_result *result,
                           struct error *err)
{
    if (options->schedule == SCHEDULE_LINE_SEARCH)
        return solve_by_search(objective, options, watch, point, result, err);
    return descent_run(&by_rate, NULL, objective, options, watch, point, result, err);
}
