#include "core/optim/descent_search.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/optim/patience.h"

/* What to try where all rates were too great. */
#define MORE_CAREFUL 0.1

struct race {
    const struct descent *main;
    struct solver_search *search;
    /* [n] of each rate */
    struct descent *runs;
    struct objective_point *points;
    struct objective_point *judged; /* where it is, judged by other rows */
    struct patience *patience;
    /* [n] those that have not ended yet, and the points of these */
    size_t n_alive;
    struct descent **alive;
    struct objective_point **at;
};

/* ---- at the start ---- */

static void free_race(struct race *race)
{
    for (size_t k = 0; race->runs && race->points && k < race->search->n; k++) {
        memory_free(race->runs[k].best);
        objective_point_free(race->main->objective, &race->points[k]);
    }
    memory_free(race->runs);
    memory_free(race->points);
    memory_free(race->judged);
    memory_free(race->patience);
    memory_free(race->alive);
    memory_free(race->at);
}

static void copy_point(const struct descent *main, struct objective_point *point)
{
    size_t n_bytes = main->objective->n * sizeof(double);
    memcpy(point->beta, main->point->beta, n_bytes);
    memcpy(point->gradient, main->point->gradient, n_bytes);
    point->value = main->point->value;
    point->have = OBJECTIVE_VALUE | OBJECTIVE_GRADIENT;
}

static int enter(struct race *race, size_t k, struct error *err)
{
    const struct descent *main = race->main;
    struct descent *run = &race->runs[k];
    if (objective_point_new(main->objective, 0, &race->points[k], err) < 0)
        return -1;
    copy_point(main, &race->points[k]);
    *run = *main;
    run->index = k;
    run->point = &race->points[k];
    run->initial = race->search->trials[k].learning_rate;
    run->best = memory_copy(main->best, main->objective->n * sizeof(double), err);
    race->search->trials[k].diverged = false;
    race->patience[k] = patience_start(race->search->patience);
    race->alive[race->n_alive++] = run;
    return run->best ? 0 : -1;
}

static int make_race(struct race *race, struct error *err)
{
    size_t n = race->search->n;
    race->runs = memory_new(n, sizeof(*race->runs), err);
    race->points = memory_new(n, sizeof(*race->points), err);
    race->judged = memory_new(n, sizeof(*race->judged), err);
    race->patience = memory_new(n, sizeof(*race->patience), err);
    race->alive = memory_new(n, sizeof(struct descent *), err);
    race->at = memory_new(n, sizeof(struct objective_point *), err);
    if (!race->runs || !race->points || !race->judged || !race->patience ||
        !race->alive || !race->at)
        return -1;
    for (size_t k = 0; k < n; k++)
        if (enter(race, k, err) < 0)
            return -1;
    return 0;
}

/* ---- who goes on ---- */

typedef bool goes_on_fn(struct race *race, struct descent *run);

static void keep_those(struct race *race, goes_on_fn *goes_on)
{
    size_t n = 0;
    for (size_t i = 0; i < race->n_alive; i++)
        if (goes_on(race, race->alive[i]))
            race->alive[n++] = race->alive[i];
    race->n_alive = n;
}

static bool has_not_ended(struct race *race, struct descent *run)
{
    (void)race;
    return !descent_has_ended(run);
}

static bool is_not_lost(struct race *race, struct descent *run)
{
    race->search->trials[run->index].diverged = run->is_lost;
    return !run->is_lost;
}

static bool does_not_diverge(struct race *race, struct descent *run)
{
    run->is_lost = !descent_take(run, descent_is_finite(run, run->point));
    return is_not_lost(race, run);
}

static bool is_patient(struct race *race, struct descent *run)
{
    struct patience *patience = &race->patience[run->index];
    patience_improves(patience, race->judged[run->index].value);
    return !patience_is_over(patience);
}

/* ---- iterations ---- */

static int evaluate(struct race *race, struct error *err)
{
    for (size_t i = 0; i < race->n_alive; i++) {
        race->at[i] = race->alive[i]->point;
        race->at[i]->have = 0;
    }
    return objective_evaluate_several(race->main->objective, race->at, race->n_alive,
                                      OBJECTIVE_VALUE | OBJECTIVE_GRADIENT, err);
}

static int judge(struct race *race, struct error *err)
{
    for (size_t i = 0; i < race->n_alive; i++) {
        struct objective_point *judged = &race->judged[race->alive[i]->index];
        *judged = (struct objective_point){.beta = race->alive[i]->point->beta};
        race->at[i] = judged;
    }
    return objective_evaluate_several(race->search->judged, race->at, race->n_alive,
                                      OBJECTIVE_VALUE, err);
}

/* One iteration of all that have not ended. */
static int advance(struct race *race, struct error *err)
{
    for (size_t i = 0; i < race->n_alive; i++)
        descent_set_rate(race->alive[i]);
    if (race->main->method->advance(race->alive, race->n_alive, race->main->own, err) < 0)
        return -1;
    keep_those(race, is_not_lost);
    if (race->n_alive == 0)
        return 0;
    if (evaluate(race, err) < 0)
        return -1;
    keep_those(race, does_not_diverge);
    return 0;
}

static int lose_patience(struct race *race, struct error *err)
{
    if (race->search->patience == 0 || race->n_alive == 0)
        return 0;
    if (judge(race, err) < 0)
        return -1;
    keep_those(race, is_patient);
    return 0;
}

static int run_all(struct race *race, struct error *err)
{
    for (;;) {
        if (lose_patience(race, err) < 0)
            return -1;
        keep_those(race, has_not_ended);
        if (race->n_alive == 0)
            return 0;
        if (advance(race, err) < 0)
            return -1;
    }
}

/* ---- the end ---- */

/* Those that did not diverge, each where it ends. */
static void settle(struct race *race)
{
    race->n_alive = 0;
    for (size_t k = 0; k < race->search->n; k++) {
        struct solver_trial *trial = &race->search->trials[k];
        trial->diverged |= descent_is_divergent(&race->runs[k]);
        if (trial->diverged)
            continue;
        descent_settle(&race->runs[k]);
        race->alive[race->n_alive++] = &race->runs[k];
    }
}

static void take_losses(struct race *race)
{
    for (size_t k = 0; k < race->search->n; k++)
        race->search->trials[k].loss = NAN;
    for (size_t i = 0; i < race->n_alive; i++) {
        size_t k = race->alive[i]->index;
        race->search->trials[k].loss =
            race->search->patience > 0 ? race->patience[k].least : race->judged[k].value;
    }
}

static int fail_divergent(const struct race *race, struct error *err)
{
    double least = INFINITY;
    for (size_t k = 0; k < race->search->n; k++)
        least = fmin(least, race->search->trials[k].learning_rate);
    error_set(err, ERROR_NO_CONVERGENCE,
              "the objective does not fall with any learning rate of the grid; try %.3g",
              fmin(race->main->usual, MORE_CAREFUL * least));
    error_place(err, "/learning_rate/grid");
    return -1;
}

static int choose(struct race *race, double *rate, struct error *err)
{
    settle(race);
    if (race->n_alive > 0 && judge(race, err) < 0)
        return -1;
    take_losses(race);
    const struct solver_trial *best = solver_best_trial(race->search);
    if (!best)
        return fail_divergent(race, err);
    *rate = best->learning_rate;
    return 0;
}

int descent_search(const struct descent *main, double *rate, struct error *err)
{
    struct race race = {.main = main, .search = main->options->search};
    int status = make_race(&race, err);
    if (status == 0)
        status = run_all(&race, err);
    if (status == 0)
        status = choose(&race, rate, err);
    free_race(&race);
    return status;
}
