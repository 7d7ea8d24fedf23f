/*
 * An iteration, g the gradient of J at β, with the last ten pairs s = β⁺ - β, y = g⁺ - g:
 *
 *   δ = -Hg           H ≈ (∇²J)⁻¹ from the pairs, by the two loops around γM⁻¹; M: near
 *                     the Hessian at the start (metric.h), γ = s'y / y'M⁻¹y of the
 *                     newest pair
 *   β ← β + tδ        t = 1 first; the strong Wolfe conditions (wolfe.h)
 *
 * With l1 the same for F = J + Σ l1_i |β_i|: g becomes the slope of F (l1.h), but not in
 * y; of δ what does not fall along its slope becomes 0; and the step stays within an
 * orthant (orthant.h).
 *
 * The tolerance is met when ‖g‖ ≤ tolerance·max(1,|J|). Convergence is linear: what is
 * left of the decrement then, the caller finds out. Where M is given, it is met by a
 * decrement (stopping.h) of λ² = 2·g'Hg/(1-q)², q: what g'Hg has become as a share of the
 * last one, by its root. So M may be twice the Hessian: of a sample of n rows for each
 * coefficient it is hardly more than (1 + n^-½)² times that (Marchenko and Pastur, 1967).
 * Where it is more yet, steps are short; if those to come are each q times the one
 * before, they add up to 1/(1-q) of the next. A pair whose curvature s'y is not above
 * rounding is not kept; where no step lowers J, the pairs are forgotten once and the
 * gradient is followed.
 *
 * Liu and Nocedal, "On the limited memory BFGS method for large scale optimization"
 * (1989); Andrew and Gao (2007); Nocedal and Wright, "Numerical Optimization" (2006),
 * algorithms 7.4 and 7.5.
 */
#include "core/optim/lbfgs.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/optim/checkpoint.h"
#include "core/optim/evaluation.h"
#include "core/optim/l1.h"
#include "core/optim/metric.h"
#include "core/optim/orthant.h"
#include "core/optim/stopping.h"
#include "core/optim/vectors.h"
#include "core/optim/wolfe.h"

#define MEMORY 10U
#define METRIC_ERROR 2 /* of a given M, at most that many Hessians */
#define MOST_KEPT 0.9  /* q, at most */

struct lbfgs {
    const struct objective *objective;
    const struct solver_options *options;
    const struct solver_watch *watch;
    struct objective_point *point; /* where we are; the caller's */
    struct objective_point trial;
    size_t n_pairs, newest;        /* of a ring */
    double *s[MEMORY], *y[MEMORY]; /* [n] each, of one array */
    double curvature[MEMORY];      /* s'y */
    double scale;                  /* γ of the newest */
    double *pairs, *direction, *scaled;
    double *slope;  /* [n] g */
    double *origin; /* where M was found: for going on from a checkpoint */
    struct metric metric;
    double gradient; /* norm of g */
    double along;    /* -g'δ, where M is given; +inf at first */
    double step, start_seconds;
    struct solver_result result;
};

static void free_lbfgs(struct lbfgs *lbfgs)
{
    objective_point_free(lbfgs->objective, &lbfgs->trial);
    memory_free(lbfgs->pairs);
    memory_free(lbfgs->direction);
    memory_free(lbfgs->scaled);
    memory_free(lbfgs->slope);
    memory_free(lbfgs->origin);
    metric_free(&lbfgs->metric);
}

