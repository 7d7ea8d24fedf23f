/*
 * β: the point, g and H: gradient and Hessian of J there. An iteration:
 *
 *   δ = -H⁻¹g         pivoted Cholesky of H scaled to a unit diagonal
 *   λ² = g'H⁻¹g       the Newton decrement; ½λ² estimates J - min J
 *   β ← β + tδ        t = 1, ½, ¼, … the first with J(β+tδ) ≤ J + 10⁻⁴ t g'δ (Armijo)
 *
 * Value, gradient and Hessian at the full step are had in one evaluation: it is nearly
 * always taken. Only shorter steps are tried by their value alone.
 *
 * The tolerance is met when λ² ≤ tolerance·max(1,|J|). If it is a loose one that is the
 * end, once ½λ² ≤ tolerance·|J|, too (stopping.h). Else the decrement is what rounding
 * leaves only after one or two more steps, which cost little and which
 * statistics want; they are taken as long as λ at least halves. Where it does not and yet
 * the steps stay long, J falls towards an infimum that it does not have: along its
 * exponential tails λ falls by e^-½ an iteration and δ keeps its length. A quadratic J
 * takes one step.
 *
 * Where a Hessian is dear (options) it is kept near the minimum, from λ² ≤
 * 10⁻⁷·max(1,|J|) on: there it changes by little more than λ, which a step with it leaves
 * as a share of the next λ. It is had anew where a step leaves more than a 16th. The last
 * point has none then; who wants it has it evaluated. Nor has what is expected to be the
 * last point where the tolerance is a loose one, if the options allow it: that of the
 * point before is as good for telling how J curves.
 *
 * Boyd and Vandenberghe, "Convex Optimization" (2004), section 9.5.
 */
#include "core/optim/newton.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/kernel/cholesky.h"
#include "core/optim/checkpoint.h"
#include "core/optim/evaluation.h"
#include "core/optim/stopping.h"
#include "core/optim/vectors.h"

#define LEAST_STEP 0x1p-40
#define EVERYTHING (OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN)

/* A Hessian that costs so many passes for a gradient is kept where λ² is below this, as
 * long as λ falls by this factor. */
#define DEAR_PASSES 2.5
#define KEPT_DECREMENT 1e-7
#define KEPT_FALL 16

/* By how much the step that is to end at a loose tolerance may move margins. */
#define MOST_REACH 1.0
/* λ after a step is expected to be so many times its square at first, then so many times
 * what the last step made of that; and to have fallen by so much where it is to end. */
#define FIRST_GROWTH 8
#define MARGIN_OF_GROWTH 4
#define EXPECTED_FALL 4

/* Of a quadratic J, a step that left no more of the decrement than this was the last. */
#define QUADRATIC_NOISE 1e-10
/* A share of the gradient below which what a singular Hessian leaves of it is rounding.
 */
#define SLOPE 1e-10

struct newton {
    const struct objective *objective;
    const struct solver_options *options;
    const struct solver_watch *watch;
    struct objective_point *point; /* where we are; the caller's */
    struct objective_point trial;  /* where we may go */
    struct cholesky factor;
    double *direction; /* [n] δ */
    double decrement;  /* λ at the point */
    double greatest_decrement;
    double length;          /* of δ */
    double greatest_length; /* these two: of all so far */
    double first_gradient;  /* its norm at the start */
    double last_decrement;  /* of the iteration before; +inf at first */
    size_t n_stalls;        /* whole steps in a row that did not halve λ */
    double step;            /* t that led to the point */
    double start_seconds;
    struct solver_result result;
};

static void free_newton(struct newton *newton)
{
    objective_point_free(newton->objective, &newton->trial);
    cholesky_free(&newton->factor);
    memory_free(newton->direction);
}

static int make_newton(struct newton *newton, struct error *err)
{
    size_t n = newton->objective->n;
    if (objective_point_new(newton->objective, OBJECTIVE_HESSIAN, &newton->trial, err) <
        0)
        return -1;
    if (cholesky_new(&newton->factor, n, err) < 0)
        return -1;
    if (newton->watch)
        newton->factor.stop =
            (struct stop){newton->watch->is_over, newton->watch->context};
    newton->direction = memory_new_aligned(n, sizeof(double), err);
    return newton->direction ? 0 : -1;
}

