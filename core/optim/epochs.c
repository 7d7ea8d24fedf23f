#include "core/optim/epochs.h"

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/optim/descent.h"

struct epochs {
    epochs_update_fn *update;
    struct epochs_memory memory;
    size_t n_rows;
    size_t *order;    /* [n_rows] */
    double *gradient; /* [n] over a batch */
    double *walk;     /* [n] the iterate, where the point is the mean; NULL: it is the
                         point */
    uint64_t n_averaged;
};

static void free_epochs(struct epochs *epochs)
{
    memory_free(epochs->memory.first);
    memory_free(epochs->memory.second);
    memory_free(epochs->order);
    memory_free(epochs->gradient);
    memory_free(epochs->walk);
}

static int make_epochs(struct epochs *epochs, const struct objective *objective,
                       const struct solver_options *options,
                       const struct objective_point *start, struct error *err)
{
    const struct objective_ops *ops = objective->ops;
    size_t n = objective->n;
    if (!ops->n_rows || !ops->rows_gradient)
        return error_set(err, ERROR_INVALID,
                         "this objective is no sum over rows; take another algorithm");
    epochs->n_rows = ops->n_rows(objective->context);
    epochs->memory.options = options;
    epochs->memory.n = n;
    epochs->memory.first = memory_new(n, sizeof(double), err);
    epochs->memory.second = memory_new(n, sizeof(double), err);
    epochs->order = memory_new(epochs->n_rows, sizeof(size_t), err);
    epochs->gradient = memory_new(n, sizeof(double), err);
    if (options->averaging)
        epochs->walk = memory_copy(start->beta, n * sizeof(double), err);
    return epochs->memory.first && epochs->memory.second && epochs->order &&
                   epochs->gradient && (epochs->walk || !options->averaging)
               ? 0
               : -1;
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
static void add_to_mean(struct epochs *epochs, double *mean)
{
    double k = (double)++epochs->n_averaged;
    for (size_t i = 0; i < epochs->memory.n; i++)
        mean[i] += (epochs->walk[i] - mean[i]) / k;
}

static int run_epoch(struct descent *descent, void *own, struct error *err)
{
    struct epochs *epochs = own;
    const struct objective *objective = descent->objective;
    double *point = descent->point->beta, *beta = epochs->walk ? epochs->walk : point;
    size_t n_left, n_batch = descent->options->batch_size;
    shuffle(epochs, descent);
    if (descent->result.n_iterations <= 1)
        epochs->n_averaged = 0;
    for (size_t i = 0; i < epochs->n_rows; i += n_batch) {
        n_left = epochs->n_rows - i;
        n_batch = n_batch < n_left ? n_batch : n_left;
        if (objective->ops->rows_gradient(objective->context, beta, epochs->order + i,
                                          n_batch, epochs->gradient, err) < 0)
            return -1;
        epochs->memory.n_updates++;
        epochs->update(&epochs->memory, epochs->gradient, descent->rate, beta);
        if (epochs->walk)
            add_to_mean(epochs, point);
    }
    descent->point->have = 0;
    return 1;
}

static void visit_memory(void *own, struct checkpoint *visit)
{
    struct epochs *epochs = own;
    checkpoint_numbers(visit, "first", epochs->memory.first, epochs->memory.n);
    checkpoint_numbers(visit, "second", epochs->memory.second, epochs->memory.n);
    checkpoint_count(visit, "updates", &epochs->memory.n_updates);
    if (epochs->walk)
        checkpoint_numbers(visit, "walk", epochs->walk, epochs->memory.n);
    checkpoint_count(visit, "averaged", &epochs->n_averaged);
}

int epochs_run(epochs_update_fn *update, double usual_rate,
               const struct objective *objective, const struct solver_options *options,
               const struct solver_watch *watch, struct objective_point *point,
               struct solver_result *result, struct error *err)
{
    const struct descent_method method = {.usual_rate = usual_rate,
                                          .in_epochs = true,
                                          .advance = run_epoch,
                                          .visit = visit_memory};
    struct epochs epochs = {.update = update};
    int status = make_epochs(&epochs, objective, options, point, err);
    if (status == 0)
        status =
            descent_run(&method, &epochs, objective, options, watch, point, result, err);
    free_epochs(&epochs);
    return status;
}
