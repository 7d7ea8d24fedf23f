#include "core/optim/coordinate_rounds.h"

#include <math.h>

#include "core/optim/coordinate_part.h"
#include "core/optim/evaluation.h"
#include "core/optim/l1.h"

/* A part of which others are missing that should move is solved so far. */
#define COARSE 1e-2

/* Coordinates that are 0 wait within a part if their gradient exceeds this share of l1.
 */
#define NEAR 0.95

/* By columns it is not gone on for ever, nor further than this: the last digits are had
 * by exact steps. */
#define MOST_BY_COLUMNS 100U
#define LEAST_TOLERANCE 1e-7

/* ---- by columns ---- */

/* Dense columns are few enough for a matrix of them, where the last digits are wanted. */
static bool is_worth_it(const struct coordinate_search *search,
                        const struct objective_margins *margins)
{
    return margins && (margins->columns.starts ||
                       search->options->tolerance > COORDINATE_SEARCH_EXACT);
}

static int find_columns(struct coordinate_search *search, struct error *err)
{
    const struct objective *objective = search->objective;
    const struct objective_margins *margins = NULL;
    if (objective->ops->find_margins &&
        objective->ops->find_margins(objective->context, &margins, err) < 0)
        return -1;
    if (!is_worth_it(search, margins))
        return 0;
    if (column_descent_new(&search->columns, objective, margins, err) < 0)
        return -1;
    search->columns.quadratic.watch = search->watch;
    return 0;
}

/* For others the whole gradient is to be known. */
static void leave_columns(struct coordinate_search *search)
{
    column_descent_find(&search->columns, &search->here, true);
    column_descent_free(&search->columns);
    search->phase = COORDINATE_BY_PARTS;
}

static void start_by_columns(struct coordinate_search *search)
{
    search->columns.decrement = search->decrement;
    if (!column_descent_find(&search->columns, &search->here, false)) {
        leave_columns(search);
        return;
    }
    search->value =
        search->here.value + l1_value_among(search->objective, search->here.beta,
                                            coordinate_search_among(search));
}

static void judge_by_columns(struct coordinate_search *search)
{
    double tolerance = fmax(search->options->tolerance, LEAST_TOLERANCE);
    double enough = tolerance * fmax(1, fabs(search->value));
    bool is_near = search->decrement * search->decrement <= enough &&
                   l1_gap_among(search->objective, &search->here,
                                coordinate_search_among(search)) <= enough;
    bool is_all = is_near && tolerance == search->options->tolerance;
    if (!is_near && ++search->n_by_columns < MOST_BY_COLUMNS)
        return;
    if (!is_all || !search->options->bounds_do)
        leave_columns(search);
    if (is_all)
        search->phase = COORDINATE_SETTLED;
}

static int step_by_columns(struct coordinate_search *search, struct error *err)
{
    double enough = search->options->tolerance * fmax(1, fabs(search->value));
    search->set.reach = 0;
    working_set_choose_among(&search->set, search->objective, &search->here,
                             coordinate_search_among(search));
    bool moves =
        column_descent_step(&search->columns, &search->set, &search->here,
                            search->value - search->here.value, enough, &search->trial);
    if (solver_is_over(search->watch))
        return error_set(err, ERROR_CANCELLED, "the search was given up as asked");
    if (!moves || !column_descent_find(&search->columns, &search->trial, false)) {
        leave_columns(search);
        return 0;
    }
    search->decrement = search->columns.decrement;
    search->step = search->columns.step;
    coordinate_search_accept(search);
    judge_by_columns(search);
    return 0;
}

/* ---- by parts ---- */

/* As exactly as is asked for, once all that should move is in the set. */
static struct solver_options part_options(const struct coordinate_search *search)
{
    struct solver_options options = *search->options;
    bool is_last = search->set.left_out == 0;
    options.max_iterations -= search->result.n_iterations;
    if (!is_last)
        options.tolerance = fmax(options.tolerance, COARSE);
    else if (options.tolerance > COORDINATE_SEARCH_EXACT)
        options.tolerance = fmax(options.tolerance / 4, COORDINATE_SEARCH_EXACT * 2);
    return options;
}

