#include "core/model/drift.h"

#include <sched.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/predict.h"

void drift_free(struct drift *drift)
{
    memory_free(drift->counts);
    drift->counts = NULL;
    drift->waiting = NULL;
    drift->n_rows = drift->n_waiting = 0;
}

/* ---- one thread at a time ---- */

static bool enter(struct drift *drift)
{
    return !atomic_exchange_explicit(&drift->is_busy, true, memory_order_acquire);
}

static void leave(struct drift *drift)
{
    atomic_store_explicit(&drift->is_busy, false, memory_order_release);
}

/* ---- counting ---- */

/* The counts, and behind them the cells that wait. */
static bool has_counts(struct drift *drift, size_t n_inputs)
{
    size_t bytes = sizeof(*drift->counts) + DRIFT_MOST_WAITING * sizeof(*drift->waiting);
    if (!drift->counts)
        drift->counts = memory_new(n_inputs, bytes, NULL);
    drift->waiting = drift->counts ? (double *)(void *)(drift->counts + n_inputs) : NULL;
    return drift->counts != NULL;
}

static void count_waiting(struct drift *drift, const struct baseline *baseline)
{
    size_t n_inputs = baseline->n_inputs;
    for (size_t i = 0; i < n_inputs; i++) {
        const double *cell = drift->waiting + i;
        for (size_t row = 0; row < drift->n_waiting; row++, cell += n_inputs)
            drift->counts[i][baseline_place(&baseline->inputs[i], *cell)]++;
    }
    drift->n_rows += drift->n_waiting;
    drift->n_waiting = 0;
}

static void take_row(struct drift *drift, const struct baseline *baseline,
                     const double *cells)
{
    size_t n_inputs = baseline->n_inputs;
    memcpy(drift->waiting + drift->n_waiting * n_inputs, cells,
           n_inputs * sizeof(*cells));
    if (++drift->n_waiting == DRIFT_MOST_WAITING)
        count_waiting(drift, baseline);
}

/* Of so many rows one is counted. */
static size_t step_of(size_t n_rows)
{
    return (n_rows + DRIFT_MOST_ROWS - 1) / DRIFT_MOST_ROWS;
}

void drift_count(struct drift *drift, const struct baseline *baseline,
                 const double *cells, size_t n_rows)
{
    size_t step = step_of(n_rows);
    if (baseline->n_inputs == 0 || n_rows == 0 || !enter(drift))
        return;
    if (has_counts(drift, baseline->n_inputs))
        for (size_t row = 0; row < n_rows; row += step)
            take_row(drift, baseline, cells + row * baseline->n_inputs);
    leave(drift);
}

/* As far from 0 as the row has it. */
static void move_entries(struct drift *drift, const struct baseline *baseline,
                         const struct predict_entry *entries, size_t n)
{
    for (size_t e = 0; e < n; e++) {
        const struct baseline_input *input = &baseline->inputs[entries[e].input];
        uint64_t *counts = drift->counts[entries[e].input];
        counts[input->bin_of_zero]--;
        counts[baseline_place(input, entries[e].value)]++;
    }
}

static void count_sparse(struct drift *drift, const struct baseline *baseline,
                         const struct predict_entry *entries, const size_t *ends,
                         size_t n_rows)
{
    size_t step = step_of(n_rows), n_counted = (n_rows - 1) / step + 1;
    for (size_t i = 0; i < baseline->n_inputs; i++)
        drift->counts[i][baseline->inputs[i].bin_of_zero] += n_counted;
    for (size_t row = 0; row < n_rows; row += step) {
        size_t start = row > 0 ? ends[row - 1] : 0;
        move_entries(drift, baseline, entries + start, ends[row] - start);
    }
    drift->n_rows += n_counted;
}

void drift_count_sparse(struct drift *drift, const struct baseline *baseline,
                        const struct predict_entry *entries, const size_t *ends,
                        size_t n_rows)
{
    if (baseline->n_inputs == 0 || n_rows == 0 || !enter(drift))
        return;
    if (has_counts(drift, baseline->n_inputs))
        count_sparse(drift, baseline, entries, ends, n_rows);
    leave(drift);
}

/* ---- reading ---- */

int drift_copy(struct drift *drift, const struct baseline *baseline, struct drift *copy,
               struct error *err)
{
    copy->counts = memory_new(baseline->n_inputs, sizeof(*copy->counts), err);
    if (!copy->counts)
        return -1;
    while (!enter(drift))
        sched_yield();
    count_waiting(drift, baseline);
    copy->n_rows = drift->n_rows;
    for (size_t i = 0; drift->counts && i < baseline->n_inputs; i++)
        for (size_t place = 0; place < BASELINE_N_PLACES; place++)
            copy->counts[i][place] = drift->counts[i][place];
    leave(drift);
    return 0;
}
