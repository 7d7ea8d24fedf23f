/*
 * An iteration, g and H the gradient and Hessian of J at β:
 *
 *   δ ≈ -H⁻¹g         conjugate gradients, the further the nearer to the minimum
 *   λ² = -g'δ         the Newton decrement, from below
 *   β ← β + tδ        t = 1, ½, ¼, … the first with J(β+tδ) ≤ J + 10⁻⁴ t g'δ (Armijo)
 *
 * Far away J is not the quadratic that H says, and δ is no longer than a radius: at first
 * that of a few steps -M⁻¹g, M the preconditioner; four times it where J falls by three
 * quarters or more of what the quadratic promises, and less than δ where by less than a
 * quarter or only by a part of δ.
 *
 * Nor need δ be good there: the forcing term is ¼, and falls with √(‖g‖/‖g₀‖), which
 * makes convergence superlinear (Dembo and Steihaug, 1983).
 *
 * M stays that of an earlier point as long as it is still good there: where J has fallen
 * by what the quadratic promised, to an eighth of it, and CG took no more than twice the
 * products that it took with M when it was found.
 *
 * The tolerance is met when λ² ≤ tolerance·max(1,|J|). If it is a loose one that is the
 * end (stopping.h), half of it being left for what CG leaves. Else from there on δ is
 * solved for closely, and steps are taken as long as λ at least halves, as in newton.c:
 * they leave of λ what rounding leaves. Where it does not halve and yet steps stay long,
 * J falls towards an infimum that it does not have.
 *
 * Nocedal and Wright, "Numerical Optimization" (2006), algorithm 7.1.
 */
#include "core/optim/newton_cg.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/optim/checkpoint.h"
#include "core/optim/conjugate_gradient.h"
#include "core/optim/evaluation.h"
#include "core/optim/stopping.h"
#include "core/optim/vectors.h"

#define LEAST_STEP 0x1p-40
#define LOOSE_FORCING 0.25
#define FIRST_RADIUS 4 /* steps -M⁻¹g */
#define CLOSE_FORCING 1e-5
/* For M to stay: of what was promised, and of |J|, where there is but rounding. */
#define AS_PROMISED 0.125
#define VALUE_NOISE 1e-14
#define MORE_PRODUCTS 2U /* times as many */
#define ALL (OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_CURVATURE)

/* Further away, where δ is not solved for closely, steps that do not halve λ may go on
 * for longer. */
#define MOST_FAR_STALLS 40

struct newton_cg {
    const struct objective *objective;
    const struct solver_options *options;
    const struct solver_watch *watch;
    struct objective_point here, trial;
    struct conjugate_gradient cg;
    double *direction; /* [n] δ */
    double decrement, last_decrement, greatest_decrement;
    double length, greatest_length; /* of δ */
    double gradient, first_gradient;
    double radius;                       /* of δ; 0: not known yet */
    double *found;                       /* [n] β where M was found last */
    bool is_kept;                        /* it will do here, too */
    size_t n_products, n_first_products; /* of the last δ, and of the first one with M */
    bool is_close;                       /* the tolerance was met */
    bool is_enough;                      /* and no more is wanted than that */
    size_t n_stalls;                     /* whole steps in a row that did not halve λ */
    double step;
    double start_seconds;
    struct solver_result result;
};

static void free_newton_cg(struct newton_cg *newton)
{
    objective_point_free(newton->objective, &newton->here);
    objective_point_free(newton->objective, &newton->trial);
    conjugate_gradient_free(&newton->cg);
    memory_free(newton->direction);
    memory_free(newton->found);
}

static int make_newton_cg(struct newton_cg *newton, struct error *err)
{
    const struct objective *objective = newton->objective;
    if (objective_point_new(objective, OBJECTIVE_CURVATURE, &newton->here, err) < 0 ||
        objective_point_new(objective, OBJECTIVE_CURVATURE, &newton->trial, err) < 0 ||
        conjugate_gradient_new(&newton->cg, objective, err) < 0)
        return -1;
    newton->direction = memory_new_aligned(objective->n, sizeof(double), err);
    newton->found = memory_new_aligned(objective->n, sizeof(double), err);
    return newton->direction && newton->found ? 0 : -1;
}

