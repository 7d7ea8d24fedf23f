/*
 * F(β) = J(β) + Σ l1_i |β_i|; g and H: gradient and Hessian of J at β. An iteration:
 *
 *   W                 the working set: coordinates that move (working_set.h)
 *   δ = w - β         w: the minimum of g'δ + ½ δ'Hδ + Σ l1_i |β_i + δ_i| over W, by
 *                     coordinate descent and exactly (quadratic_l1.h)
 *   λ² = -g'δ - Σ l1_i (|w_i| - |β_i|)
 *   β ← β + tδ        t = 1, ½, ¼, … the first with F(β+tδ) ≤ F - 10⁻⁴ t λ²
 *
 * Of H the rows and columns of W are formed, no more: of few coefficients that are not 0
 * an iteration costs little more than a gradient. Where nothing is under |w| this is
 * Newton's method, and λ its decrement; λ² means the same with it: within a factor what F
 * is above its minimum.
 *
 * The tolerance is met when λ² ≤ tolerance·max(1,|F|) and the slopes of coordinates that
 * wait outside of W have a norm within tolerance·max(1,|F|), too. Steps are taken then as
 * long as λ at least halves, as in newton.c: they leave of λ what rounding leaves, and
 * cost little.
 *
 * Yuan, Ho and Lin, "An improved GLMNET for L1-regularized logistic regression" (2012);
 * Lee, Sun and Saunders, "Proximal Newton-type methods for minimizing composite
 * functions" (2014).
 */
#include "core/optim/coordinate_descent.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/optim/checkpoint.h"
#include "core/optim/evaluation.h"
#include "core/optim/l1.h"
#include "core/optim/quadratic_l1.h"
#include "core/optim/vectors.h"
#include "core/optim/working_set.h"

#define LEAST_STEP 0x1p-40
#define ALL (OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_CURVATURE)

/* As in newton.c. */
#define DECREMENT_NOISE 1e-14
#define NEGLIGIBLE_STEP 1e-7
#define MOST_STALLS 5
/* A share of a step so small that what falls without end is elsewhere. */
#define NO_SHARE 1e-3

struct coordinate_descent {
    const struct objective *objective;
    const struct solver_options *options;
    const struct solver_watch *watch;
    struct objective_point here, trial; /* with the curvature */
    struct working_set set;
    struct quadratic_l1 quadratic; /* over the set */
    double value;                  /* F here */
    double decrement;              /* λ here */
    double last_decrement, greatest_decrement;
    double length, greatest_length; /* of δ */
    size_t n_stalls;                /* whole steps in a row that did not halve λ */
    double step;                    /* t that led here */
    double start_seconds;
    struct solver_result result;
};

static void free_descent(struct coordinate_descent *descent)
{
    objective_point_free(descent->objective, &descent->here);
    objective_point_free(descent->objective, &descent->trial);
    working_set_free(&descent->set);
    quadratic_l1_free(&descent->quadratic);
}

static int make_descent(struct coordinate_descent *descent, struct error *err)
{
    const struct objective *objective = descent->objective;
    if (objective_point_new(objective, OBJECTIVE_CURVATURE, &descent->here, err) < 0 ||
        objective_point_new(objective, OBJECTIVE_CURVATURE, &descent->trial, err) < 0 ||
        working_set_new(&descent->set, objective, err) < 0)
        return -1;
    return quadratic_l1_resize(&descent->quadratic, 0, err);
}

/* ---- evaluating ---- */

static int evaluate(struct coordinate_descent *descent, struct objective_point *point,
                    unsigned want, bool *finite, struct error *why, struct error *err)
{
    return evaluation_try(descent->objective, point, want, &descent->result, finite, why,
                          err);
}

static int evaluate_start(struct coordinate_descent *descent, const double *beta,
                          struct error *err)
{
    struct error why = {0};
    bool finite = vectors_all_finite(beta, descent->objective->n);
    memcpy(descent->here.beta, beta, descent->objective->n * sizeof(double));
    if (finite && evaluate(descent, &descent->here, ALL, &finite, &why, err) < 0)
        return -1;
    descent->value = descent->here.value + l1_value(descent->objective, beta);
    return finite ? 0 : evaluation_fail(&descent->result, &why, err);
}

/* ---- going on from a checkpoint ---- */