/* ---- evaluating ---- */

static int evaluate(struct newton *newton, struct objective_point *point, unsigned want,
                    bool *finite, struct error *why, struct error *err)
{
    return evaluation_try(newton->objective, point, want, &newton->result, finite, why,
                          err);
}

static int evaluate_start(struct newton *newton, struct error *err)
{
    if (evaluation_start(newton->objective, newton->options, newton->point, EVERYTHING,
                         &newton->result, err) < 0)
        return -1;
    newton->first_gradient = vectors_norm(newton->point->gradient, newton->objective->n);
    return 0;
}

/* ---- going on from a checkpoint ---- */

static void visit_state(void *solver, struct checkpoint *visit)
{
    struct newton *newton = solver;
    checkpoint_numbers(visit, "newton beta", newton->point->beta, newton->objective->n);
    checkpoint_number(visit, "decrement", &newton->decrement);
    checkpoint_number(visit, "greatest decrement", &newton->greatest_decrement);
    checkpoint_number(visit, "greatest length", &newton->greatest_length);
    checkpoint_number(visit, "first gradient", &newton->first_gradient);
    checkpoint_number(visit, "step", &newton->step);
    checkpoint_size(visit, "stalls", &newton->n_stalls);
    checkpoint_count(visit, "iterations", &newton->result.n_iterations);
    checkpoint_count(visit, "evaluations", &newton->result.n_evaluations);
    checkpoint_start(visit, "start", &newton->start_seconds);
}

static int start(struct newton *newton, struct error *err)
{
    return checkpoint_resume(newton->watch, visit_state, newton)
               ? evaluation_repeat(newton->objective, newton->point, newton->step,
                                   EVERYTHING, &newton->result, err)
               : evaluate_start(newton, err);
}

/* ---- one iteration ---- */

static bool is_noise(const struct newton *newton)
{
    return stopping_is_noise(newton->decrement, newton->point->value,
                             newton->greatest_decrement);
}

/* g + Hδ, one coordinate. */
static double rest_of(const struct newton *newton, size_t i)
{
    const struct objective_point *point = newton->point;
    size_t n = newton->objective->n;
    double sum = point->gradient[i];
    for (size_t j = 0; j < n; j++)
        sum += point->hessian[i > j ? i * n + j : j * n + i] * newton->direction[j];
    return sum;
}

/* Where H is singular, δ = -H⁻¹g is 0 in coordinates that are not determined. If J is
 * flat there, that is right; if it slopes, they follow the slope. */
static void follow_slope(struct newton *newton)
{
    const struct cholesky *factor = &newton->factor;
    size_t n = newton->objective->n;
    double greatest = 0;
    for (size_t i = 0; i < n; i++)
        greatest = fmax(greatest, fabs(newton->point->gradient[i]));
    for (size_t k = factor->rank; k < n; k++) {
        size_t i = (size_t)factor->order[k];
        double rest = rest_of(newton, i);
        if (fabs(rest) > SLOPE * fmax(greatest, newton->first_gradient))
            newton->direction[i] -= rest;
    }
}

static bool has_hessian(const struct newton *newton)
{
    return (newton->point->have & OBJECTIVE_HESSIAN) != 0;
}

/* By the Hessian that is factored, of this point or of one before. */
static void solve_direction(struct newton *newton)
{
    const struct objective_point *point = newton->point;
    size_t n = newton->objective->n;
    for (size_t i = 0; i < n; i++)
        newton->direction[i] = -point->gradient[i];
    cholesky_solve(&newton->factor, newton->direction);
    if (newton->factor.rank < n)
        follow_slope(newton);
    newton->decrement =
        sqrt(fmax(0, -vectors_dot(point->gradient, newton->direction, n)));
}

static int factor_hessian(struct newton *newton, struct error *err)
{
    cholesky_factor(&newton->factor, newton->point->hessian);
    return stop_check(&newton->factor.stop, err);
}

