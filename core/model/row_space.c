#include "core/model/row_space.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/model/row_ascent.h"
#include "core/model/row_matrix.h"
#include "core/model/row_step.h"
#include "core/optim/evaluation.h"
#include "core/optim/stopping.h"
#include "core/optim/vectors.h"

#define MOST_ITERATIONS 30U
#define MOST_INTERCEPTS 10U
#define LEAST_STEP 0x1p-20
/* A squared decrement below this share of J is about what margins have of rounding that
 * are added up step by step. */
#define LEAST_DECREMENT 1e-15
#define ENOUGH 2e-4 /* of what a loose tolerance allows J to be above its minimum */
#define PARTS 7U    /* vectors by rows */
/* Until a step tells where it is, which costs a pass, and between two that do. */
#define QUIET_SECONDS 0.01

struct row_space {
    const struct likelihood *likelihood;
    struct row_matrix matrix;
    struct row_step newton;
    const double *y, *weights, *offset; /* [n_rows], or NULL */
    size_t n_rows;
    double intercept, value;
    double *alpha, *margins;      /* Kα + b */
    double *residual, *curvature; /* r, h */
    double *slope;                /* ρ */
    double *trial, *scratch;      /* [n_rows] */
    double *numbers;              /* all of them */
    double told;                  /* when a step told where it is, or it began */
    bool is_close;                /* margins are had anew at each point */
    double decrement, last_decrement, greatest_decrement; /* λ */
};

static int make_vectors(struct row_space *space, struct error *err)
{
    size_t m = space->n_rows;
    double *next = space->numbers = memory_new_aligned(PARTS * m, sizeof(double), err);
    double **const vectors[PARTS] = {&space->alpha,     &space->margins, &space->residual,
                                     &space->curvature, &space->slope,   &space->trial,
                                     &space->scratch};
    for (size_t k = 0; next && k < PARTS; k++, next += m)
        *vectors[k] = next;
    return next ? 0 : -1;
}

static int start(struct row_space *space, const struct estimation *estimation,
                 struct error *err)
{
    const struct design *design = estimation->design;
    struct design_block all;
    *space = (struct row_space){.likelihood = &estimation->likelihood,
                                .n_rows = (size_t)design->n_rows,
                                .decrement = INFINITY};
    design_rows(design, 0, space->n_rows, &all);
    space->y = all.y;
    space->weights = all.weights;
    space->offset = all.offset;
    bool has_intercept = estimation->basis.intercept;
    if (make_vectors(space, err) < 0 ||
        row_matrix_new(&space->matrix, &estimation->likelihood, err) < 0 ||
        row_step_new(&space->newton, &space->matrix, has_intercept, err) < 0)
        return -1;
    if (has_intercept)
        space->intercept = estimation->point.beta[0];
    return 0;
}

static void leave(struct row_space *space)
{
    row_step_free(&space->newton);
    row_matrix_free(&space->matrix);
    memory_free(space->numbers);
}

/* ---- J ---- */

/* Σℓ at these margins; r and h of the rows, if that is where we are. */
static double find_loss(struct row_space *space, const double *margins)
{
    size_t m = space->n_rows;
    double all = space->likelihood->sum_weights;
    for (size_t i = 0; i < m; i++)
        space->scratch[i] = margins[i] + (space->offset ? space->offset[i] : 0);
    return space->likelihood->loss->of_rows(m, space->scratch, space->y, space->weights,
                                            space->residual, space->curvature) /
           all;
}

/* α'Kα by the margins of α. */
static double penalty_of(const struct row_space *space, const double *alpha,
                         const double *margins, double intercept)
{
    double sum = 0;
    for (size_t i = 0; i < space->n_rows; i++)
        sum += alpha[i] * (margins[i] - intercept);
    return sum / 2;
}

static void evaluate(struct row_space *space)
{
    double all = space->likelihood->sum_weights;
    space->value = find_loss(space, space->margins) +
                   penalty_of(space, space->alpha, space->margins, space->intercept);
    for (size_t i = 0; i < space->n_rows; i++) {
        space->residual[i] /= all;
        space->curvature[i] /= all;
        space->slope[i] = space->residual[i] + space->alpha[i];
    }
}

static void move_intercept(struct row_space *space, double move)
{
    for (size_t i = 0; i < space->n_rows; i++)
        space->margins[i] += move;
    space->intercept += move;
    evaluate(space);
}

/* The intercept that is best for α, by Newton's steps as well: that costs the losses
 * alone. Of the last one, which is of what rounding leaves, J does not tell anything. */
static void settle_intercept(struct row_space *space)
{
    for (size_t k = 0; k < MOST_INTERCEPTS; k++) {
        double slope = vectors_sum(space->residual, space->n_rows);
        double curvature = vectors_sum(space->curvature, space->n_rows);
        double last = space->value, move = curvature > 0 ? -slope / curvature : 0;
        bool is_last = !(slope * slope > LEAST_DECREMENT * curvature * fabs(last));
        move_intercept(space, move);
        if (!is_last && space->value > last)
            move_intercept(space, -move);
        if (is_last || space->value > last)
            return;
    }
}

