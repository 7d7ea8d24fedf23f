#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/pool.h"
#include "core/model/likelihood.h"
#include "core/model/model_assemble.h"
#include "core/model/online.h"
#include "core/model/term_order.h"
#include "core/optim/adagrad.h"
#include "core/optim/sgd.h"
#include "core/optim/vectors.h"

/* One pass over the rows of a call. */
struct learning {
    struct online *online;
    struct design rows; /* borrowed; of numbers with labels and offsets of its own */
    struct pool *pool;  /* of this thread alone */
    struct estimate_hooks hooks;
    struct likelihood likelihood;
    struct solver_options options;
    struct epochs_memory memory;
    double *gradient; /* [n] */
    double *by_terms; /* [n] the coefficients, as passes over rows take them */
    double *sums;     /* [LIKELIHOOD_N_SUMS + n] */
};

static bool of_numbers(const struct learning *learning)
{
    return family_traits(learning->online->model->family)->of_numbers;
}

static void free_learning(struct learning *learning)
{
    if (of_numbers(learning)) {
        memory_free(learning->rows.y);
        memory_free(learning->rows.offset);
    }
    memory_free(learning->memory.first);
    memory_free(learning->gradient);
    memory_free(learning->by_terms);
    memory_free(learning->sums);
    likelihood_free(&learning->likelihood);
    pool_free(learning->pool);
}

/* Numbers on the scale on which they are learnt. */
static int take_rows(struct learning *learning, const struct design *rows,
                     struct error *err)
{
    const struct typical *typical = &learning->online->typical;
    double *y, *offset;
    size_t n = (size_t)rows->n_rows;
    learning->rows = *rows;
    if (!of_numbers(learning))
        return 0;
    learning->rows.y = y = memory_new(n, sizeof(*y), err);
    learning->rows.offset = offset = memory_new(n, sizeof(*offset), err);
    for (size_t i = 0; y && offset && i < n; i++) {
        y[i] = (rows->y[i] - typical->response_centre) / typical->response_scale;
        offset[i] = design_offset(rows, i) / typical->response_scale;
    }
    return y && offset ? 0 : -1;
}

static int make_likelihood(struct learning *learning, struct error *err)
{
    const struct online *online = learning->online;
    const struct survey survey = {.n_columns = learning->rows.n_columns,
                                  .n_classes = online->model->n_classes,
                                  .sum_weights = 1};
    const struct estimate_options options = {.family = online->model->family,
                                             .intercept = online->model->intercept,
                                             .l2 = online->head.plan.l2,
                                             .l1 = online->head.plan.l1};
    learning->pool = pool_new(1, 0, err);
    if (!learning->pool ||
        likelihood_new(&learning->likelihood, &learning->rows, &online->basis, &survey,
                       &options, &learning->hooks, learning->pool, false, err) < 0)
        return -1;
    learning->likelihood.is_narrow = false; /* scores are had of each row's margins */
    return 0;
}

static int make_learning(struct learning *learning, struct error *err)
{
    struct online *online = learning->online;
    size_t n = online->n;
    if (make_likelihood(learning, err) < 0)
        return -1;
    learning->gradient = memory_new_aligned(n, sizeof(double), err);
    learning->by_terms = memory_new_aligned(n, sizeof(double), err);
    learning->sums = memory_new_aligned(LIKELIHOOD_N_SUMS + n, sizeof(double), err);
    learning->memory = (struct epochs_memory){
        .options = &learning->options,
        .l1 = learning->likelihood.l1,
        .n = n,
        .n_updates = online->head.whole.n_steps,
        .first = memory_new(n, sizeof(double), err), /* without momentum: the last step */
        .second = online->squares};
    return learning->gradient && learning->by_terms && learning->sums &&
                   learning->memory.first
               ? 0
               : -1;
}

/* ---- one batch ---- */

/* The likeliest class, of equals the first one as the model counts them. */
static size_t likeliest(const struct model *model, const double *p)
{
    size_t best = 0;
    for (size_t k = 1; k < model->n_classes; k++) {
        bool is_first = model_assemble_class(k, model->reference) <
                        model_assemble_class(best, model->reference);
        if (p[k] > p[best] || (p[k] == p[best] && is_first))
            best = k;
    }
    return best;
}

/* The weight of a chunk's rows whose class the margins tell; a share of successes is told
 * in part. Of several classes the margins have become probabilities. */
static double find_correct(const struct model *model, const struct likelihood_room *room)
{
    const struct row_chunk *chunk = &room->chunk;
    bool is_multinomial = model->family == FAMILY_MULTINOMIAL;
    double correct = 0;
    for (size_t i = 0; model->n_classes > 0 && i < chunk->n_rows; i++) {
        double share = room->margins[i] >= 0 ? chunk->y[i] : 1 - chunk->y[i];
        if (is_multinomial)
            share = likeliest(model, room->margins + i * model->n_classes) ==
                    (size_t)chunk->y[i];
        correct += chunk->weights[i] * share;
    }
    return correct;
}