/* Is the minimum over the set, where this is, that over all? */
static bool is_minimum_of_all(const struct coordinate_search *search)
{
    double tolerance = search->options->tolerance;
    if (tolerance > COORDINATE_SEARCH_EXACT)
        return l1_gap(search->objective, &search->here) <=
               tolerance * fmax(1, fabs(search->value));
    return search->set.left_out == 0 &&
           !coordinate_part_is_exceeded(search->objective, &search->set, &search->here);
}

/* To the trial, a minimum over the set. False: go on with the whole. */
static bool take_part(struct coordinate_search *search, const struct solver_result *part)
{
    double before = search->value;
    double value = search->trial.value + l1_value(search->objective, search->trial.beta);
    if (!evaluation_is_lower(value, before, 0))
        return false;
    search->step = 1;
    search->decrement = part->newton_decrement;
    coordinate_search_accept(search);
    if (part->n_iterations > 0)
        search->result.n_iterations += part->n_iterations - 1;
    if (part->stop == SOLVER_TOLERANCE && is_minimum_of_all(search))
        search->phase = COORDINATE_SETTLED;
    return part->stop == SOLVER_MAX_ITERATIONS ||
           (part->stop == SOLVER_TOLERANCE &&
            (search->phase == COORDINATE_SETTLED || value < before));
}

static int step_by_part(struct coordinate_search *search, struct error *err)
{
    struct error why = {0};
    struct solver_result part;
    bool made, finite;
    search->set.reach = NEAR;
    working_set_choose(&search->set, search->objective, &search->here);
    const struct solver_options options = part_options(search);
    if (coordinate_part_solve(search->objective, &search->set, &options, search->watch,
                              search->here.beta, search->trial.beta, &made, &part,
                              err) < 0)
        return -1;
    search->trial.have = 0;
    if (made && coordinate_search_evaluate(search, &search->trial,
                                           OBJECTIVE_VALUE | OBJECTIVE_GRADIENT, &finite,
                                           &why, err) < 0)
        return -1;
    if (!made || !finite || !take_part(search, &part))
        search->phase = COORDINATE_BY_THE_WHOLE;
    return 0;
}

/* ---- the whole ---- */

/* Without iterations the decrement is wanted alone, which is that of all coordinates. */
static bool is_in_rounds(const struct coordinate_search *search)
{
    return search->objective->l1 && search->options->max_iterations > 0 &&
           search->phase != COORDINATE_BY_THE_WHOLE;
}

/* Where the whole Hessian is given away, a part saves nothing. */
static bool has_parts(const struct objective *objective)
{
    return objective->ops->new_part && !objective->gives_hessian;
}

int coordinate_rounds_start(struct coordinate_search *search, struct error *err)
{
    if (!is_in_rounds(search)) {
        search->phase = COORDINATE_BY_THE_WHOLE;
        return 0;
    }
    if (search->phase != COORDINATE_BY_COLUMNS)
        return 0;
    if (find_columns(search, err) < 0)
        return -1;
    if (search->columns.margins)
        start_by_columns(search);
    else
        search->phase =
            has_parts(search->objective) ? COORDINATE_BY_PARTS : COORDINATE_BY_THE_WHOLE;
    return 0;
}

int coordinate_rounds_step(struct coordinate_search *search, struct error *err)
{
    return search->phase == COORDINATE_BY_COLUMNS ? step_by_columns(search, err)
                                                  : step_by_part(search, err);
}

bool coordinate_rounds_have_ended(struct coordinate_search *search)
{
    bool is_stopped = coordinate_search_told_to_stop(search);
    search->result.stop = is_stopped                            ? SOLVER_STOPPED
                          : search->phase == COORDINATE_SETTLED ? SOLVER_TOLERANCE
                                                                : SOLVER_MAX_ITERATIONS;
    return is_stopped || search->phase == COORDINATE_SETTLED ||
           search->result.n_iterations >= search->options->max_iterations;
}
