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
 * Where the objective offers parts of itself (coordinate_part.h), the minimum over W is
 * found first by what belongs to W alone, with many such steps; then a gradient by all
 * coordinates tells who is missing in it. These are the rounds of Celer, and most often
 * all there is to do.
 *
 * The tolerance is met when λ² ≤ tolerance·max(1,|F|) and the slopes of coordinates that
 * wait outside of W have a norm within tolerance·max(1,|F|), too. Where more than
 * EXACT is asked for, steps are taken then as long as λ at least halves, as in newton.c:
 * they leave of λ what rounding leaves, and cost little. Else the end is where the
 * duality gap is within the tolerance, too.
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
#include "core/optim/coordinate_part.h"
#include "core/optim/evaluation.h"
#include "core/optim/l1.h"
#include "core/optim/quadratic_l1.h"
#include "core/optim/vectors.h"
#include "core/optim/working_set.h"

#define LEAST_STEP 0x1p-40
#define ALL (OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_CURVATURE)

/* Tolerances up to this are met to rounding. */
#define EXACT 1e-8
/* A part of which others are missing that should move is solved so far. */
#define COARSE 1e-2
/* Far from the minimum the quadratic of many coordinates need not be solved exactly: the
 * last decrement squared tells how far. */
#define FAR 1e-6
#define MANY 64U

/* Coordinates that are 0 wait within a part if their gradient exceeds this share of l1.
 */
#define NEAR 0.95

/* As in newton.c. */
#define DECREMENT_NOISE 1e-14
#define NEGLIGIBLE_STEP 1e-7
#define MOST_STALLS 5
/* A share of a step so small that what falls without end is elsewhere. */
#define NO_SHARE 1e-3

/* By parts of the objective; the last of them was all that mattered; with the whole. */
enum { BY_PARTS, BY_PARTS_SETTLED, BY_THE_WHOLE };

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
    size_t phase;
    bool is_told; /* here */
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
        objective_point_new(objective, OBJECTIVE_CURVATURE, &descent->trial, err) < 0)
        return -1;
    return working_set_new(&descent->set, objective, err);
}

/* ---- evaluating ---- */

static int evaluate(struct coordinate_descent *descent, struct objective_point *point,
                    unsigned want, bool *finite, struct error *why, struct error *err)
{
    return evaluation_try(descent->objective, point, want, &descent->result, finite, why,
                          err);
}

static bool has_value_and_gradient(const struct objective_point *point)
{
    return (point->have & OBJECTIVE_VALUE) && (point->have & OBJECTIVE_GRADIENT);
}

/* Where value and gradient are known they are not had again. */
static int evaluate_start(struct coordinate_descent *descent,
                          const struct objective_point *start, struct error *err)
{
    struct error why = {0};
    size_t n = descent->objective->n;
    bool finite = vectors_all_finite(start->beta, n);
    memcpy(descent->here.beta, start->beta, n * sizeof(double));
    if (has_value_and_gradient(start)) {
        memcpy(descent->here.gradient, start->gradient, n * sizeof(double));
        descent->here.value = start->value;
        descent->here.have = OBJECTIVE_VALUE | OBJECTIVE_GRADIENT;
    } else if (finite && evaluate(descent, &descent->here, ALL, &finite, &why, err) < 0)
        return -1;
    descent->value = descent->here.value + l1_value(descent->objective, start->beta);
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
    checkpoint_size(visit, "phase", &descent->phase);
    checkpoint_count(visit, "iterations", &descent->result.n_iterations);
    checkpoint_count(visit, "evaluations", &descent->result.n_evaluations);
    checkpoint_start(visit, "start", &descent->start_seconds);
}

static int start(struct coordinate_descent *descent, const struct objective_point *point,
                 struct error *err)
{
    return checkpoint_resume(descent->watch, visit_state, descent)
               ? evaluation_repeat(descent->objective, &descent->here, descent->step, ALL,
                                   &descent->result, err)
               : evaluate_start(descent, point, err);
}

/* ---- one iteration ---- */

static bool is_far(const struct coordinate_descent *descent)
{
    return descent->decrement * descent->decrement > FAR * fmax(1, fabs(descent->value));
}

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
    quadratic->is_coarse = is_far(descent) && set->n > MANY && objective->l1;
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
    descent->set.reach = 0;
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
    descent->is_told = false;
}

/* ---- ending ---- */

