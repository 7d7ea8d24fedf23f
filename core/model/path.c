#include "core/model/path.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/data/folds.h"
#include "core/model/path_fits.h"

#define LEAST_ALPHA 1e-3

struct walk {
    const struct design *design;
    const struct path_options *path;
    const struct estimate_options *options; /* the caller's */
    const struct solver_watch *watch;       /* the caller's; NULL: there is none */
    struct estimate_hooks hooks;            /* of each estimate */
    struct pool *pool;
    struct path_fits fits; /* to all rows */
    size_t n;
    double *lambdas;              /* [n] */
    struct report_path *steps;    /* [n] */
    unsigned char *dealt;         /* [n_rows]; NULL where folds are given, or none */
    const unsigned char *fold_of; /* these, or those given */
    double *losses;               /* [n_folds × n] mean loss of each fold */
    double *fold_weights;         /* [n_folds] */
    size_t chosen;
};

static void free_walk(struct walk *walk)
{
    path_fits_free(&walk->fits);
    memory_free(walk->lambdas);
    memory_free(walk->steps);
    memory_free(walk->dealt);
    memory_free(walk->losses);
    memory_free(walk->fold_weights);
}

/* ---- the sequence ---- */

static bool is_path(const struct walk *walk)
{
    return walk->path->n_lambdas > 0;
}

/* Steps of several fits are no state that one could go on from. */
static void watch_without_checkpoints(struct walk *walk,
                                      const struct estimate_hooks *hooks)
{
    if (!hooks)
        return;
    walk->watch = &hooks->watch;
    walk->hooks = *hooks;
    walk->hooks.watch.on_stage =
        NULL; /* the parts are told, not what each goes through */
    walk->hooks.watch.wants_state = NULL;
    walk->hooks.watch.keep_state = NULL;
    walk->hooks.watch.kept_as = NULL;
    walk->hooks.watch.state = NULL;
    walk->hooks.watch.state_bytes = 0;
}

static struct estimate_options options_at(const struct walk *walk, size_t i)
{
    struct estimate_options options = *walk->options;
    if (is_path(walk)) {
        options.l1 = walk->path->alpha * walk->lambdas[i];
        options.l2 = (1 - walk->path->alpha) * walk->lambdas[i];
    }
    return options;
}

/* Of a path without l1, as if it had some. */
static int find_l1_max(struct walk *walk, double *l1_max, struct error *err)
{
    struct estimate_options options = *walk->options;
    struct path_fits fits = {0};
    options.algorithm = "auto";
    options.l1 = 1;
    options.l2 = 0;
    options.start = NULL;
    options.statistics = false;
    int status =
        path_fits_open(&fits, walk->design, &options, &walk->hooks, walk->pool, err);
    if (status == 0)
        status = path_fits_l1_max(&fits, l1_max, err);
    path_fits_free(&fits);
    return status;
}

/* The least l1 that leaves nothing, over α. */
static int find_greatest(struct walk *walk, double *greatest, struct error *err)
{
    double l1_max;
    int status = walk->path->alpha > 0 ? path_fits_l1_max(&walk->fits, &l1_max, err)
                                       : find_l1_max(walk, &l1_max, err);
    if (status < 0)
        return -1;
    *greatest = l1_max / fmax(walk->path->alpha, LEAST_ALPHA);
    if (*greatest > 0 && isfinite(*greatest))
        return 0;
    error_set(err, ERROR_INVALID,
              "no column is related to the target, so that a path has no beginning; name "
              "its lambdas");
    error_place(err, "/path");
    return -1;
}

static int find_lambdas(struct walk *walk, struct error *err)
{
    const struct path_options *path = walk->path;
    double greatest;
    if (!is_path(walk))
        walk->lambdas[0] = walk->options->l1 + walk->options->l2;
    else if (path->lambdas)
        memcpy(walk->lambdas, path->lambdas, walk->n * sizeof(double));
    else {
        if (find_greatest(walk, &greatest, err) < 0)
            return -1;
        for (size_t i = 0; i < walk->n; i++)
            walk->lambdas[i] = i == 0 ? greatest
                                      : greatest * pow(path->min_ratio,
                                                       (double)i / (double)(walk->n - 1));
    }
    return 0;
}