/* ---- Newton's step ---- */

/* Along the step, by halves; false: no step lowers J. */
static bool take_step(struct row_space *space, double *taken)
{
    const struct row_step *newton = &space->newton;
    size_t m = space->n_rows;
    double here = penalty_of(space, space->alpha, space->margins, space->intercept);
    double across = penalty_of(space, newton->step, space->margins, space->intercept);
    double there = penalty_of(space, newton->step, newton->along, newton->intercept);
    for (double t = 1; t >= LEAST_STEP; t /= 2) {
        for (size_t i = 0; i < m; i++)
            space->trial[i] = space->margins[i] + t * newton->along[i];
        double value =
            find_loss(space, space->trial) + here + 2 * t * across + t * t * there;
        if (!isfinite(value) ||
            !evaluation_is_lower(value, space->value, -t * newton->decrement))
            continue;
        vectors_add(t, newton->step, space->alpha, m);
        memcpy(space->margins, space->trial, m * sizeof(double));
        space->intercept += t * newton->intercept;
        *taken = t;
        return true;
    }
    return false;
}

/* ---- the whole ---- */

static void find_point(struct row_space *space, struct objective_point *point)
{
    size_t intercept = space->likelihood->basis->intercept;
    if (intercept)
        point->beta[0] = space->intercept;
    row_matrix_weights(&space->matrix, space->alpha, point->beta + intercept);
    point->have = 0;
}

/* Where this is, for who keeps the best point: now and then. */
static const double *point_to_tell(struct row_space *space, struct objective_point *point)
{
    double now = clock_seconds();
    if (now - space->told < QUIET_SECONDS)
        return NULL;
    space->told = now;
    find_point(space, point);
    return pool_is_over(space->likelihood->pool) ? NULL : point->beta;
}

/* Tells the watch; true: it asks to stop. */
static bool told_to_stop(struct row_space *space, const struct solver_watch *watch,
                         uint64_t iteration, double taken, double seconds,
                         struct objective_point *point)
{
    if (!watch || !watch->on_step)
        return false;
    const struct solver_step step = {.iteration = iteration,
                                     .objective = space->value,
                                     .gradient_norm = space->newton.gradient_norm,
                                     .step = taken,
                                     .seconds = seconds,
                                     .beta = point_to_tell(space, point)};
    return watch->on_step(watch->context, &step) != 0;
}

/* Of α, without what steps have left in them. */
static void find_margins(struct row_space *space)
{
    row_matrix_multiply_closely(&space->matrix, space->alpha, space->margins);
    for (size_t i = 0; i < space->n_rows; i++)
        space->margins[i] += space->intercept;
}

/* ∇J = U'ρ, and of the intercept Σr. */
static void find_gradient(struct row_space *space, double of_intercept, double *gradient)
{
    size_t intercept = space->likelihood->basis->intercept;
    if (intercept)
        gradient[0] = of_intercept;
    row_matrix_slopes(&space->matrix, space->slope, gradient + intercept);
    space->newton.gradient_norm = vectors_norm(gradient, space->likelihood->n);
}

/* At the last point the gradient alone is of use. */
static void begin_step(struct row_space *space, struct objective_point *point,
                       bool is_last)
{
    if (space->is_close)
        find_margins(space);
    evaluate(space);
    if (space->likelihood->basis->intercept)
        settle_intercept(space);
    double gradient = vectors_sum(space->residual, space->n_rows);
    if (is_last)
        find_gradient(space, gradient, point->gradient);
    else
        row_step_begin(&space->newton, space->slope, space->curvature, gradient);
}

/* ---- ending ---- */

static bool is_over(const struct row_space *space)
{
    return solver_is_over(&space->likelihood->hooks->watch) ||
           pool_is_over(space->likelihood->pool);
}

/* λ that no better step is of use for. */
static double noise(const struct row_space *space)
{
    return STOPPING_NOISE * stopping_scale(space->value, space->greatest_decrement);
}

static void find_step(struct row_space *space, const struct solver_options *options)
{
    double loose = options->tolerance > SOLVER_LAST_DIGITS ? options->tolerance : 0;
    double least = noise(space);
    double enough = fmax(ENOUGH * loose * fabs(space->value), least * least / 2);
    row_step_find(&space->newton, space->value, enough, &space->likelihood->hooks->watch);
    space->last_decrement = space->decrement;
    space->decrement = sqrt(fmax(0, space->newton.decrement));
    space->greatest_decrement = fmax(space->greatest_decrement, space->decrement);
}