/* A Hessian that was kept, and has not served well, is had anew. */
static int renew_hessian(struct newton *newton, struct error *err)
{
    struct error why = {0};
    bool finite;
    if (newton->decrement <= newton->last_decrement / KEPT_FALL || is_noise(newton))
        return 0;
    if (evaluate(newton, newton->point, EVERYTHING, &finite, &why, err) < 0)
        return -1;
    if (!finite)
        return evaluation_fail(&newton->result, &why, err);
    if (factor_hessian(newton, err) < 0)
        return -1;
    solve_direction(newton);
    return 0;
}

static int find_direction(struct newton *newton, struct error *err)
{
    size_t n = newton->objective->n;
    newton->last_decrement = newton->decrement;
    if (has_hessian(newton) && factor_hessian(newton, err) < 0)
        return -1;
    solve_direction(newton);
    if (!has_hessian(newton) && renew_hessian(newton, err) < 0)
        return -1;
    newton->greatest_decrement = fmax(newton->greatest_decrement, newton->decrement);
    newton->length = vectors_norm(newton->direction, n);
    newton->greatest_length = fmax(newton->greatest_length, newton->length);
    return 0;
}

static void move_trial(struct newton *newton, double step)
{
    for (size_t i = 0; i < newton->objective->n; i++)
        newton->trial.beta[i] = newton->point->beta[i] + step * newton->direction[i];
    newton->trial.have = 0;
}

static bool is_lower(const struct newton *newton, double step)
{
    double slope = -newton->decrement * newton->decrement;
    return evaluation_is_lower(newton->trial.value, newton->point->value, step * slope);
}

/* The decrement after a whole step by the Hessian of the point. */
static double expected_decrement(const struct newton *newton)
{
    double now = newton->decrement, last = newton->last_decrement;
    double growth =
        isfinite(last) ? fmax(1, MARGIN_OF_GROWTH * now / (last * last)) : FIRST_GROWTH;
    return growth * now * now;
}

/* Will it end behind this step, at a loose tolerance? */
static bool is_expected_to_end(const struct newton *newton)
{
    double expected = expected_decrement(newton), now = newton->decrement;
    double reach =
        stopping_reach(newton->options, newton->direction, newton->objective->n);
    return newton->options->hessian_may_lag && has_hessian(newton) &&
           expected <= now / EXPECTED_FALL && reach <= MOST_REACH &&
           stopping_is_small(newton->options, newton->point->value, expected,
                             reach * expected / now);
}

/* Will the next direction be had by the Hessian that is factored? */
static bool keeps_hessian(const struct newton *newton)
{
    double squared = newton->decrement * newton->decrement;
    bool is_dear = newton->options->hessian_passes >= DEAR_PASSES;
    bool is_near = squared <= KEPT_DECREMENT * fmax(1, fabs(newton->point->value));
    return newton->factor.rank == newton->objective->n &&
           ((is_dear && is_near) || is_expected_to_end(newton));
}

/* 1: the trial is where to go, all evaluated that is wanted. 0: no step lowers J. */
static int search_line(struct newton *newton, struct error *err)
{
    unsigned whole =
        keeps_hessian(newton) ? OBJECTIVE_VALUE | OBJECTIVE_GRADIENT : EVERYTHING;
    struct error why = {0};
    bool finite;
    for (double step = 1; step >= LEAST_STEP; step /= 2) {
        unsigned want = step == 1 ? whole : OBJECTIVE_VALUE;
        move_trial(newton, step);
        error_clear(&why);
        if (evaluate(newton, &newton->trial, want, &finite, &why, err) < 0)
            return -1;
        if (!finite || !is_lower(newton, step))
            continue;
        newton->step = step;
        if (step < 1 &&
            evaluate(newton, &newton->trial, EVERYTHING, &finite, &why, err) < 0)
            return -1;
        return finite ? 1 : evaluation_fail(&newton->result, &why, err);
    }
    return 0;
}