static int evaluate_start(struct newton_cg *newton, const double *beta, struct error *err)
{
    memcpy(newton->here.beta, beta, newton->objective->n * sizeof(double));
    if (evaluation_start(newton->objective, newton->options, &newton->here, ALL,
                         &newton->result, err) < 0)
        return -1;
    newton->first_gradient = vectors_norm(newton->here.gradient, newton->objective->n);
    return 0;
}

/* ---- going on from a checkpoint ---- */

static void visit_state(void *solver, struct checkpoint *visit)
{
    struct newton_cg *newton = solver;
    checkpoint_numbers(visit, "newton_cg beta", newton->here.beta, newton->objective->n);
    checkpoint_number(visit, "decrement", &newton->decrement);
    checkpoint_number(visit, "greatest decrement", &newton->greatest_decrement);
    checkpoint_number(visit, "greatest length", &newton->greatest_length);
    checkpoint_number(visit, "first gradient", &newton->first_gradient);
    checkpoint_number(visit, "step", &newton->step);
    checkpoint_number(visit, "radius", &newton->radius);
    checkpoint_numbers(visit, "found", newton->found, newton->objective->n);
    checkpoint_flag(visit, "kept", &newton->is_kept);
    checkpoint_size(visit, "first products", &newton->n_first_products);
    checkpoint_flag(visit, "close", &newton->is_close);
    checkpoint_size(visit, "stalls", &newton->n_stalls);
    checkpoint_count(visit, "iterations", &newton->result.n_iterations);
    checkpoint_count(visit, "evaluations", &newton->result.n_evaluations);
    checkpoint_start(visit, "start", &newton->start_seconds);
}

/* M of a checkpoint, which is that of an earlier point. */
static int find_again(struct newton_cg *newton, struct error *err)
{
    struct objective_point *there = &newton->trial;
    if (!newton->is_kept)
        return 0;
    memcpy(there->beta, newton->found, newton->objective->n * sizeof(double));
    there->have = 0;
    return objective_evaluate(newton->objective, there, ALL, err) < 0
               ? -1
               : conjugate_gradient_prepare(&newton->cg, newton->objective, there, err);
}

static int start(struct newton_cg *newton, const double *beta, struct error *err)
{
    if (!checkpoint_resume(newton->watch, visit_state, newton))
        return evaluate_start(newton, beta, err);
    if (find_again(newton, err) < 0)
        return -1;
    return evaluation_repeat(newton->objective, &newton->here, newton->step, ALL,
                             &newton->result, err);
}

/* ---- one iteration ---- */

static bool is_within_tolerance(const struct newton_cg *newton)
{
    return newton->decrement * newton->decrement <=
           newton->options->tolerance * fmax(1, fabs(newton->here.value));
}

static int solve_direction(struct newton_cg *newton, double forcing, double radius,
                           struct error *err)
{
    size_t n = newton->objective->n;
    newton->cg.radius = radius;
    if (conjugate_gradient_solve(&newton->cg, newton->objective, &newton->here, forcing,
                                 newton->direction, err) < 0)
        return -1;
    if (!vectors_all_finite(newton->direction, n)) {
        const struct error nowhere = {0};
        return evaluation_fail(&newton->result, &nowhere, err);
    }
    newton->decrement =
        sqrt(fmax(0, -vectors_dot(newton->here.gradient, newton->direction, n)));
    return 0;
}

/* By a direction that CG did not have to find closely. A part of it alone does not tell
 * whether J has a minimum. */
static bool is_loosely_met(const struct newton_cg *newton)
{
    const struct solver_options *options = newton->options;
    return is_within_tolerance(newton) && !newton->cg.is_bounded && !options->reach &&
           stopping_is_near(options, newton->here.value, sqrt(2) * newton->decrement,
                            newton->direction, newton->objective->n);
}

/* Is λ so small that no better direction is of use? */
static bool is_noise(const struct newton_cg *newton)
{
    return stopping_is_noise(newton->decrement, newton->here.value,
                             newton->greatest_decrement);
}