/* What the copy as it is loses on the batch, and the gradient of that. */
static void score_batch(struct learning *learning, size_t first, size_t n,
                        struct online_score *score)
{
    const struct likelihood *likelihood = &learning->likelihood;
    struct likelihood_room *room = likelihood_own_room(likelihood);
    struct online *online = learning->online;
    struct design_block batch;
    size_t next = 0;
    memset(learning->sums, 0, (LIKELIHOOD_N_SUMS + online->n) * sizeof(double));
    term_order_by_terms(online->n_blocks, online->basis.n_terms, online->beta,
                        learning->by_terms);
    design_rows(&learning->rows, first, n, &batch);
    while (row_chunk_load(&room->chunk, &online->basis, &batch, &next)) {
        likelihood->loss->add(likelihood, room, learning->by_terms, OBJECTIVE_GRADIENT,
                              learning->sums);
        score->correct += find_correct(online->model, room);
        for (size_t i = 0; i < room->chunk.n_rows; i++)
            score->weights += room->chunk.weights[i];
    }
    score->losses = learning->sums[LIKELIHOOD_LOSS];
    term_order_by_blocks(online->n_blocks, online->basis.n_terms,
                         learning->sums + LIKELIHOOD_N_SUMS, 1, (double)n,
                         learning->gradient);
    if (likelihood->is_penalised)
        penalty_add_gradient(&likelihood->penalty, online->beta, learning->gradient);
}

static int check_finite(const struct learning *learning, const double *numbers,
                        double loss, struct error *err)
{
    if (isfinite(loss) && vectors_all_finite(numbers, learning->online->n))
        return 0;
    error_set(err, ERROR_NON_FINITE,
              "step %llu leaves the range of numbers; leave out extreme values, or take "
              "a smaller learning rate",
              (unsigned long long)learning->memory.n_updates);
    error_place(err, "/rows");
    return -1;
}

static int step(struct learning *learning, const struct online_score *score,
                struct error *err)
{
    struct online *online = learning->online;
    const struct online_plan *plan = &online->head.plan;
    uint64_t t = ++learning->memory.n_updates;
    double rate = schedule_rate(plan->schedule, plan->rate, t, UINT64_MAX, 0);
    if (check_finite(learning, learning->gradient, score->losses, err) < 0)
        return -1;
    (plan->algorithm == ONLINE_ADAGRAD ? adagrad_update : sgd_update)(
        &learning->memory, learning->gradient, rate, online->beta);
    return check_finite(learning, online->squares, 0, err) < 0
               ? -1
               : check_finite(learning, online->beta, 0, err);
}

/* ---- what is told ---- */

/* J of y is this times J of y' (numeric_response.h). */
static double loss_unit(const struct online *online)
{
    double scale = online->typical.response_scale;
    return online->model->family == FAMILY_GAUSSIAN ? scale * scale : scale;
}

static void add_score(struct online_score *score, double fading,
                      const struct online_score *more)
{
    score->weights = fading * score->weights + more->weights;
    score->losses = fading * score->losses + more->losses;
    score->correct = fading * score->correct + more->correct;
}

static void tell(struct online_tally *tally, size_t n_rows,
                 const struct online_score *score)
{
    tally->n_rows += n_rows;
    tally->n_steps++;
    add_score(&tally->score, 1, score);
}

static int learn_batch(struct learning *learning, size_t first, size_t n,
                       struct online_tally *call, struct error *err)
{
    struct online_head *head = &learning->online->head;
    struct online_score score = {0};
    score_batch(learning, first, n, &score);
    if (step(learning, &score, err) < 0)
        return -1;
    score.losses *= loss_unit(learning->online);
    tell(call, n, &score);
    tell(&head->whole, n, &score);
    add_score(&head->recent, exp(-(double)n / ONLINE_RECENT_ROWS), &score);
    return 0;
}

int online_learn(struct online *online, const struct design *rows, size_t n_batch,
                 struct online_tally *call, struct error *err)
{
    struct learning learning = {.online = online};
    size_t n_rows = (size_t)rows->n_rows;
    int status = take_rows(&learning, rows, err);
    if (status == 0)
        status = make_learning(&learning, err);
    for (size_t first = 0; status == 0 && first < n_rows; first += n_batch)
        status =
            learn_batch(&learning, first,
                        n_batch < n_rows - first ? n_batch : n_rows - first, call, err);
    free_learning(&learning);
    return status;
}