/* Each point is told once. */
static bool told_to_stop(struct coordinate_descent *descent)
{
    const struct solver_watch *watch = descent->watch;
    if (!watch || !watch->on_step || descent->is_told)
        return false;
    descent->is_told = true;
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
    bool is_exact = descent->options->tolerance <= EXACT || !descent->objective->l1;
    if (is_close && !is_exact &&
        l1_gap(descent->objective, &descent->here) <= descent->options->tolerance * size)
        descent->result.stop = SOLVER_TOLERANCE;
    else if (is_close && ((is_noise && descent->result.n_iterations == 0) ||
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

/* ---- by parts ---- */

/* As exactly as is asked for, once all that should move is in the set. */
static struct solver_options part_options(const struct coordinate_descent *descent)
{
    struct solver_options options = *descent->options;
    bool is_last = descent->set.left_out == 0;
    options.max_iterations -= descent->result.n_iterations;
    if (!is_last)
        options.tolerance = fmax(options.tolerance, COARSE);
    else if (options.tolerance > EXACT)
        options.tolerance = fmax(options.tolerance / 4, EXACT * 2);
    return options;
}

/* Is the minimum over the set, where this is, that over all? */
static bool is_minimum_of_all(const struct coordinate_descent *descent)
{
    double tolerance = descent->options->tolerance;
    if (tolerance > EXACT)
        return l1_gap(descent->objective, &descent->here) <=
               tolerance * fmax(1, fabs(descent->value));
    return descent->set.left_out == 0 &&
           !coordinate_part_is_exceeded(descent->objective, &descent->set,
                                        &descent->here);
}

/* To the trial, a minimum over the set. False: go on with the whole. */
static bool take_part(struct coordinate_descent *descent,
                      const struct solver_result *part)
{
    double before = descent->value;
    double value =
        descent->trial.value + l1_value(descent->objective, descent->trial.beta);
    if (!evaluation_is_lower(value, before, 0))
        return false;
    descent->step = 1;
    descent->decrement = part->newton_decrement;
    accept_trial(descent);
    if (part->n_iterations > 0)
        descent->result.n_iterations += part->n_iterations - 1;
    if (part->stop == SOLVER_TOLERANCE && is_minimum_of_all(descent))
        descent->phase = BY_PARTS_SETTLED;
    return part->stop == SOLVER_MAX_ITERATIONS ||
           (part->stop == SOLVER_TOLERANCE &&
            (descent->phase == BY_PARTS_SETTLED || value < before));
}

static int step_by_part(struct coordinate_descent *descent, struct error *err)
{
    struct error why = {0};
    struct solver_result part;
    bool made, finite;
    descent->set.reach = NEAR;
    working_set_choose(&descent->set, descent->objective, &descent->here);
    const struct solver_options options = part_options(descent);
    if (coordinate_part_solve(descent->objective, &descent->set, &options, descent->watch,
                              descent->here.beta, descent->trial.beta, &made, &part,
                              err) < 0)
        return -1;
    descent->trial.have = 0;
    if (made && evaluate(descent, &descent->trial, OBJECTIVE_VALUE | OBJECTIVE_GRADIENT,
                         &finite, &why, err) < 0)
        return -1;
    if (!made || !finite || !take_part(descent, &part))
        descent->phase = BY_THE_WHOLE;
    return 0;
}

static bool has_ended_by_parts(struct coordinate_descent *descent)
{
    bool is_stopped = told_to_stop(descent);
    descent->result.stop = is_stopped                           ? SOLVER_STOPPED
                           : descent->phase == BY_PARTS_SETTLED ? SOLVER_TOLERANCE
                                                                : SOLVER_MAX_ITERATIONS;
    return is_stopped || descent->phase == BY_PARTS_SETTLED ||
           descent->result.n_iterations >= descent->options->max_iterations;
}

/* ---- the whole ---- */

/* One step. *has_ended: or where to stop. */
static int step(struct coordinate_descent *descent, bool *ends, struct error *err)
{
    *ends = false;
    if (find_direction(descent, err) < 0)
        return -1;
    if (has_ended(descent)) {
        *ends = true;
        return 0;
    }
    int found = search_line(descent, err);
    if (found < 0)
        return -1;
    if (found == 0) {
        descent->result.stop = SOLVER_NO_PROGRESS;
        *ends = true;
        return 0;
    }
    accept_trial(descent);
    return 0;
}

/* What steps with the whole need where the last one was by a part. */
static int have_all(struct coordinate_descent *descent, struct error *err)
{
    struct error why = {0};
    bool finite = true;
    if ((descent->here.have & ALL) == ALL)
        return 0;
    if (evaluate(descent, &descent->here, ALL, &finite, &why, err) < 0)
        return -1;
    return finite ? 0 : evaluation_fail(&descent->result, &why, err);
}

static int iterate(struct coordinate_descent *descent, struct error *err)
{
    while (descent->phase != BY_THE_WHOLE) {
        checkpoint_offer(descent->watch, visit_state, descent);
        if (has_ended_by_parts(descent))
            return 0;
        if (step_by_part(descent, err) < 0)
            return -1;
    }
    if (have_all(descent, err) < 0)
        return -1;
    for (bool ends = false; !ends;) {
        checkpoint_offer(descent->watch, visit_state, descent);
        if (step(descent, &ends, err) < 0)
            return -1;
    }
    return 0;
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

/* Without iterations the decrement is wanted alone, which is that of all coordinates. */
static size_t first_phase(const struct objective *objective,
                          const struct solver_options *options)
{
    return objective->ops->new_part && objective->l1 && options->max_iterations > 0
               ? BY_PARTS
               : BY_THE_WHOLE;
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
                                         .phase = first_phase(objective, options),
                                         .start_seconds = clock_seconds()};
    int status = make_descent(&descent, err);
    if (status == 0)
        status = start(&descent, point, err);
    if (status == 0)
        status = iterate(&descent, err);
    if (status == 0) {
        descent.result.newton_decrement =
            isfinite(descent.decrement) ? descent.decrement : (double)NAN;
        hand_over(&descent, point);
        *result = descent.result;
    }
    free_descent(&descent);
    return status;
}