/* None near the minimum, nor where no step will be taken. */
static double choose_radius(struct newton_cg *newton)
{
    if (newton->is_close || newton->options->max_iterations == 0)
        return 0;
    if (newton->radius == 0)
        newton->radius =
            FIRST_RADIUS * conjugate_gradient_first_length(&newton->cg, &newton->here);
    return newton->radius;
}

/* Is M as near to the Hessian at the trial as it was? */
static void judge_metric(struct newton_cg *newton)
{
    double promised = -newton->cg.value;
    double gain = newton->here.value - newton->trial.value;
    double rest = AS_PROMISED * promised + VALUE_NOISE * fabs(newton->here.value);
    newton->is_kept = newton->step == 1 && fabs(gain - promised) <= rest &&
                      newton->n_products <= MORE_PRODUCTS * newton->n_first_products;
}

static int find_metric(struct newton_cg *newton, struct error *err)
{
    if (newton->is_kept)
        return 0;
    memcpy(newton->found, newton->here.beta, newton->objective->n * sizeof(double));
    newton->n_first_products = 0;
    return conjugate_gradient_prepare(&newton->cg, newton->objective, &newton->here, err);
}

/* By what has come of the direction. */
static void change_radius(struct newton_cg *newton)
{
    const struct conjugate_gradient *cg = &newton->cg;
    double gain = newton->here.value - newton->trial.value, length = cg->length;
    if (newton->step < 1)
        newton->radius = newton->step * length;
    else if (gain < -0.25 * cg->value)
        newton->radius = length / 2;
    else if (gain > -0.75 * cg->value)
        newton->radius = fmax(newton->radius, 4 * length);
}

/* What meets the tolerance by a loose direction must do so by a close one, unless it is
 * the end. */
static int find_direction(struct newton_cg *newton, struct error *err)
{
    size_t n = newton->objective->n;
    newton->gradient = vectors_norm(newton->here.gradient, n);
    newton->last_decrement = newton->decrement;
    double share =
        newton->first_gradient > 0 ? sqrt(newton->gradient / newton->first_gradient) : 1;
    double forcing =
        newton->is_close ? LOOSE_FORCING : fmin(LOOSE_FORCING, LOOSE_FORCING * share);
    if (find_metric(newton, err) < 0 ||
        solve_direction(newton, forcing, choose_radius(newton), err) < 0)
        return -1;
    newton->n_products = newton->cg.n_products;
    if (newton->n_first_products == 0)
        newton->n_first_products = newton->n_products;
    newton->is_enough = newton->options->is_first_of_two || is_loosely_met(newton);
    if (is_within_tolerance(newton) && !is_noise(newton) && !newton->is_enough &&
        solve_direction(newton, CLOSE_FORCING, 0, err) < 0)
        return -1;
    newton->is_close = is_within_tolerance(newton) && !newton->cg.is_bounded;
    newton->length = vectors_norm(newton->direction, n);
    newton->greatest_length = fmax(newton->greatest_length, newton->length);
    newton->greatest_decrement = fmax(newton->greatest_decrement, newton->decrement);
    return 0;
}

static void move_trial(struct newton_cg *newton, double step)
{
    size_t n = newton->objective->n;
    memcpy(newton->trial.beta, newton->here.beta, n * sizeof(double));
    vectors_add(step, newton->direction, newton->trial.beta, n);
    newton->trial.have = 0;
}

static bool is_lower(const struct newton_cg *newton, double step)
{
    double slope = -newton->decrement * newton->decrement;
    return evaluation_is_lower(newton->trial.value, newton->here.value, step * slope);
}

/* 1: the trial is where to go, all evaluated. 0: no step lowers J. */
static int search_line(struct newton_cg *newton, struct error *err)
{
    struct error why = {0};
    bool finite;
    for (double step = 1; step >= LEAST_STEP; step /= 2) {
        move_trial(newton, step);
        error_clear(&why);
        if (evaluation_try(newton->objective, &newton->trial,
                           step == 1 ? ALL : OBJECTIVE_VALUE, &newton->result, &finite,
                           &why, err) < 0)
            return -1;
        if (!finite || !is_lower(newton, step))
            continue;
        newton->step = step;
        if (step < 1 && evaluation_try(newton->objective, &newton->trial, ALL,
                                       &newton->result, &finite, &why, err) < 0)
            return -1;
        return finite ? 1 : evaluation_fail(&newton->result, &why, err);
    }
    return 0;
}