/* Is λ what rounding leaves? Lengths are those that the penalty has of coefficients. */
static bool is_settled(const struct row_space *space)
{
    const struct row_step *newton = &space->newton;
    double length = penalty_of(space, newton->step, newton->along, newton->intercept);
    double whole = penalty_of(space, space->alpha, space->margins, space->intercept);
    bool ends =
        space->decrement <= noise(space) || space->decrement > space->last_decrement / 2;
    return space->is_close && ends &&
           length <= STOPPING_NEGLIGIBLE_STEP * STOPPING_NEGLIGIBLE_STEP * whole;
}

/* One iteration; false: it was the last one. *n_most: iterations that there may be. */
static bool go_on(struct row_space *space, const struct solver_options *options,
                  struct solver_result *result, double *taken, uint64_t *n_most,
                  bool *met)
{
    find_step(space, options);
    if (is_over(space))
        return false;
    result->newton_decrement = space->decrement;
    *met = is_settled(space) && options->tolerance <= SOLVER_LAST_DIGITS;
    if (*met || !(space->decrement > 0) || !take_step(space, taken))
        return false;
    *met = stopping_is_near(options, space->value, sqrt(2) * space->decrement, NULL, 0);
    if (*met)
        *n_most = result->n_iterations + 1; /* the step squares what is left */
    space->is_close =
        space->decrement * space->decrement / 2 <= LEAST_DECREMENT * fabs(space->value);
    return true;
}

static void approach(struct row_space *space, const struct solver_watch *watch,
                     const struct solver_options *options, struct objective_point *point,
                     struct solver_result *result, bool *met)
{
    double begin = space->told = clock_seconds(), taken = 0;
    uint64_t n_most = options->max_iterations < MOST_ITERATIONS ? options->max_iterations
                                                                : MOST_ITERATIONS;
    *result = (struct solver_result){.stop = SOLVER_TOLERANCE};
    for (;; result->n_iterations++) {
        begin_step(space, point, result->n_iterations == n_most);
        if (told_to_stop(space, watch, result->n_iterations, taken,
                         clock_seconds() - begin, point)) {
            result->stop = SOLVER_STOPPED;
            return;
        }
        if (result->n_iterations == n_most || is_over(space) ||
            !go_on(space, options, result, &taken, &n_most, met))
            return;
    }
}

/* Where the last digits are not asked for J and its gradient are those at the last point,
 * with what steps have left in its margins; they need not be had by a pass. */
static void keep_value(const struct row_space *space,
                       const struct solver_options *options,
                       struct objective_point *point)
{
    if (!(options->tolerance > SOLVER_LAST_DIGITS) ||
        !isfinite(space->newton.gradient_norm))
        return;
    point->value = space->value;
    point->have = OBJECTIVE_VALUE | OBJECTIVE_GRADIENT;
}

/* A point from elsewhere need not be in the space. */
bool row_space_serves(const struct estimation *estimation)
{
    return !estimation->algorithm.is_dense && !estimation->algorithm.has_l1 &&
           estimation->solver == solver_find("newton_cg") &&
           !estimation->options->firth && !estimation->options->held_out &&
           likelihood_is_flat(&estimation->likelihood, estimation->point.beta) &&
           row_matrix_serves(&estimation->likelihood);
}

/* α = 0 */
static void start_flat(struct row_space *space, double intercept)
{
    memset(space->alpha, 0, space->n_rows * sizeof(double));
    space->intercept = intercept;
    for (size_t i = 0; i < space->n_rows; i++)
        space->margins[i] = intercept;
}

/* Near the minimum; from 0, where that is no way or no step is to be taken at all. */
static int start_near(struct row_space *space, const struct solver_options *options,
                      struct error *err)
{
    double flat = space->intercept;
    start_flat(space, flat);
    if (options->max_iterations == 0)
        return 0;
    evaluate(space);
    double value = space->value;
    if (row_ascent_run(&space->matrix, space->alpha, &space->intercept, err) < 0)
        return -1;
    row_matrix_margins(&space->matrix, space->margins);
    for (size_t i = 0; i < space->n_rows; i++)
        space->margins[i] += space->intercept;
    evaluate(space);
    if (!(space->value < value))
        start_flat(space, flat);
    return 0;
}

int row_space_approach(struct estimation *estimation, const struct solver_watch *watch,
                       const struct solver_options *options, bool *met, struct error *err)
{
    struct row_space space;
    int status = start(&space, estimation, err);
    *met = false;
    if (status == 0)
        status = start_near(&space, options, err);
    if (status == 0) {
        approach(&space, watch, options, &estimation->point, &estimation->result, met);
        find_point(&space, &estimation->point);
        if (*met)
            keep_value(&space, options, &estimation->point);
        estimation->likelihood.n_passes += space.matrix.n_passes;
        status = pool_check(estimation->pool, err);
    }
    leave(&space);
    return status;
}
