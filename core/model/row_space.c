#include "core/model/row_space.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/model/row_matrix.h"
#include "core/optim/evaluation.h"
#include "core/optim/stopping.h"
#include "core/optim/vectors.h"

#define MOST_ITERATIONS 30U
#define LEAST_STEP 0x1p-20
#define LOOSE 0.25 /* forcing terms of conjugate gradients */
#define CLOSE 1e-4
#define NOISE 1e-26
#define MOST_PRODUCTS 500U
/* A squared decrement below this share of J is worth no more steps here. */
#define LEAST_DECREMENT 1e-15
#define PARTS 13U /* vectors by rows */

struct row_space {
    const struct likelihood *likelihood;
    struct row_matrix matrix;
    const double *y, *weights, *offset; /* [n_rows], or NULL */
    size_t n_rows;
    double intercept, value;
    double *alpha, *margins;      /* Kα + b */
    double *residual, *curvature; /* r, h */
    double *slope, *step, *along; /* ρ, δα, Kδα + δb */
    double step_intercept;
    double decrement;                                                    /* squared */
    double *rest, *direction, *by_direction, *product, *trial, *scratch; /* [n_rows] */
    double *numbers;                                                     /* all of them */
};

static int make_vectors(struct row_space *space, struct error *err)
{
    size_t m = space->n_rows;
    double *next = space->numbers = memory_new_aligned(PARTS * m, sizeof(double), err);
    double **const vectors[PARTS] = {
        &space->alpha,     &space->margins,      &space->residual, &space->curvature,
        &space->slope,     &space->step,         &space->along,    &space->rest,
        &space->direction, &space->by_direction, &space->product,  &space->trial,
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
                                .n_rows = (size_t)design->n_rows};
    design_rows(design, 0, space->n_rows, &all);
    space->y = all.y;
    space->weights = all.weights;
    space->offset = all.offset;
    if (make_vectors(space, err) < 0 ||
        row_matrix_new(&space->matrix, &estimation->likelihood, err) < 0)
        return -1;
    if (estimation->basis.intercept)
        space->intercept = estimation->point.beta[0];
    for (size_t i = 0; i < space->n_rows; i++)
        space->margins[i] = space->intercept;
    return 0;
}

