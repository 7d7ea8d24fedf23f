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
 * is above its minimum. Where the objective gives the Hessian away (objective.h), it is
 * taken with each gradient, and there are no rounds.
 *
 * Where the objective is one of margins, or offers parts of itself, there are rounds
 * before (coordinate_rounds.h): the minimum over W is found first by what belongs to W
 * alone, with many such steps; then a gradient by all coordinates tells who is missing in
 * it. These are the rounds of Celer, and most often all there is to do.
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
#include "core/optim/coordinate_rounds.h"
#include "core/optim/evaluation.h"
#include "core/optim/l1.h"
#include "core/optim/quadratic_l1.h"
#include "core/optim/stopping.h"
#include "core/optim/vectors.h"

#define LEAST_STEP 0x1p-40

/* Far from the minimum the quadratic of many coordinates need not be solved exactly: the
 * last decrement squared tells how far. */
#define FAR 1e-6
#define MANY 64U

/* A share of a step so small that what falls without end is elsewhere. */
#define NO_SHARE 1e-3

struct coordinate_descent {
    struct coordinate_search search;
    struct quadratic_l1 quadratic; /* over the set */
    double last_decrement, greatest_decrement;
    double length, greatest_length; /* of δ */
    size_t n_stalls;                /* whole steps in a row that did not halve λ */
};

/* Of which a quadratic is made. */
static unsigned second_of(const struct objective *objective)
{
    return objective->gives_hessian ? OBJECTIVE_HESSIAN : OBJECTIVE_CURVATURE;
}

static unsigned all_of(const struct objective *objective)
{
    return OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | second_of(objective);
}

static void free_descent(struct coordinate_descent *descent)
{
    objective_point_free(descent->search.objective, &descent->search.here);
    objective_point_free(descent->search.objective, &descent->search.trial);
    working_set_free(&descent->search.set);
    quadratic_l1_free(&descent->quadratic);
    column_descent_free(&descent->search.columns);
}

static int make_descent(struct coordinate_descent *descent, struct error *err)
{
    const struct objective *objective = descent->search.objective;
    unsigned second = second_of(objective);
    if (objective_point_new(objective, second, &descent->search.here, err) < 0 ||
        objective_point_new(objective, second, &descent->search.trial, err) < 0)
        return -1;
    return working_set_new(&descent->search.set, objective, err);
}

/* ---- evaluating ---- */

static bool has_value_and_gradient(const struct objective_point *point)
{
    return (point->have & OBJECTIVE_VALUE) && (point->have & OBJECTIVE_GRADIENT);
}

static int try_start(struct coordinate_descent *descent, const double *beta, bool *finite,
                     struct error *why, struct error *err)
{
    struct coordinate_search *search = &descent->search;
    size_t n = search->objective->n;
    error_clear(why);
    memcpy(search->here.beta, beta, n * sizeof(double));
    search->here.have = 0;
    *finite = vectors_all_finite(beta, n);
    if (*finite &&
        coordinate_search_evaluate(search, &search->here, all_of(search->objective),
                                   finite, why, err) < 0)
        return -1;
    search->value = search->here.value + l1_value(search->objective, beta);
    return 0;
}

static void take_start(struct coordinate_descent *descent,
                       const struct objective_point *start)
{
    struct coordinate_search *search = &descent->search;
    size_t n_bytes = search->objective->n * sizeof(double);
    memcpy(search->here.beta, start->beta, n_bytes);
    memcpy(search->here.gradient, start->gradient, n_bytes);
    search->here.value = start->value;
    search->here.have = OBJECTIVE_VALUE | OBJECTIVE_GRADIENT;
    search->value = start->value + l1_value(search->objective, start->beta);
}

/* Where value and gradient are known they are not had again. */
static int evaluate_start(struct coordinate_descent *descent,
                          const struct objective_point *start, struct error *err)
{
    const struct solver_options *options = descent->search.options;
    struct error why = {0};
    bool finite = true;
    if (has_value_and_gradient(start) &&
        vectors_all_finite(start->beta, descent->search.objective->n)) {
        take_start(descent, start);
        return 0;
    }
    if (try_start(descent, start->beta, &finite, &why, err) < 0)
        return -1;
    if (options->other_start &&
        !(finite &&
          evaluation_is_lower(descent->search.value, options->other_value, 0)) &&
        try_start(descent, options->other_start, &finite, &why, err) < 0)
        return -1;
    return finite ? 0 : evaluation_fail(&descent->search.result, &why, err);
}

/* ---- going on from a checkpoint ---- */

static void visit_state(void *solver, struct checkpoint *visit)
{
    struct coordinate_descent *descent = solver;
    checkpoint_numbers(visit, "coordinate_descent beta", descent->search.here.beta,
                       descent->search.objective->n);
    checkpoint_number(visit, "value", &descent->search.value);
    checkpoint_number(visit, "decrement", &descent->search.decrement);
    checkpoint_number(visit, "greatest decrement", &descent->greatest_decrement);
    checkpoint_number(visit, "greatest length", &descent->greatest_length);
    checkpoint_number(visit, "step", &descent->search.step);
    checkpoint_size(visit, "stalls", &descent->n_stalls);
    checkpoint_size(visit, "phase", &descent->search.phase);
    checkpoint_size(visit, "steps by columns", &descent->search.n_by_columns);
    checkpoint_count(visit, "iterations", &descent->search.result.n_iterations);
    checkpoint_count(visit, "evaluations", &descent->search.result.n_evaluations);
    checkpoint_start(visit, "start", &descent->search.start_seconds);
}