static void visit_state(void *solver, struct checkpoint *visit)
{
    struct coordinate_descent *descent = solver;
    checkpoint_numbers(visit, "coordinate_descent beta", descent->here.beta,
                       descent->objective->n);
    checkpoint_number(visit, "value", &descent->value);
    checkpoint_number(visit, "decrement", &descent->decrement);
    checkpoint_number(visit, "greatest decrement", &descent->greatest_decrement);
    checkpoint_number(visit, "greatest length", &descent->greatest_length);
    checkpoint_number(visit, "step", &descent->step);
    checkpoint_size(visit, "stalls", &descent->n_stalls);
    checkpoint_count(visit, "iterations", &descent->result.n_iterations);
    checkpoint_count(visit, "evaluations", &descent->result.n_evaluations);
    checkpoint_start(visit, "start", &descent->start_seconds);
}

static int start(struct coordinate_descent *descent, const double *beta,
                 struct error *err)
{
    return checkpoint_resume(descent->watch, visit_state, descent)
               ? evaluation_repeat(descent->objective, &descent->here, descent->step, ALL,
                                   &descent->result, err)
               : evaluate_start(descent, beta, err);
}

/* ---- one iteration ---- */

static int make_quadratic(struct coordinate_descent *descent, struct error *err)
{
    const struct objective *objective = descent->objective;
    const struct working_set *set = &descent->set;
    struct quadratic_l1 *quadratic = &descent->quadratic;
    if (quadratic_l1_resize(quadratic, set->n, err) < 0 ||
        objective->ops->hessian_block(objective->context, &descent->here,
                                      set->coordinates, set->n, quadratic->hessian,
                                      err) < 0)
        return -1;
    quadratic->watch = descent->watch;
    for (size_t i = 0; i < set->n; i++) {
        size_t coordinate = set->coordinates[i];
        quadratic->start[i] = descent->here.beta[coordinate];
        quadratic->gradient[i] = descent->here.gradient[coordinate];
        quadratic->l1[i] = l1_weight(objective, coordinate);
    }
    return 0;
}

static double length_of_step(const struct quadratic_l1 *quadratic)
{
    double squares = 0;
    for (size_t i = 0; i < quadratic->n; i++) {
        double change = quadratic->w[i] - quadratic->start[i];
        squares += change * change;
    }
    return sqrt(squares);
}

static int find_direction(struct coordinate_descent *descent, struct error *err)
{
    const struct quadratic_l1 *quadratic = &descent->quadratic;
    working_set_choose(&descent->set, descent->objective, &descent->here);
    if (make_quadratic(descent, err) < 0)
        return -1;
    quadratic_l1_solve(&descent->quadratic);
    if (descent->watch && solver_is_over(descent->watch))
        return error_set(err, ERROR_CANCELLED, "the search was given up as asked");
    if (!vectors_all_finite(quadratic->w, quadratic->n)) {
        const struct error nowhere = {0};
        return evaluation_fail(&descent->result, &nowhere, err);
    }
    descent->last_decrement = descent->decrement;
    descent->decrement = sqrt(fmax(0, -quadratic_l1_slope(quadratic)));
    descent->greatest_decrement = fmax(descent->greatest_decrement, descent->decrement);
    descent->length = length_of_step(quadratic);
    descent->greatest_length = fmax(descent->greatest_length, descent->length);
    return 0;
}

/* A whole step ends exactly at w, where there are zeros. */
static void move_trial(struct coordinate_descent *descent, double step)
{
    const struct quadratic_l1 *quadratic = &descent->quadratic;
    size_t n = descent->objective->n;
    memcpy(descent->trial.beta, descent->here.beta, n * sizeof(double));
    for (size_t i = 0; i < quadratic->n; i++) {
        double *beta = &descent->trial.beta[descent->set.coordinates[i]];
        *beta = step == 1 ? quadratic->w[i]
                          : *beta + step * (quadratic->w[i] - quadratic->start[i]);
    }
    descent->trial.have = 0;
}

static bool is_lower(const struct coordinate_descent *descent, double step)
{
    double slope = -descent->decrement * descent->decrement;
    double trial =
        descent->trial.value + l1_value(descent->objective, descent->trial.beta);
    return evaluation_is_lower(trial, descent->value, step * slope);
}

/* 1: the trial is where to go, all evaluated. 0: no step lowers F. */
static int search_line(struct coordinate_descent *descent, struct error *err)
{
    struct error why = {0};
    bool finite;
    for (double step = 1; step >= LEAST_STEP; step /= 2) {
        move_trial(descent, step);
        error_clear(&why);
        if (evaluate(descent, &descent->trial, step == 1 ? ALL : OBJECTIVE_VALUE, &finite,
                     &why, err) < 0)
            return -1;
        if (!finite || !is_lower(descent, step))
            continue;
        descent->step = step;
        if (step < 1 && evaluate(descent, &descent->trial, ALL, &finite, &why, err) < 0)
            return -1;
        return finite ? 1 : evaluation_fail(&descent->result, &why, err);
    }
    return 0;
}