static void leave(struct row_space *space)
{
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

static double sum_of(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    return sum;
}

/* ---- Newton's step ---- */

/* product = H∘(Kd + db) + d of the direction; returns what that is of the intercept. */
static double multiply(struct row_space *space, double direction_intercept)
{
    double sum = 0;
    for (size_t i = 0; i < space->n_rows; i++) {
        double bent =
            space->curvature[i] * (space->by_direction[i] + direction_intercept);
        space->product[i] = bent + space->direction[i];
        sum += bent;
    }
    return space->likelihood->basis->intercept ? sum : 0;
}

/* Q(δ) = ½ δ'(g - rest), by the product of w-parts that K is. */
static double model_value(const struct row_space *space, double gradient_intercept,
                          double rest_intercept)
{
    double sum = space->step_intercept * (gradient_intercept - rest_intercept);
    for (size_t i = 0; i < space->n_rows; i++)
        sum += space->along[i] * (space->slope[i] - space->rest[i]);
    return sum / 2;
}

/* Σh, or 1 where there is nothing to divide. */
static double intercept_curvature(const struct row_space *space)
{
    double sum = sum_of(space->curvature, space->n_rows);
    return space->likelihood->basis->intercept && sum > 0 ? sum : 1;
}

/* From 0 on, until the model falls by this share of the mean fall so far. `along` is Kδ.
 * Returns g'δ. */
static double solve(struct row_space *space, double forcing)
{
    size_t m = space->n_rows, n_bytes = m * sizeof(double);
    bool has_intercept = space->likelihood->basis->intercept;
    double gradient = has_intercept ? sum_of(space->residual, m) : 0;
    double rest = -gradient, scale = intercept_curvature(space), value = 0;
    memset(space->step, 0, n_bytes);
    memset(space->along, 0, n_bytes);
    space->step_intercept = 0;
    for (size_t i = 0; i < m; i++)
        space->rest[i] = space->direction[i] = -space->slope[i];
    row_matrix_multiply(&space->matrix, space->rest, space->by_direction);
    double size = vectors_dot(space->rest, space->by_direction, m) + rest * rest / scale;
    double noise = NOISE * size, turned = rest / scale;
    for (size_t k = 1; k <= MOST_PRODUCTS && size > noise &&
                       !solver_is_over(&space->likelihood->hooks->watch);
         k++) {
        double product = multiply(space, turned);
        double amount = size / (vectors_dot(space->by_direction, space->product, m) +
                                turned * product);
        vectors_add(amount, space->direction, space->step, m);
        vectors_add(amount, space->by_direction, space->along, m);
        vectors_add(-amount, space->product, space->rest, m);
        space->step_intercept += amount * turned;
        rest -= amount * product;
        double last_value = value, last_size = size;
        value = model_value(space, gradient, rest);
        if ((double)k * (last_value - value) <= -forcing * value)
            break;
        row_matrix_multiply(&space->matrix, space->rest, space->trial);
        size = vectors_dot(space->rest, space->trial, m) + rest * rest / scale;
        double share = size / last_size;
        for (size_t i = 0; i < m; i++) {
            space->direction[i] = space->rest[i] + share * space->direction[i];
            space->by_direction[i] = space->trial[i] + share * space->by_direction[i];
        }
        turned = rest / scale + share * turned;
    }
    return vectors_dot(space->slope, space->along, m) + gradient * space->step_intercept;
}

/* And λ² = -g'δ. */
static void find_step(struct row_space *space, double forcing)
{
    space->decrement = -solve(space, forcing);
    for (size_t i = 0; i < space->n_rows; i++)
        space->along[i] += space->step_intercept;
}

/* Along the step, by halves; false: no step lowers J. */
static bool take_step(struct row_space *space, double *taken)
{
    size_t m = space->n_rows;
    double here = penalty_of(space, space->alpha, space->margins, space->intercept);
    double across = penalty_of(space, space->step, space->margins, space->intercept);
    double there = penalty_of(space, space->step, space->along, space->step_intercept);
    for (double t = 1; t >= LEAST_STEP; t /= 2) {
        for (size_t i = 0; i < m; i++)
            space->trial[i] = space->margins[i] + t * space->along[i];
        double value =
            find_loss(space, space->trial) + here + 2 * t * across + t * t * there;
        if (!isfinite(value) ||
            !evaluation_is_lower(value, space->value, -t * space->decrement))
            continue;
        vectors_add(t, space->step, space->alpha, m);
        memcpy(space->margins, space->trial, m * sizeof(double));
        space->intercept += t * space->step_intercept;
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

/* Tells the watch; true: it asks to stop. */
static bool told_to_stop(struct row_space *space, const struct solver_watch *watch,
                         uint64_t iteration, double taken, double seconds,
                         struct objective_point *point)
{
    size_t n = space->matrix.n_active, intercept = space->likelihood->basis->intercept;
    if (!watch || !watch->on_step)
        return false;
    find_point(space, point);
    row_matrix_gradient(&space->matrix, space->slope, point->gradient + intercept);
    if (intercept)
        point->gradient[0] = sum_of(space->residual, space->n_rows);
    const struct solver_step step = {.iteration = iteration,
                                     .objective = space->value,
                                     .gradient_norm =
                                         vectors_norm(point->gradient, intercept + n),
                                     .step = taken,
                                     .seconds = seconds,
                                     .beta = point->beta};
    return watch->on_step(watch->context, &step) != 0;
}

static void approach(struct row_space *space, const struct solver_watch *watch,
                     const struct solver_options *options, struct objective_point *point,
                     struct solver_result *result, bool *met)
{
    double begin = clock_seconds(), taken = 0, first = 0;
    uint64_t most = options->max_iterations < MOST_ITERATIONS ? options->max_iterations
                                                              : MOST_ITERATIONS;
    *result = (struct solver_result){.stop = SOLVER_TOLERANCE};
    for (;; result->n_iterations++) {
        evaluate(space);
        if (told_to_stop(space, watch, result->n_iterations, taken,
                         clock_seconds() - begin, point)) {
            result->stop = SOLVER_STOPPED;
            return;
        }
        if (result->n_iterations == most ||
            solver_is_over(&space->likelihood->hooks->watch))
            return;
        double share =
            first > 0 ? fmax(CLOSE, fmin(LOOSE, sqrt(space->decrement / first))) : LOOSE;
        find_step(space, share);
        first = fmax(first, space->decrement);
        if (!(space->decrement > 0) || !take_step(space, &taken))
            return;
        result->newton_decrement = sqrt(space->decrement);
        *met =
            stopping_is_near(options, space->value, sqrt(2 * space->decrement), NULL, 0);
        if (*met || space->decrement / 2 <= LEAST_DECREMENT * fabs(space->value))
            most = result->n_iterations + 1; /* the step squares what is left */
    }
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

int row_space_approach(struct estimation *estimation, const struct solver_watch *watch,
                       const struct solver_options *options, bool *met, struct error *err)
{
    struct row_space space;
    int status = start(&space, estimation, err);
    *met = false;
    if (status == 0) {
        approach(&space, watch, options, &estimation->point, &estimation->result, met);
        find_point(&space, &estimation->point);
        estimation->likelihood.n_passes += space.matrix.n_passes;
    }
    leave(&space);
    return status;
}
