#include "core/optim/epochs.h"

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/optim/descent.h"
#include "core/optim/vectors.h"

/* One of those that go through the epochs in lock-step. */
struct walker {
    struct epochs_memory memory;
    double *gradient; /* [n] over a batch */
    double *mean_of;  /* [n] the iterate, where the point is the mean; NULL: it is the
                         point */
    uint64_t n_averaged;
};

struct epochs {
    epochs_update_fn *update;
    const struct objective *objective;
    const struct solver_options *options;
    size_t n_rows;
    size_t *order; /* [n_rows] */
    size_t n_walkers;
    struct walker *walkers;
    /* [n_walkers] of those that move now */
    struct descent **moving;
    const double **betas;
    double **gradients;
};

static void free_walkers(struct epochs *epochs)
{
    for (size_t k = 0; k < epochs->n_walkers; k++) {
        memory_free(epochs->walkers[k].memory.first);
        memory_free(epochs->walkers[k].memory.second);
        memory_free(epochs->walkers[k].gradient);
        memory_free(epochs->walkers[k].mean_of);
    }
    memory_free(epochs->walkers);
    memory_free(epochs->moving);
    memory_free(epochs->betas);
    memory_free(epochs->gradients);
    epochs->n_walkers = 0;
    epochs->walkers = NULL;
    epochs->moving = NULL;
    epochs->betas = NULL;
    epochs->gradients = NULL;
}

static int make_walker(const struct epochs *epochs, struct walker *walker,
                       const double *beta, struct error *err)
{
    size_t n = epochs->objective->n;
    walker->memory.options = epochs->options;
    walker->memory.l1 = epochs->objective->l1;
    walker->memory.n = n;
    walker->memory.first = memory_new(n, sizeof(double), err);
    walker->memory.second = memory_new(n, sizeof(double), err);
    walker->gradient = memory_new(n, sizeof(double), err);
    if (epochs->options->averaging)
        walker->mean_of = memory_copy(beta, n * sizeof(double), err);
    return walker->memory.first && walker->memory.second && walker->gradient &&
                   (walker->mean_of || !epochs->options->averaging)
               ? 0
               : -1;
}

static int begin(void *own, size_t n, const double *beta, struct error *err)
{
    struct epochs *epochs = own;
    free_walkers(epochs);
    epochs->walkers = memory_new(n, sizeof(*epochs->walkers), err);
    epochs->moving = memory_new(n, sizeof(struct descent *), err);
    epochs->betas = memory_new(n, sizeof(const double *), err);
    epochs->gradients = memory_new(n, sizeof(double *), err);
    if (!epochs->walkers || !epochs->moving || !epochs->betas || !epochs->gradients)
        return -1;
    epochs->n_walkers = n;
    for (size_t k = 0; k < n; k++)
        if (make_walker(epochs, &epochs->walkers[k], beta, err) < 0)
            return -1;
    return 0;
}

static int make_order(struct epochs *epochs, struct error *err)
{
    const struct objective_ops *ops = epochs->objective->ops;
    if (!ops->n_rows || !ops->rows_gradient)
        return error_set(err, ERROR_INVALID,
                         "this objective is no sum over rows; take another algorithm");
    epochs->n_rows = ops->n_rows(epochs->objective->context);
    epochs->order = memory_new(epochs->n_rows, sizeof(size_t), err);
    return epochs->order ? 0 : -1;
}

static void shuffle(struct epochs *epochs, const struct descent *descent)
{
    struct random random =
        random_start(descent->options->seed, descent->result.n_iterations + 1);
    for (size_t i = 0; i < epochs->n_rows; i++)
        epochs->order[i] = i;
    random_shuffle(&random, epochs->order, epochs->n_rows);
}

/* mean ← mean + (β - mean)/k, after k batches. */
static void add_to_mean(struct walker *walker, double *mean)
{
    double k = (double)++walker->n_averaged;
    for (size_t i = 0; i < walker->memory.n; i++)
        mean[i] += (walker->mean_of[i] - mean[i]) / k;
}

