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
};

static void free_epochs(struct epochs *epochs)
{
    memory_free(epochs->memory.first);
    memory_free(epochs->memory.second);
    memory_free(epochs->order);
    memory_free(epochs->gradient);
}

static int make_epochs(struct epochs *epochs, const struct objective *objective,
                       struct error *err)
{
    const struct objective_ops *ops = objective->ops;
    size_t n = objective->n;
    if (!ops->n_rows || !ops->rows_gradient)
        return error_set(err, ERROR_INVALID,
                         "this objective is no sum over rows; take another algorithm");
    epochs->n_rows = ops->n_rows(objective->context);
    epochs->memory.n = n;
    epochs->memory.first = memory_new(n, sizeof(double), err);
    epochs->memory.second = memory_new(n, sizeof(double), err);
    epochs->order = memory_new(epochs->n_rows, sizeof(size_t), err);
    epochs->gradient = memory_new(n, sizeof(double), err);
    return epochs->memory.first && epochs->memory.second && epochs->order &&
                   epochs->gradient
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

static int run_epoch(struct descent *descent, void *own, struct error *err)
{
    struct epochs *epochs = own;
    const struct objective *objective = descent->objective;
    size_t n_left, n_batch = descent->options->batch_size;
    shuffle(epochs, descent);
    for (size_t i = 0; i < epochs->n_rows; i += n_batch) {
        n_left = epochs->n_rows - i;
        n_batch = n_batch < n_left ? n_batch : n_left;
        if (objective->ops->rows_gradient(objective->context, descent->point->beta,
                                          epochs->order + i, n_batch, epochs->gradient,
                                          err) < 0)
            return -1;
        epochs->memory.n_updates++;
        epochs->update(&epochs->memory, epochs->gradient, descent->rate,
                       descent->point->beta);
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
    int status = make_epochs(&epochs, objective, err);
    if (status == 0)
        status =
            descent_run(&method, &epochs, objective, options, watch, point, result, err);
    free_epochs(&epochs);
    return status;
}