static void accept_trial(struct newton_cg *newton)
{
    judge_metric(newton);
    change_radius(newton);
    struct objective_point left = newton->here;
    newton->here = newton->trial;
    newton->trial = left;
    newton->result.n_iterations++;
}

/* ---- ending ---- */

static bool told_to_stop(const struct newton_cg *newton)
{
    const struct solver_watch *watch = newton->watch;
    const struct solver_step step = {.iteration = newton->result.n_iterations,
                                     .objective = newton->here.value,
                                     .gradient_norm = newton->gradient,
                                     .step = newton->step,
                                     .seconds = clock_seconds() - newton->start_seconds,
                                     .beta = newton->here.beta};
    return watch && watch->on_step && watch->on_step(watch->context, &step) != 0;
}

static bool is_settled(struct newton_cg *newton)
{
    bool ends = is_noise(newton);
    bool halves = newton->decrement <= newton->last_decrement / 2;
    bool is_negligible =
        newton->length <= STOPPING_NEGLIGIBLE_STEP *
                              fmax(vectors_norm(newton->here.beta, newton->objective->n),
                                   newton->greatest_length);
    bool stalls = !halves && newton->step == 1 && !newton->cg.is_bounded;
    newton->n_stalls = stalls ? newton->n_stalls + 1 : 0;
    if (newton->is_close &&
        (newton->is_enough || (ends && newton->result.n_iterations == 0) ||
         ((ends || !halves) && is_negligible)))
        newton->result.stop = SOLVER_TOLERANCE;
    else if (!newton->is_close && ends && is_negligible)
        newton->result.stop = SOLVER_NO_PROGRESS;
    else if (newton->n_stalls >=
             (newton->is_close ? STOPPING_MOST_STALLS : MOST_FAR_STALLS))
        newton->result.stop = SOLVER_UNBOUNDED;
    else
        return false;
    return true;
}

/* Is this the end, for whatever reason? */
static bool has_ended(struct newton_cg *newton)
{
    if (told_to_stop(newton)) {
        newton->result.stop = SOLVER_STOPPED;
        return true;
    }
    if (is_settled(newton))
        return true;
    newton->result.stop = SOLVER_MAX_ITERATIONS;
    return newton->result.n_iterations >= newton->options->max_iterations;
}

static int iterate(struct newton_cg *newton, struct error *err)
{
    for (;;) {
        checkpoint_offer(newton->watch, visit_state, newton);
        if (find_direction(newton, err) < 0)
            return -1;
        if (has_ended(newton))
            return 0;
        int found = search_line(newton, err);
        if (found < 0)
            return -1;
        if (found == 0) {
            newton->result.stop = SOLVER_NO_PROGRESS;
            return 0;
        }
        accept_trial(newton);
    }
}

static void hand_over(const struct newton_cg *newton, struct objective_point *point)
{
    size_t n_bytes = newton->objective->n * sizeof(double);
    memcpy(point->beta, newton->here.beta, n_bytes);
    memcpy(point->gradient, newton->here.gradient, n_bytes);
    point->value = newton->here.value;
    point->have = OBJECTIVE_VALUE | OBJECTIVE_GRADIENT;
}

int newton_cg_solve(const struct objective *objective,
                    const struct solver_options *options,
                    const struct solver_watch *watch, struct objective_point *point,
                    struct solver_result *result, struct error *err)
{
    struct newton_cg newton = {.objective = objective,
                               .options = options,
                               .watch = watch,
                               .decrement = INFINITY,
                               .start_seconds = clock_seconds()};
    int status = make_newton_cg(&newton, err);
    if (status == 0)
        status = start(&newton, point->beta, err);
    if (status == 0)
        status = iterate(&newton, err);
    if (status == 0) {
        newton.result.newton_decrement = newton.decrement;
        hand_over(&newton, point);
        *result = newton.result;
    }
    free_newton_cg(&newton);
    return status;
}