static int start(struct coordinate_descent *descent, const struct objective_point *point,
                 struct error *err)
{
    return checkpoint_resume(descent->search.watch, visit_state, descent)
               ? evaluation_repeat(descent->search.objective, &descent->search.here,
                                   descent->search.step,
                                   all_of(descent->search.objective),
                                   &descent->search.result, err)
               : evaluate_start(descent, point, err);
}

/* ---- one iteration ---- */

static bool is_far(const struct coordinate_descent *descent)
{
    return descent->search.decrement * descent->search.decrement >
           FAR * fmax(1, fabs(descent->search.value));
}

/* The set's rows and columns of the Hessian. */
static void take_block(const struct coordinate_search *search, double *block)
{
    const size_t *set = search->set.coordinates;
    size_t n = search->objective->n, n_set = search->set.n;
    for (size_t i = 0; i < n_set; i++)
        for (size_t j = 0; j <= i; j++)
            block[i * n_set + j] = search->here.hessian[set[i] * n + set[j]];
}

static int find_block(struct coordinate_search *search, double *block, struct error *err)
{
    const struct objective *objective = search->objective;
    if (!objective->gives_hessian)
        return objective->ops->hessian_block(objective->context, &search->here,
                                             search->set.coordinates, search->set.n,
                                             block, err);
    take_block(search, block);
    return 0;
}

static int make_quadratic(struct coordinate_descent *descent, struct error *err)
{
    const struct objective *objective = descent->search.objective;
    const struct working_set *set = &descent->search.set;
    struct quadratic_l1 *quadratic = &descent->quadratic;
    if (quadratic_l1_resize(quadratic, set->n, err) < 0 ||
        find_block(&descent->search, quadratic->hessian, err) < 0)
        return -1;
    quadratic->watch = descent->search.watch;
    quadratic->is_coarse = is_far(descent) && set->n > MANY && objective->l1;
    for (size_t i = 0; i < set->n; i++) {
        size_t coordinate = set->coordinates[i];
        quadratic->start[i] = descent->search.here.beta[coordinate];
        quadratic->gradient[i] = descent->search.here.gradient[coordinate];
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
    descent->search.set.reach = 0;
    working_set_choose(&descent->search.set, descent->search.objective,
                       &descent->search.here);
    if (make_quadratic(descent, err) < 0)
        return -1;
    quadratic_l1_solve(&descent->quadratic);
    if (descent->search.watch && solver_is_over(descent->search.watch))
        return error_set(err, ERROR_CANCELLED, "the search was given up as asked");
    if (!vectors_all_finite(quadratic->w, quadratic->n)) {
        const struct error nowhere = {0};
        return evaluation_fail(&descent->search.result, &nowhere, err);
    }
    descent->last_decrement = descent->search.decrement;
    descent->search.decrement = sqrt(fmax(0, -quadratic_l1_slope(quadratic)));
    descent->greatest_decrement =
        fmax(descent->greatest_decrement, descent->search.decrement);
    descent->length = length_of_step(quadratic);
    descent->greatest_length = fmax(descent->greatest_length, descent->length);
    return 0;
}

/* A whole step ends exactly at w, where there are zeros. */
static void move_trial(struct coordinate_descent *descent, double step)
{
    const struct quadratic_l1 *quadratic = &descent->quadratic;
    size_t n = descent->search.objective->n;
    memcpy(descent->search.trial.beta, descent->search.here.beta, n * sizeof(double));
    for (size_t i = 0; i < quadratic->n; i++) {
        double *beta = &descent->search.trial.beta[descent->search.set.coordinates[i]];
        *beta = step == 1 ? quadratic->w[i]
                          : *beta + step * (quadratic->w[i] - quadratic->start[i]);
    }
    descent->search.trial.have = 0;
}

static bool is_lower(const struct coordinate_descent *descent, double step)
{
    double slope = -descent->search.decrement * descent->search.decrement;
    double trial = descent->search.trial.value +
                   l1_value(descent->search.objective, descent->search.trial.beta);
    return evaluation_is_lower(trial, descent->search.value, step * slope);
}

/* 1: the trial is where to go, all evaluated. 0: no step lowers F. */
static int search_line(struct coordinate_descent *descent, struct error *err)
{
    struct error why = {0};
    bool finite;
    for (double step = 1; step >= LEAST_STEP; step /= 2) {
        move_trial(descent, step);
        error_clear(&why);
        if (coordinate_search_evaluate(&descent->search, &descent->search.trial,
                                       step == 1 ? all_of(descent->search.objective)
                                                 : OBJECTIVE_VALUE,
                                       &finite, &why, err) < 0)
            return -1;
        if (!finite || !is_lower(descent, step))
            continue;
        descent->search.step = step;
        if (step < 1 && coordinate_search_evaluate(
                            &descent->search, &descent->search.trial,
                            all_of(descent->search.objective), &finite, &why, err) < 0)
            return -1;
        return finite ? 1 : evaluation_fail(&descent->search.result, &why, err);
    }
    return 0;
}

/* ---- ending ---- */

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
    double size = fmax(1, fabs(descent->search.value)),
           decrement = descent->search.decrement;
    bool is_close =
        descent->quadratic.is_solved &&
        descent->search.set.left_out <= descent->search.options->tolerance * size &&
        decrement * decrement <= descent->search.options->tolerance * size;
    bool is_noise =
        stopping_is_noise(decrement, descent->search.value, descent->greatest_decrement);
    bool halves = decrement <= descent->last_decrement / 2;
    bool is_negligible =
        descent->length <=
        STOPPING_NEGLIGIBLE_STEP *
            fmax(vectors_norm(descent->search.here.beta, descent->search.objective->n),
                 descent->greatest_length);
    bool stalls = !halves && descent->search.step == 1 && may_be_endless(descent);
    descent->n_stalls = stalls ? descent->n_stalls + 1 : 0;
    bool is_exact = descent->search.options->tolerance <= COORDINATE_SEARCH_EXACT ||
                    !descent->search.objective->l1;
    if (is_close && !is_exact &&
        l1_gap(descent->search.objective, &descent->search.here) <=
            descent->search.options->tolerance * size)
        descent->search.result.stop = SOLVER_TOLERANCE;
    else if (is_close && ((is_noise && descent->search.result.n_iterations == 0) ||
                          ((is_noise || !halves) && is_negligible)))
        descent->search.result.stop = SOLVER_TOLERANCE;
    else if (descent->n_stalls >= STOPPING_MOST_STALLS)
        descent->search.result.stop = SOLVER_UNBOUNDED;
    else
        return false;
    return true;
}

