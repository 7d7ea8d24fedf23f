#include "core/model/evaluate_table.h"

#include <string.h>

#include "core/base/memory.h"

struct running {
    const struct evaluate_table *task;
    struct score_table *scorer;
    struct evaluate *evaluate;
    struct evaluate_outcomes outcomes;
    size_t piece_rows;
    double *scores;          /* [piece_rows × n_scores] */
    bool *is_bad;            /* [piece_rows] */
    unsigned char *is_meant; /* [piece_rows] */
    uint64_t first_row;      /* of the piece */
    uint64_t n_rows, n_bad;
};

static bool has_trials(const struct evaluate_table *task)
{
    return task->columns.trials != EVALUATE_OUTCOMES_NONE;
}

static int open_pieces(struct running *running, size_t n_most, struct error *err)
{
    const struct evaluate_table *task = running->task;
    size_t n_scores = model_n_scores(task->model);
    running->scorer = score_table_new(task->model, task->table, task->budget, err);
    if (!running->scorer)
        return -1;
    size_t n = running->piece_rows = score_table_piece_rows(running->scorer);
    running->evaluate = evaluate_new(task->model, task->options, n_most, err);
    running->scores = memory_new_aligned(n * n_scores, sizeof(*running->scores), err);
    running->is_bad = memory_new(n, sizeof(*running->is_bad), err);
    running->is_meant = memory_new(n, sizeof(*running->is_meant), err);
    if (!running->evaluate || !running->scores || !running->is_bad || !running->is_meant)
        return -1;
    return evaluate_outcomes_open(&running->outcomes, task->model, task->table,
                                  &task->columns, n, err);
}

/* ---- a piece ---- */

static void add_offset(struct running *running, size_t n)
{
    bool has_offset = running->task->columns.offset != EVALUATE_OUTCOMES_NONE;
    for (size_t i = 0; has_offset && i < n; i++)
        running->scores[i] = fmax(
            -DBL_MAX, fmin(running->scores[i] + running->outcomes.offset[i], DBL_MAX));
}

/* Rows that are bad or not meant have no weight. */
static void leave_out(struct running *running, size_t n)
{
    struct evaluate_outcomes *outcomes = &running->outcomes;
    for (size_t i = 0; i < n; i++)
        if (running->is_bad[i] || !running->is_meant[i]) {
            outcomes->weights[i] = 0;
            if (has_trials(running->task))
                outcomes->weights[n + i] = 0;
        }
}

static void choose(struct running *running, size_t n)
{
    if (running->task->where)
        row_levels_read(running->task->where, running->first_row, n, running->is_meant);
    else
        memset(running->is_meant, 1, n);
}

/* A score_table_bad_fn: of rows that are not meant nothing is told. */
static void on_bad(void *context, uint64_t row, const char *column, enum error_code code)
{
    const struct running *running = context;
    if (running->is_meant[row - running->first_row])
        running->task->bad(running->task->context, row, column, code);
}

static void count(struct running *running, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        running->n_rows += running->is_meant[i];
        running->n_bad += running->is_meant[i] && running->is_bad[i];
    }
}

static void add_piece(struct running *running, uint64_t first_row, size_t n)
{
    const struct evaluate_table *task = running->task;
    const struct evaluate_outcomes *outcomes = &running->outcomes;
    running->first_row = first_row;
    memset(running->is_bad, 0, n * sizeof(*running->is_bad));
    choose(running, n);
    score_table_read(running->scorer, first_row, n, running->scores, running->is_bad,
                     on_bad, running);
    evaluate_outcomes_read(&running->outcomes, first_row, n, running->is_bad, on_bad,
                           running);
    count(running, n);
    add_offset(running, n);
    leave_out(running, n);
    evaluate_add(running->evaluate, running->scores, outcomes->y, outcomes->weights, n);
    if (has_trials(task))
        evaluate_add(running->evaluate, running->scores, outcomes->y + n,
                     outcomes->weights + n, n);
}

static int add_all(struct running *running, struct error *err)
{
    uint64_t n_rows = table_summary(running->task->table)->n_rows;
    for (uint64_t first = 0; first < n_rows; first += running->piece_rows) {
        uint64_t left = n_rows - first;
        if (stop_check(&running->task->options->stop, err) < 0)
            return -1;
        add_piece(running, first,
                  left < running->piece_rows ? (size_t)left : running->piece_rows);
    }
    return 0;
}

/* ---- the whole ---- */

static int run(const struct evaluate_table *task, size_t n_most,
               struct evaluation *evaluation, uint64_t *n_rows, uint64_t *n_bad,
               struct error *err)
{
    struct running running = {.task = task};
    int result = open_pieces(&running, n_most, err);
    if (result == 0)
        result = add_all(&running, err);
    if (result == 0)
        result = evaluate_finish(running.evaluate, evaluation, err);
    *n_rows = running.n_rows;
    *n_bad = running.n_bad;
    score_table_free(running.scorer);
    evaluate_free(running.evaluate);
    evaluate_outcomes_free(&running.outcomes);
    memory_free(running.scores);
    memory_free(running.is_bad);
    memory_free(running.is_meant);
    return result;
}

int evaluate_table_run(const struct evaluate_table *task, struct evaluation *evaluation,
                       uint64_t *n_rows, uint64_t *n_bad, struct error *err)
{
    size_t n_most;
    if (!memory_product((size_t)table_summary(task->table)->n_rows,
                        has_trials(task) ? 2 : 1, &n_most))
        return error_no_memory(err, SIZE_MAX);
    size_t n_bytes = evaluate_bytes(task->model, task->options, n_most);
    if (budget_reserve(task->budget, n_bytes, err) < 0)
        return -1;
    int result = run(task, n_most, evaluation, n_rows, n_bad, err);
    budget_release(task->budget, n_bytes);
    return result;
}