static int start_walk(struct walk *walk, struct error *err)
{
    size_t n_folds = walk->path->n_folds, n_losses;
    walk->n = is_path(walk) ? walk->path->n_lambdas : 1;
    walk->lambdas = memory_new(walk->n, sizeof(double), err);
    walk->steps = memory_new(walk->n, sizeof(*walk->steps), err);
    walk->fold_weights = memory_new(n_folds, sizeof(double), err);
    if (!walk->lambdas || !walk->steps || !walk->fold_weights)
        return -1;
    if (!memory_product(n_folds, walk->n, &n_losses))
        return error_no_memory(err, SIZE_MAX);
    walk->losses = memory_new(n_losses, sizeof(double), err);
    if (!walk->losses)
        return -1;
    walk->chosen = walk->n - 1;
    walk->lambdas[0] = 1; /* until they are found: any will do */
    const struct estimate_options options = options_at(walk, 0);
    return path_fits_open(&walk->fits, walk->design, &options, &walk->hooks, walk->pool,
                          err) < 0
               ? -1
               : find_lambdas(walk, err);
}

/* ---- cross-validation ---- */

/* The rows of the design that are in the fold, or those that are not; the weights are
 * owned, all else is the design's. */
static int take_rows(const struct walk *walk, size_t fold, bool inside,
                     struct design *part, struct error *err)
{
    const struct design *design = walk->design;
    *part = *design;
    part->weights = design_array_new(design, (size_t)design->n_rows, sizeof(double), err);
    part->sum_weights = 0;
    if (!part->weights)
        return -1;
    for (uint64_t i = 0; i < design->n_rows; i++) {
        bool is_taken = (walk->fold_of[i] == fold) == inside;
        design_array_touch(design, &part->weights[i], sizeof(*part->weights));
        part->weights[i] = is_taken ? design_weight(design, i) : 0;
        part->sum_weights += part->weights[i];
    }
    return 0;
}

static struct estimate_options options_of_fold(const struct walk *walk,
                                               const struct design *held_out, size_t i)
{
    struct estimate_options options = options_at(walk, i);
    options.statistics = false;
    options.details = (struct statistics_options){0};
    options.held_out = held_out;
    options.patience = 0;
    return options;
}

static int walk_fold(struct walk *walk, size_t fold, const struct design *fitted,
                     const struct design *held_out, struct error *err)
{
    struct estimate_options options = options_of_fold(walk, held_out, 0);
    struct path_fits fits = {0};
    struct path_fit fit;
    walk->fold_weights[fold] = held_out->sum_weights;
    int status = path_fits_open(&fits, fitted, &options, &walk->hooks, walk->pool, err);
    for (size_t i = 0; status == 0 && i < walk->n; i++) {
        solver_tell_stage(walk->watch, "cross_validation", fold * walk->n + i + 1,
                          walk->path->n_folds * walk->n);
        options = options_of_fold(walk, held_out, i);
        status = path_fits_run(&fits, &options, &fit, err);
        if (status == 0)
            walk->losses[fold * walk->n + i] = fit.validation_loss;
    }
    path_fits_free(&fits);
    return status;
}

static int cross_validate_fold(struct walk *walk, size_t fold, struct error *err)
{
    struct design fitted = {0}, held_out = {0};
    int status = take_rows(walk, fold, false, &fitted, err);
    if (status == 0)
        status = take_rows(walk, fold, true, &held_out, err);
    if (status == 0)
        status = walk_fold(walk, fold, &fitted, &held_out, err);
    design_array_free(walk->design, fitted.weights);
    design_array_free(walk->design, held_out.weights);
    return status;
}

static void judge(const struct walk *walk, size_t i)
{
    struct report_path *step = &walk->steps[i];
    size_t n_folds = walk->path->n_folds;
    double sum = 0, weights = 0, squares = 0;
    for (size_t k = 0; k < n_folds; k++) {
        sum += walk->fold_weights[k] * walk->losses[k * walk->n + i];
        weights += walk->fold_weights[k];
    }
    step->mean_loss = sum / weights;
    for (size_t k = 0; k < n_folds; k++) {
        double off = walk->losses[k * walk->n + i] - step->mean_loss;
        squares += walk->fold_weights[k] * off * off;
    }
    step->loss_error = sqrt(squares / weights / (double)(n_folds - 1));
}

/* The least mean, the greatest λ of equals; or by the rule of one standard error. */
static size_t choose(const struct walk *walk)
{
    size_t best = 0;
    for (size_t i = 1; i < walk->n; i++)
        if (walk->steps[i].mean_loss < walk->steps[best].mean_loss)
            best = i;
    double limit = walk->steps[best].mean_loss + walk->steps[best].loss_error;
    for (size_t i = 0; walk->path->one_standard_error && i < best; i++)
        if (walk->steps[i].mean_loss <= limit)
            return i;
    return best;
}

static int find_folds(struct walk *walk, struct error *err)
{
    walk->fold_of = walk->path->fold_of;
    if (walk->fold_of)
        return 0;
    walk->fold_of = walk->dealt = memory_new((size_t)walk->design->n_rows, 1, err);
    if (!walk->dealt)
        return -1;
    int status = folds_deal(walk->design, walk->path->n_folds, walk->options->solver.seed,
                            walk->dealt, err);
    if (status < 0 && err && err->code == ERROR_INVALID)
        error_place(err, "/cross_validation/folds");
    return status;
}