static void accept_trial(struct coordinate_descent *descent)
{
    struct objective_point left = descent->here;
    descent->here = descent->trial;
    descent->trial = left;
    descent->value =
        descent->here.value + l1_value(descent->objective, descent->here.beta);
    descent->result.n_iterations++;
}

/* ---- ending ---- */

static bool told_to_stop(const struct coordinate_descent *descent)
{
    const struct solver_watch *watch = descent->watch;
    if (!watch || !watch->on_step)
        return false;
    const struct solver_step step = {
        .iteration = descent->result.n_iterations,
        .objective = descent->value,
        .gradient_norm = l1_slopes_norm(descent->objective, &descent->here),
        .step = descent->step,
        .seconds = clock_seconds() - descent->start_seconds,
        .beta = descent->here.beta};
    return watch->on_step(watch->context, &step) != 0;
}

/* Along coefficients under |w| F does not fall for ever: do others make the step? */
static bool may_be_endless(const struct coordinate_descent *descent)
{
    const struct quadratic_l1 *quadratic = &descent->quadratic;
    double squares = 0;
    for (size_t i = 0; i < quadratic->n; i++) {
        double change = quadratic->w[i] - quadratic->start[i];
        squares += quadratic->l1[i] > 0 ? change * change : 0;
    }
    return sqrt(squares) <= NO_SHARE * descent->length;
}

static bool is_settled(struct coordinate_descent *descent)
{
    double size = fmax(1, fabs(descent->value)), decrement = descent->decrement;
    bool is_close = descent->quadratic.is_solved &&
                    descent->set.left_out <= descent->options->tolerance * size &&
                    decrement * decrement <= descent->options->tolerance * size;
    bool is_noise =
        decrement <= DECREMENT_NOISE * fmax(sqrt(size), descent->greatest_decrement);
    bool halves = decrement <= descent->last_decrement / 2;
    bool is_negligible =
        descent->length <=
        NEGLIGIBLE_STEP * fmax(vectors_norm(descent->here.beta, descent->objective->n),
                               descent->greatest_length);
    bool stalls = !halves && descent->step == 1 && may_be_endless(descent);
    descent->n_stalls = stalls ? descent->n_stalls + 1 : 0;
    if (is_close && ((is_noise && descent->result.n_iterations == 0) ||
                     ((is_noise || !halves) && is_negligible)))
        descent->result.stop = SOLVER_TOLERANCE;
    else if (descent->n_stalls >= MOST_STALLS)
        descent->result.stop = SOLVER_UNBOUNDED;
    else
        return false;
    return true;
}

/* Is this the end, for whatever reason? */
static bool has_ended(struct coordinate_descent *descent)
{
    if (told_to_stop(descent)) {
        descent->result.stop = SOLVER_STOPPED;
        return true;
    }
    if (is_settled(descent))
        return true;
    descent->result.stop = SOLVER_MAX_ITERATIONS;
    return descent->result.n_iterations >= descent->options->max_iterations;
}

static int iterate(struct coordinate_descent *descent, struct error *err)
{
    for (;;) {
        checkpoint_offer(descent->watch, visit_state, descent);
        if (find_direction(descent, err) < 0)
            return -1;
        if (has_ended(descent))
            return 0;
        int found = search_line(descent, err);
        if (found < 0)
            return -1;
        if (found == 0) {
            descent->result.stop = SOLVER_NO_PROGRESS;
            return 0;
        }
        accept_trial(descent);
    }
}

static void hand_over(const struct coordinate_descent *descent,
                      struct objective_point *point)
{
    size_t n_bytes = descent->objective->n * sizeof(double);
    memcpy(point->beta, descent->here.beta, n_bytes);
    memcpy(point->gradient, descent->here.gradient, n_bytes);
    point->value = descent->here.value;
    point->have = OBJECTIVE_VALUE | OBJECTIVE_GRADIENT;
}

int coordinate_descent_solve(const struct objective *objective,
                             const struct solver_options *options,
                             const struct solver_watch *watch,
                             struct objective_point *point, struct solver_result *result,
                             struct error *err)
{
    struct coordinate_descent descent = {.objective = objective,
                                         .options = options,
                                         .watch = watch,
                                         .decrement = INFINITY,
                                         .start_seconds = clock_seconds()};
    int status = make_descent(&descent, err);
    if (status == 0)
        status = start(&descent, point->beta, err);
    if (status == 0)
        status = iterate(&descent, err);
    if (status == 0) {
        descent.result.newton_decrement = descent.decrement;
        hand_over(&descent, point);
        *result = descent.result;
    }
    free_descent(&descent);
    return status;
}