static void accept_trial(struct newton *newton)
{
    struct objective_point left = *newton->point;
    *newton->point = newton->trial;
    newton->trial = left;
    if (has_hessian(newton))
        return;
    newton->trial.hessian = newton->point->hessian; /* the last one stays at the point */
    newton->point->hessian = left.hessian;
}

/* ---- ending ---- */

static bool told_to_stop(const struct newton *newton)
{
    const struct solver_watch *watch = newton->watch;
    if (!watch || !watch->on_step)
        return false;
    const struct solver_step step = {
        .iteration = newton->result.n_iterations,
        .objective = newton->point->value,
        .gradient_norm = vectors_norm(newton->point->gradient, newton->objective->n),
        .step = newton->step,
        .seconds = clock_seconds() - newton->start_seconds,
        .beta = newton->point->beta};
    return watch->on_step(watch->context, &step) != 0;
}

/* Is δ no more than rounding, against β or the greatest one? */
static bool is_negligible(const struct newton *newton)
{
    double size = vectors_norm(newton->point->beta, newton->objective->n);
    return newton->length <=
           STOPPING_NEGLIGIBLE_STEP * fmax(size, newton->greatest_length);
}

static bool meets_tolerance(const struct newton *newton, bool halves)
{
    double size = fmax(1, fabs(newton->point->value));
    bool is_exact =
        newton->objective->is_quadratic && newton->step == 1 &&
        newton->decrement <= QUADRATIC_NOISE * stopping_scale(newton->point->value,
                                                              newton->greatest_decrement);
    bool ends = is_noise(newton);
    if (newton->decrement * newton->decrement > newton->options->tolerance * size)
        return false;
    return is_exact ||
           stopping_is_near(newton->options, newton->point->value, newton->decrement,
                            newton->direction, newton->objective->n) ||
           (ends && newton->result.n_iterations == 0) ||
           ((ends || !halves) && is_negligible(newton));
}

/* Is this the end, as far as the direction tells? */
static bool is_settled(struct newton *newton)
{
    bool halves = newton->decrement <= newton->last_decrement / 2;
    bool stalls = !halves && newton->step == 1;
    newton->n_stalls = stalls ? newton->n_stalls + 1 : 0;
    if (meets_tolerance(newton, halves))
        newton->result.stop = SOLVER_TOLERANCE;
    else if (newton->n_stalls >= STOPPING_MOST_STALLS)
        newton->result.stop = SOLVER_UNBOUNDED;
    else
        return false;
    return true;
}

static int iterate(struct newton *newton, struct error *err)
{
    for (;;) {
        if (has_hessian(newton)) /* else it is one of a point that the state has not */
            checkpoint_offer(newton->watch, visit_state, newton);
        if (find_direction(newton, err) < 0)
            return -1;
        if (told_to_stop(newton)) {
            newton->result.stop = SOLVER_STOPPED;
            return 0;
        }
        if (is_settled(newton)) {
            if (newton->options->hessian_may_lag &&
                newton->result.stop == SOLVER_TOLERANCE)
                newton->point->have |= OBJECTIVE_HESSIAN;
            return 0;
        }
        if (newton->result.n_iterations >= newton->options->max_iterations) {
            newton->result.stop = SOLVER_MAX_ITERATIONS;
            return 0;
        }
        int found = search_line(newton, err);
        if (found < 0)
            return -1;
        if (found == 0) {
            newton->result.stop = SOLVER_NO_PROGRESS;
            return 0;
        }
        accept_trial(newton);
        newton->result.n_iterations++;
    }
}

int newton_solve(const struct objective *objective, const struct solver_options *options,
                 const struct solver_watch *watch, struct objective_point *point,
                 struct solver_result *result, struct error *err)
{
    struct newton newton = {.objective = objective,
                            .options = options,
                            .watch = watch,
                            .point = point,
                            .decrement = INFINITY,
                            .start_seconds = clock_seconds()};
    int status = make_newton(&newton, err);
    if (status == 0)
        status = start(&newton, err);
    if (status == 0)
        status = iterate(&newton, err);
    newton.result.newton_decrement = newton.decrement;
    if (status == 0)
        *result = newton.result;
    free_newton(&newton);
    return status;
}
