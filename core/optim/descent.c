#include "core/optim/descent.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/optim/descent_search.h"
#include "core/optim/l1.h"
#include "core/optim/vectors.h"

/* J above this times max(1,|J| at the start) explodes. */
#define EXPLOSION 1e6
/* An end where no iterate was better than the start and J is this much above it, over
 * max(1,|J|), is no noise about a minimum. */
#define RISE 1e-2
/* What to try where a rate was too great. */
#define MORE_CAREFUL 0.1

/* ---- evaluating ---- */

int descent_evaluate(struct descent *descent, struct objective_point *point, bool *finite,
                     struct error *err)
{
    struct error why = {0};
    descent->result.n_evaluations++;
    if (objective_evaluate(descent->objective, point,
                           OBJECTIVE_VALUE | OBJECTIVE_GRADIENT, &why) < 0) {
        *finite = false;
        return why.code == ERROR_NON_FINITE ? 0 : error_copy(err, &why);
    }
    *finite = descent_is_finite(descent, point);
    return 0;
}

double descent_value(const struct descent *descent)
{
    return descent->point->value + l1_value(descent->objective, descent->point->beta);
}

bool descent_is_finite(const struct descent *descent, const struct objective_point *point)
{
    return isfinite(point->value) &&
           isfinite(vectors_norm(point->gradient, descent->objective->n));
}

static int fail_at_start(struct error *err)
{
    return error_set(err, ERROR_NON_FINITE,
                     "iteration 0: the objective or its derivatives are not finite; "
                     "rescale the columns or leave out extreme values");
}

static int fail_divergent(const struct descent *descent, struct error *err)
{
    error_set(err, ERROR_NO_CONVERGENCE,
              "iteration %llu: the objective does not fall with a learning rate of %.3g; "
              "try %.3g",
              (unsigned long long)descent->result.n_iterations, descent->initial,
              fmin(descent->usual, MORE_CAREFUL * descent->initial));
    error_place(err, "/learning_rate/initial");
    return -1;
}

/* ---- the start ---- */

static int find_rate(struct descent *descent, struct error *err)
{
    const struct objective *objective = descent->objective;
    double curvature = 0, given = descent->options->learning_rate;
    descent->usual = descent->method->usual_rate;
    if (descent->usual == 0) {
        if (objective->ops->greatest_curvature &&
            objective->ops->greatest_curvature(objective->context, &curvature, err) < 0)
            return -1;
        descent->usual = curvature > 0 && isfinite(curvature) ? 1 / curvature : 1;
    }
    descent->initial = given > 0 ? given : descent->usual;
    return 0;
}

static void remember(struct descent *descent)
{
    descent->best_value = descent_value(descent);
    memcpy(descent->best, descent->point->beta, descent->objective->n * sizeof(double));
}

/* Who goes on from a state has searched already. */
static void visit_trials(struct solver_search *search, struct checkpoint *visit)
{
    for (size_t i = 0; search && i < search->n; i++) {
        checkpoint_number(visit, "trial's loss", &search->trials[i].loss);
        checkpoint_flag(visit, "trial diverged", &search->trials[i].diverged);
    }
}

static void visit_state(void *solver, struct checkpoint *visit)
{
    struct descent *descent = solver;
    size_t n = descent->objective->n;
    checkpoint_numbers(visit, "descent beta", descent->point->beta, n);
    checkpoint_number(visit, "value", &descent->point->value);
    checkpoint_numbers(visit, "gradient", descent->point->gradient, n);
    checkpoint_number(visit, "initial rate", &descent->initial);
    checkpoint_number(visit, "usual rate", &descent->usual);
    checkpoint_number(visit, "step", &descent->step);
    checkpoint_number(visit, "start value", &descent->start_value);
    checkpoint_number(visit, "best value", &descent->best_value);
    checkpoint_numbers(visit, "best", descent->best, n);
    checkpoint_count(visit, "iterations", &descent->result.n_iterations);
    checkpoint_count(visit, "evaluations", &descent->result.n_evaluations);
    checkpoint_start(visit, "start", &descent->start_seconds);
    visit_trials(descent->options->search, visit);
    if (descent->method->visit)
        descent->method->visit(descent->own, visit);
}

static int begin(struct descent *descent, size_t n, struct error *err)
{
    const struct descent_method *method = descent->method;
    return method->begin ? method->begin(descent->own, n, descent->point->beta, err) : 0;
}

/* The rate among those to choose from, and back to the start. */
static int choose_rate(struct descent *descent, struct error *err)
{
    if (begin(descent, descent->options->search->n, err) < 0 ||
        descent_search(descent, &descent->initial, err) < 0)
        return -1;
    return begin(descent, 1, err);
}

static int start_afresh(struct descent *descent, struct error *err)
{
    bool finite;
    if (find_rate(descent, err) < 0 ||
        descent_evaluate(descent, descent->point, &finite, err) < 0)
        return -1;
    if (!finite)
        return fail_at_start(err);
    descent->start_value = descent_value(descent);
    remember(descent);
    return descent->options->search ? choose_rate(descent, err) : 0;
}