static int cross_validate(struct walk *walk, struct error *err)
{
    size_t n_folds = walk->path->n_folds;
    for (size_t i = 0; i < walk->n; i++)
        walk->steps[i].mean_loss = walk->steps[i].loss_error = NAN;
    if (n_folds == 0)
        return 0;
    if (find_folds(walk, err) < 0)
        return -1;
    for (size_t k = 0; k < n_folds; k++)
        if (cross_validate_fold(walk, k, err) < 0)
            return -1;
    for (size_t i = 0; i < walk->n; i++)
        judge(walk, i);
    walk->chosen = choose(walk);
    return 0;
}

/* ---- all rows ---- */

static void describe(const struct walk *walk, size_t i,
                     const struct estimate_options *options, const struct path_fit *fit)
{
    struct report_path *step = &walk->steps[i];
    step->lambda = walk->lambdas[i];
    step->l1 = options->l1;
    step->l2 = options->l2;
    step->n_nonzero = fit->n_nonzero;
    step->iterations = fit->iterations;
    step->objective = fit->objective;
    step->deviance_ratio = fit->deviance_ratio;
    step->converged = fit->converged;
}

/* Without folds, rows held out of all fits judge them. */
static bool is_judged_by_held_out(const struct walk *walk)
{
    return walk->path->n_folds == 0 && walk->options->held_out;
}

/* Is this fit to be the model's, as far as is known? */
static bool is_to_be_kept(struct walk *walk, size_t i, double loss)
{
    if (!is_judged_by_held_out(walk))
        return i == walk->chosen;
    walk->steps[i].mean_loss = loss;
    bool is_better = i == 0 || loss < walk->steps[walk->chosen].mean_loss;
    walk->chosen = is_better ? i : walk->chosen;
    return is_better;
}

static int fit_step(struct walk *walk, size_t i, struct estimate *chosen,
                    struct error *err)
{
    struct estimate_options options = options_at(walk, i);
    struct path_fit fit;
    bool may_be_kept = i == walk->chosen || is_judged_by_held_out(walk);
    solver_tell_stage(walk->watch, is_path(walk) ? "path" : "solving", i + 1, walk->n);
    options.statistics = options.statistics && may_be_kept;
    options.details.residuals = options.details.residuals && may_be_kept;
    if (path_fits_run(&walk->fits, &options, &fit, err) < 0)
        return -1;
    describe(walk, i, &options, &fit);
    if (!is_to_be_kept(walk, i, fit.validation_loss))
        return 0;
    estimate_free(chosen);
    return path_fits_take(&walk->fits, chosen, err);
}

/* The whole path; of the chosen λ the estimate is kept. */
static int fit_all_rows(struct walk *walk, struct estimate *chosen, struct error *err)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < walk->n; i++)
        status = fit_step(walk, i, chosen, err);
    return status;
}

static void report_walk(struct walk *walk, struct report *report)
{
    report->path = walk->steps;
    report->n_path = walk->n;
    report->n_folds = walk->path->n_folds;
    report->path_chosen = walk->chosen;
    report->has_lambdas = is_path(walk);
    report->one_standard_error = walk->path->one_standard_error;
    walk->steps = NULL;
}

int path_run(const struct design *design, const struct estimate_options *options,
             const struct path_options *path, const struct estimate_hooks *hooks,
             struct pool *pool, struct estimate *estimate, struct error *err)
{
    struct walk walk = {.design = design, .path = path, .options = options, .pool = pool};
    struct estimate chosen = {0};
    double start = clock_seconds();
    if (path->n_lambdas == 0 && path->n_folds == 0)
        return estimate_run(design, options, hooks, pool, estimate, err);
    watch_without_checkpoints(&walk, hooks);
    int status = start_walk(&walk, err);
    if (status == 0)
        status = cross_validate(&walk, err);
    if (status == 0)
        status = fit_all_rows(&walk, &chosen, err);
    if (status == 0) {
        report_walk(&walk, &chosen.report);
        chosen.report.solve_seconds = clock_seconds() - start;
        *estimate = chosen;
    } else
        estimate_free(&chosen);
    free_walk(&walk);
    return status;
}

/* The fold of each row, and an order of the rows while they are dealt out. */
size_t path_bytes(const struct path_options *path, uint64_t n_rows)
{
    size_t n_bytes;
    return memory_product(
               (size_t)n_rows,
               path->n_folds > 0 ? sizeof(unsigned char) + sizeof(uint64_t) : 0, &n_bytes)
               ? n_bytes
               : SIZE_MAX;
}