static int make_lbfgs(struct lbfgs *lbfgs, struct error *err)
{
    size_t n = lbfgs->objective->n, n_cells;
    if (objective_point_new(lbfgs->objective, OBJECTIVE_GRADIENT, &lbfgs->trial, err) < 0)
        return -1;
    if (!memory_product(2 * (size_t)MEMORY, n, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    lbfgs->pairs = memory_new_aligned(n_cells, sizeof(double), err);
    lbfgs->direction = memory_new_aligned(n, sizeof(double), err);
    lbfgs->scaled = memory_new_aligned(n, sizeof(double), err);
    lbfgs->slope = memory_new_aligned(n, sizeof(double), err);
    lbfgs->origin = memory_new_aligned(n, sizeof(double), err);
    if (!lbfgs->pairs || !lbfgs->direction || !lbfgs->scaled || !lbfgs->slope ||
        !lbfgs->origin ||
        metric_new(&lbfgs->metric, lbfgs->objective, lbfgs->options->metric, err) < 0)
        return -1;
    for (size_t i = 0; i < MEMORY; i++) {
        lbfgs->s[i] = lbfgs->pairs + 2 * i * n;
        lbfgs->y[i] = lbfgs->s[i] + n;
    }
    return 0;
}

/* From a point of its own, which goes when M is known: it may be large. */
static int evaluate_origin(struct lbfgs *lbfgs, struct objective_point *origin,
                           struct error *err)
{
    const struct objective *objective = lbfgs->objective;
    size_t n_bytes = objective->n * sizeof(double);
    memcpy(origin->beta, lbfgs->origin, n_bytes);
    if (evaluation_start(objective, lbfgs->options, origin,
                         OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_CURVATURE,
                         &lbfgs->result, err) < 0)
        return -1;
    memcpy(lbfgs->origin, origin->beta, n_bytes);
    return metric_find(&lbfgs->metric, objective, origin, err);
}

static void take_origin(struct lbfgs *lbfgs, const struct objective_point *origin)
{
    size_t n_bytes = lbfgs->objective->n * sizeof(double);
    memcpy(lbfgs->point->beta, origin->beta, n_bytes);
    memcpy(lbfgs->point->gradient, origin->gradient, n_bytes);
    lbfgs->point->value = origin->value;
}

/* ---- going on from a checkpoint ---- */

static void visit_state(void *solver, struct checkpoint *visit)
{
    struct lbfgs *lbfgs = solver;
    size_t n = lbfgs->objective->n;
    checkpoint_numbers(visit, "lbfgs beta", lbfgs->point->beta, n);
    checkpoint_number(visit, "value", &lbfgs->point->value);
    checkpoint_numbers(visit, "gradient", lbfgs->point->gradient, n);
    checkpoint_numbers(visit, "origin", lbfgs->origin, n);
    checkpoint_numbers(visit, "pairs", lbfgs->pairs, 2 * (size_t)MEMORY * n);
    checkpoint_numbers(visit, "curvature", lbfgs->curvature, MEMORY);
    checkpoint_number(visit, "scale", &lbfgs->scale);
    checkpoint_size(visit, "number of pairs", &lbfgs->n_pairs);
    checkpoint_size(visit, "newest", &lbfgs->newest);
    checkpoint_number(visit, "along", &lbfgs->along);
    checkpoint_number(visit, "step", &lbfgs->step);
    checkpoint_count(visit, "iterations", &lbfgs->result.n_iterations);
    checkpoint_count(visit, "evaluations", &lbfgs->result.n_evaluations);
    checkpoint_start(visit, "start", &lbfgs->start_seconds);
}

/* M is given: nothing is to be found out about the start. */
static int start_in_metric(struct lbfgs *lbfgs, bool is_resumed, struct error *err)
{
    lbfgs->point->have = is_resumed ? OBJECTIVE_VALUE | OBJECTIVE_GRADIENT : 0;
    return is_resumed ? 0
                      : evaluation_start(lbfgs->objective, lbfgs->options, lbfgs->point,
                                         OBJECTIVE_VALUE | OBJECTIVE_GRADIENT,
                                         &lbfgs->result, err);
}

static int start(struct lbfgs *lbfgs, struct error *err)
{
    struct objective_point origin;
    bool is_resumed = checkpoint_resume(lbfgs->watch, visit_state, lbfgs);
    if (lbfgs->options->metric)
        return start_in_metric(lbfgs, is_resumed, err);
    uint64_t n_evaluations = lbfgs->result.n_evaluations;
    if (!is_resumed)
        memcpy(lbfgs->origin, lbfgs->point->beta, lbfgs->objective->n * sizeof(double));
    if (objective_point_new(lbfgs->objective, OBJECTIVE_CURVATURE, &origin, err) < 0)
        return -1;
    int status = evaluate_origin(lbfgs, &origin, err);
    if (status == 0 && is_resumed)
        lbfgs->result.n_evaluations = n_evaluations;
    else if (status == 0)
        take_origin(lbfgs, &origin);
    lbfgs->point->have = OBJECTIVE_VALUE | OBJECTIVE_GRADIENT;
    objective_point_free(lbfgs->objective, &origin);
    return status;
}

/* ---- the two loops ---- */

/* Place in the ring of the i-th pair, the newest first. */
static size_t place_of(const struct lbfgs *lbfgs, size_t i)
{
    return (lbfgs->newest + MEMORY - i) % MEMORY;
}

/* γ. Without pairs Newton's step as M has the Hessian, 1 long at most unless M is given.
 */
static double initial_scale(struct lbfgs *lbfgs)
{
    if (lbfgs->n_pairs > 0)
        return lbfgs->scale;
    if (lbfgs->options->metric)
        return 1;
    metric_solve(&lbfgs->metric, lbfgs->slope, lbfgs->scaled);
    return 1 / fmax(1, vectors_norm(lbfgs->scaled, lbfgs->objective->n));
}

/* δ = -Hg. */
static void find_direction(struct lbfgs *lbfgs)
{
    size_t n = lbfgs->objective->n;
    double alpha[MEMORY], *q = lbfgs->direction, scale = initial_scale(lbfgs);
    for (size_t i = 0; i < n; i++)
        q[i] = -lbfgs->slope[i];
    for (size_t i = 0; i < lbfgs->n_pairs; i++) {
        size_t k = place_of(lbfgs, i);
        alpha[k] = vectors_dot(lbfgs->s[k], q, n) / lbfgs->curvature[k];
        vectors_add(-alpha[k], lbfgs->y[k], q, n);
    }
    metric_solve(&lbfgs->metric, q, lbfgs->scaled);
    for (size_t i = 0; i < n; i++)
        q[i] = scale * lbfgs->scaled[i];
    for (size_t i = lbfgs->n_pairs; i-- > 0;) {
        size_t k = place_of(lbfgs, i);
        double beta = vectors_dot(lbfgs->y[k], q, n) / lbfgs->curvature[k];
        vectors_add(alpha[k] - beta, lbfgs->s[k], q, n);
    }
    orthant_align(lbfgs->objective, lbfgs->slope, q);
}

/* The pair from the point to the trial. */
static void keep_pair(struct lbfgs *lbfgs)
{
    size_t n = lbfgs->objective->n, k = (lbfgs->newest + 1) % MEMORY;
    double *s = lbfgs->s[k], *y = lbfgs->y[k];
    for (size_t i = 0; i < n; i++) {
        s[i] = lbfgs->trial.beta[i] - lbfgs->point->beta[i];
        y[i] = lbfgs->trial.gradient[i] - lbfgs->point->gradient[i];
    }
    double curvature = vectors_dot(s, y, n);
    bool is_sound = curvature > DBL_EPSILON * vectors_norm(s, n) * vectors_norm(y, n);
    if (lbfgs->n_pairs == MEMORY)
        lbfgs->n_pairs--; /* the oldest lay there */
    if (!is_sound)
        return;
    metric_solve(&lbfgs->metric, y, lbfgs->scaled);
    lbfgs->scale = curvature / vectors_dot(y, lbfgs->scaled, n);
    lbfgs->curvature[k] = curvature;
    lbfgs->newest = k;
    lbfgs->n_pairs++;
}

static void accept_trial(struct lbfgs *lbfgs)
{
    size_t n_bytes = lbfgs->objective->n * sizeof(double);
    keep_pair(lbfgs);
    memcpy(lbfgs->point->beta, lbfgs->trial.beta, n_bytes);
    memcpy(lbfgs->point->gradient, lbfgs->trial.gradient, n_bytes);
    lbfgs->point->value = lbfgs->trial.value;
    lbfgs->point->have = OBJECTIVE_VALUE | OBJECTIVE_GRADIENT;
    lbfgs->result.n_iterations++;
}

/* ---- iterations ---- */

/* Of J, or F. */
static double value_of(const struct lbfgs *lbfgs)
{
    return lbfgs->point->value + l1_value(lbfgs->objective, lbfgs->point->beta);
}

static bool told_to_stop(const struct lbfgs *lbfgs)
{
    const struct solver_watch *watch = lbfgs->watch;
    const struct solver_step step = {.iteration = lbfgs->result.n_iterations,
                                     .objective = value_of(lbfgs),
                                     .gradient_norm = lbfgs->gradient,
                                     .step = lbfgs->step,
                                     .seconds = clock_seconds() - lbfgs->start_seconds,
                                     .beta = lbfgs->point->beta};
    return watch && watch->on_step && watch->on_step(watch->context, &step) != 0;
}

/* By δ, as far as M tells. */
static bool has_small_decrement(struct lbfgs *lbfgs)
{
    const struct solver_options *options = lbfgs->options;
    size_t n = lbfgs->objective->n;
    double value = lbfgs->point->value, last = lbfgs->along;
    lbfgs->along = fmax(0, -vectors_dot(lbfgs->slope, lbfgs->direction, n));
    double left = 1 - fmin(sqrt(lbfgs->along / last), MOST_KEPT);
    double squared = METRIC_ERROR * lbfgs->along / (left * left);
    lbfgs->result.newton_decrement = sqrt(squared);
    return squared <= options->tolerance * fmax(1, fabs(value)) &&
           (options->is_first_of_two ||
            stopping_is_near(options, value, sqrt(squared), lbfgs->direction, n));
}

static bool meets_tolerance(struct lbfgs *lbfgs)
{
    return lbfgs->options->metric ? has_small_decrement(lbfgs)
                                  : lbfgs->gradient <= lbfgs->options->tolerance *
                                                           fmax(1, fabs(value_of(lbfgs)));
}

static bool has_ended(struct lbfgs *lbfgs)
{
    if (told_to_stop(lbfgs))
        lbfgs->result.stop = SOLVER_STOPPED;
    else if (meets_tolerance(lbfgs))
        lbfgs->result.stop = SOLVER_TOLERANCE;
    else if (lbfgs->result.n_iterations >= lbfgs->options->max_iterations)
        lbfgs->result.stop = SOLVER_MAX_ITERATIONS;
    else
        return false;
    return true;
}

/* From the point along δ. */
static enum wolfe_end search_along(struct lbfgs *lbfgs, struct error *err)
{
    const struct wolfe wolfe = {.objective = lbfgs->objective,
                                .start = lbfgs->point,
                                .direction = lbfgs->direction,
                                .trial = &lbfgs->trial,
                                .result = &lbfgs->result};
    const struct orthant orthant = {.objective = lbfgs->objective,
                                    .start = lbfgs->point,
                                    .slope = lbfgs->slope,
                                    .direction = lbfgs->direction,
                                    .trial = &lbfgs->trial,
                                    .result = &lbfgs->result};
    lbfgs->step = 1;
    return lbfgs->objective->l1 ? orthant_search(&orthant, &lbfgs->step, err)
                                : wolfe_search(&wolfe, &lbfgs->step, err);
}

/* Without pairs once more, where with them no step lowers J. */
static enum wolfe_end search_line(struct lbfgs *lbfgs, struct error *err)
{
    enum wolfe_end end = search_along(lbfgs, err);
    if (end != WOLFE_NONE || lbfgs->n_pairs == 0)
        return end;
    lbfgs->n_pairs = 0;
    find_direction(lbfgs);
    return search_along(lbfgs, err);
}

static int iterate(struct lbfgs *lbfgs, struct error *err)
{
    for (;;) {
        checkpoint_offer(lbfgs->watch, visit_state, lbfgs);
        lbfgs->gradient = l1_slopes(lbfgs->objective, lbfgs->point, lbfgs->slope);
        find_direction(lbfgs);
        if (has_ended(lbfgs))
            return 0;
        enum wolfe_end end = search_line(lbfgs, err);
        if (end == WOLFE_FAILED)
            return -1;
        lbfgs->result.stop = SOLVER_NO_PROGRESS;
        if (end == WOLFE_NONE)
            return 0;
        accept_trial(lbfgs);
        lbfgs->result.stop = SOLVER_UNBOUNDED;
        if (end == WOLFE_BOTTOMLESS)
            return 0;
    }
}

int lbfgs_solve(const struct objective *objective, const struct solver_options *options,
                const struct solver_watch *watch, struct objective_point *point,
                struct solver_result *result, struct error *err)
{
    struct lbfgs lbfgs = {.objective = objective,
                          .options = options,
                          .watch = watch,
                          .point = point,
                          .along = INFINITY,
                          .result.newton_decrement = NAN,
                          .start_seconds = clock_seconds()};
    int status = make_lbfgs(&lbfgs, err);
    if (status == 0)
        status = start(&lbfgs, err);
    if (status == 0)
        status = iterate(&lbfgs, err);
    if (status == 0)
        *result = lbfgs.result;
    free_lbfgs(&lbfgs);
    return status;
}