static int start(struct descent *descent, struct error *err)
{
    descent->best = memory_new(descent->objective->n, sizeof(double), err);
    if (!descent->best || begin(descent, 1, err) < 0)
        return -1;
    if (!checkpoint_resume(descent->watch, visit_state, descent))
        return start_afresh(descent, err);
    descent->point->have = OBJECTIVE_VALUE | OBJECTIVE_GRADIENT;
    return 0;
}

/* ---- iterations ---- */

static bool told_to_stop(const struct descent *descent)
{
    const struct solver_watch *watch = descent->watch;
    if (!watch || !watch->on_step)
        return false;
    const struct solver_step step = {
        .iteration = descent->result.n_iterations,
        .objective = descent_value(descent),
        .gradient_norm = l1_slopes_norm(descent->objective, descent->point),
        .step = descent->step,
        .seconds = clock_seconds() - descent->start_seconds,
        .in_epochs = descent->method->in_epochs,
        .beta = descent->point->beta};
    return watch->on_step(watch->context, &step) != 0;
}

static bool meets_tolerance(const struct descent *descent)
{
    double size = fmax(1, fabs(descent_value(descent)));
    return l1_slopes_norm(descent->objective, descent->point) <=
           descent->options->tolerance * size;
}

static uint64_t most_iterations(const struct descent *descent)
{
    const struct solver_options *options = descent->options;
    bool is_shorter = options->max_epochs < options->max_iterations;
    return descent->method->in_epochs && is_shorter ? options->max_epochs
                                                    : options->max_iterations;
}

bool descent_has_ended(struct descent *descent)
{
    uint64_t most = most_iterations(descent);
    if (meets_tolerance(descent))
        descent->result.stop = SOLVER_TOLERANCE;
    else if (descent->result.n_iterations >= most)
        descent->result.stop = most < descent->options->max_iterations
                                   ? SOLVER_MAX_EPOCHS
                                   : SOLVER_MAX_ITERATIONS;
    else
        return false;
    return true;
}

static bool is_over(struct descent *descent)
{
    if (!told_to_stop(descent))
        return descent_has_ended(descent);
    descent->result.stop = SOLVER_STOPPED;
    return true;
}

void descent_set_rate(struct descent *descent)
{
    descent->rate = schedule_rate(descent->options->schedule, descent->initial,
                                  descent->result.n_iterations + 1,
                                  most_iterations(descent), descent->options->n_periods);
    descent->step = descent->rate;
}

bool descent_take(struct descent *descent, bool finite)
{
    double value = descent_value(descent);
    descent->result.n_iterations++;
    if (!finite || value > EXPLOSION * fmax(1, fabs(descent->start_value)))
        return false;
    if (value < descent->best_value)
        remember(descent);
    return true;
}

/* 1: at the next point; 0: there is none. */
static int advance(struct descent *descent, struct error *err)
{
    bool finite;
    descent_set_rate(descent);
    int moved = descent->method->advance(&descent, 1, descent->own, err);
    if (moved <= 0)
        return moved;
    if (descent->is_lost)
        return fail_divergent(descent, err);
    if (descent_evaluate(descent, descent->point, &finite, err) < 0)
        return -1;
    return descent_take(descent, finite) ? 1 : fail_divergent(descent, err);
}

static int iterate(struct descent *descent, struct error *err)
{
    for (;;) {
        checkpoint_offer(descent->watch, visit_state, descent);
        if (is_over(descent))
            return 0;
        int moved = advance(descent, err);
        if (moved < 0)
            return -1;
        if (moved == 0) {
            descent->result.stop = SOLVER_NO_PROGRESS;
            return 0;
        }
    }
}

/* ---- the end ---- */

bool descent_is_divergent(const struct descent *descent)
{
    double start = descent->start_value;
    return !(descent->best_value < start) &&
           descent_value(descent) > start + RISE * fmax(1, fabs(start));
}

bool descent_settle(struct descent *descent)
{
    if (descent->result.stop == SOLVER_TOLERANCE ||
        !(descent->best_value < descent_value(descent)))
        return false;
    memcpy(descent->point->beta, descent->best, descent->objective->n * sizeof(double));
    descent->point->have = 0;
    return true;
}

static int finish(struct descent *descent, struct error *err)
{
    bool finite;
    if (descent->result.stop != SOLVER_STOPPED && descent_is_divergent(descent))
        return fail_divergent(descent, err);
    return descent_settle(descent)
               ? descent_evaluate(descent, descent->point, &finite, err)
               : 0;
}

int descent_run(const struct descent_method *method, void *own,
                const struct objective *objective, const struct solver_options *options,
                const struct solver_watch *watch, struct objective_point *point,
                struct solver_result *result, struct error *err)
{
    struct descent descent = {.objective = objective,
                              .options = options,
                              .watch = watch,
                              .method = method,
                              .own = own,
                              .point = point,
                              .start_seconds = clock_seconds(),
                              .result = {.newton_decrement = NAN}};
    int status = start(&descent, err);
    if (status == 0)
        status = iterate(&descent, err);
    if (status == 0)
        status = finish(&descent, err);
    if (status == 0)
        *result = descent.result;
    memory_free(descent.best);
    return status;
}