/* Where the method itself is. */
static double *place_of(const struct epochs *epochs, const struct descent *descent)
{
    const struct walker *walker = &epochs->walkers[descent->index];
    return walker->mean_of ? walker->mean_of : descent->point->beta;
}

/* By the gradient over a batch. False: that is not finite. */
static bool take_batch(struct epochs *epochs, struct descent *descent)
{
    struct walker *walker = &epochs->walkers[descent->index];
    descent->is_lost = !vectors_all_finite(walker->gradient, walker->memory.n);
    if (descent->is_lost)
        return false;
    walker->memory.n_updates++;
    epochs->update(&walker->memory, walker->gradient, descent->rate,
                   place_of(epochs, descent));
    if (walker->mean_of)
        add_to_mean(walker, descent->point->beta);
    return true;
}

static size_t set_off(struct epochs *epochs, struct descent *const *descents, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        struct descent *descent = descents[k];
        descent->point->have = 0;
        if (descent->result.n_iterations <= 1)
            epochs->walkers[descent->index].n_averaged = 0;
        epochs->moving[k] = descent;
    }
    return n;
}

/* Returns how many are left. */
static size_t take_batches(struct epochs *epochs, size_t n)
{
    size_t n_left = 0;
    for (size_t k = 0; k < n; k++)
        if (take_batch(epochs, epochs->moving[k]))
            epochs->moving[n_left++] = epochs->moving[k];
    return n_left;
}

static int load_batch(struct epochs *epochs, size_t n, const size_t *order, size_t n_rows,
                      struct error *err)
{
    for (size_t k = 0; k < n; k++) {
        epochs->betas[k] = place_of(epochs, epochs->moving[k]);
        epochs->gradients[k] = epochs->walkers[epochs->moving[k]->index].gradient;
    }
    return objective_rows_gradients(epochs->objective, epochs->betas, n, order, n_rows,
                                    epochs->gradients, err);
}

static int run_epoch(struct descent *const *descents, size_t n, void *own,
                     struct error *err)
{
    struct epochs *epochs = own;
    size_t n_moving = set_off(epochs, descents, n), n_batch = epochs->options->batch_size;
    shuffle(epochs, descents[0]); /* all are as far */
    for (size_t i = 0; n_moving > 0 && i < epochs->n_rows; i += n_batch) {
        size_t n_left = epochs->n_rows - i;
        n_batch = n_batch < n_left ? n_batch : n_left;
        if (load_batch(epochs, n_moving, epochs->order + i, n_batch, err) < 0)
            return -1;
        n_moving = take_batches(epochs, n_moving);
    }
    return 1;
}

static void visit_memory(void *own, struct checkpoint *visit)
{
    struct walker *walker = ((struct epochs *)own)->walkers;
    size_t n = walker->memory.n;
    checkpoint_numbers(visit, "first", walker->memory.first, n);
    checkpoint_numbers(visit, "second", walker->memory.second, n);
    checkpoint_count(visit, "updates", &walker->memory.n_updates);
    if (walker->mean_of)
        checkpoint_numbers(visit, "iterate", walker->mean_of, n);
    checkpoint_count(visit, "averaged", &walker->n_averaged);
}

int epochs_run(epochs_update_fn *update, double usual_rate,
               const struct objective *objective, const struct solver_options *options,
               const struct solver_watch *watch, struct objective_point *point,
               struct solver_result *result, struct error *err)
{
    const struct descent_method method = {.usual_rate = usual_rate,
                                          .in_epochs = true,
                                          .begin = begin,
                                          .advance = run_epoch,
                                          .visit = visit_memory};
    struct epochs epochs = {.update = update, .objective = objective, .options = options};
    int status = make_order(&epochs, err);
    if (status == 0)
        status =
            descent_run(&method, &epochs, objective, options, watch, point, result, err);
    free_walkers(&epochs);
    memory_free(epochs.order);
    return status;
}