/* Is this the end, for whatever reason? */
static bool has_ended(struct coordinate_descent *descent)
{
    if (coordinate_search_told_to_stop(&descent->search)) {
        descent->search.result.stop = SOLVER_STOPPED;
        return true;
    }
    if (is_settled(descent))
        return true;
    descent->search.result.stop = SOLVER_MAX_ITERATIONS;
    return descent->search.result.n_iterations >= descent->search.options->max_iterations;
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
        descent->search.result.stop = SOLVER_NO_PROGRESS;
        *ends = true;
        return 0;
    }
    coordinate_search_accept(&descent->search);
    return 0;
}

/* What steps with the whole need where the last one was by a part. */
static int have_all(struct coordinate_descent *descent, struct error *err)
{
    unsigned all = all_of(descent->search.objective);
    struct error why = {0};
    bool finite = true;
    if ((descent->search.here.have & all) == all)
        return 0;
    if (coordinate_search_evaluate(&descent->search, &descent->search.here, all, &finite,
                                   &why, err) < 0)
        return -1;
    return finite ? 0 : evaluation_fail(&descent->search.result, &why, err);
}

static int iterate(struct coordinate_descent *descent, struct error *err)
{
    struct coordinate_search *search = &descent->search;
    if (coordinate_rounds_start(search, err) < 0)
        return -1;
    while (search->phase != COORDINATE_BY_THE_WHOLE) {
        checkpoint_offer(search->watch, visit_state, descent);
        if (coordinate_rounds_have_ended(search))
            return 0;
        if (coordinate_rounds_step(search, err) < 0)
            return -1;
    }
    if (have_all(descent, err) < 0)
        return -1;
    for (bool ends = false; !ends;) {
        checkpoint_offer(search->watch, visit_state, descent);
        if (step(descent, &ends, err) < 0)
            return -1;
    }
    return 0;
}

static void hand_over(const struct coordinate_descent *descent,
                      struct objective_point *point)
{
    size_t n_bytes = descent->search.objective->n * sizeof(double);
    memcpy(point->beta, descent->search.here.beta, n_bytes);
    memcpy(point->gradient, descent->search.here.gradient, n_bytes);
    point->value = descent->search.here.value;
    point->have = OBJECTIVE_VALUE | OBJECTIVE_GRADIENT;
}

int coordinate_descent_solve(const struct objective *objective,
                             const struct solver_options *options,
                             const struct solver_watch *watch,
                             struct objective_point *point, struct solver_result *result,
                             struct error *err)
{
    struct coordinate_descent descent = {.search = {.objective = objective,
                                                    .options = options,
                                                    .watch = watch,
                                                    .decrement = INFINITY,
                                                    .phase = COORDINATE_BY_COLUMNS,
                                                    .start_seconds = clock_seconds()}};
    int status = make_descent(&descent, err);
    if (status == 0)
        status = start(&descent, point, err);
    if (status == 0)
        status = iterate(&descent, err);
    if (status == 0) {
        descent.search.result.newton_decrement =
            isfinite(descent.search.decrement) ? descent.search.decrement : (double)NAN;
        hand_over(&descent, point);
        *result = descent.search.result;
    }
    free_descent(&descent);
    return status;
}
