#include "core/model/drift.h"

#include <sched.h>

#include "core/base/memory.h"

void drift_free(struct drift *drift)
{
    memory_free(drift->counts);
    drift->counts = NULL;
    drift->n_rows = 0;
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

static bool has_counts(struct drift *drift, size_t n_inputs)
{
    if (!drift->counts)
        drift->counts = memory_new(n_inputs, sizeof(*drift->counts), NULL);
    return drift->counts != NULL;
}

static void count_row(struct drift *drift, const struct baseline *baseline,
                      const double *cells)
{
    for (size_t i = 0; i < baseline->n_inputs; i++)
        drift->counts[i][baseline_place(&baseline->inputs[i], cells[i])]++;
    drift->n_rows++;
}

void drift_count(struct drift *drift, const struct baseline *baseline,
                 const double *cells, size_t n_rows)
{
    size_t step = (n_rows + DRIFT_MOST_ROWS - 1) / DRIFT_MOST_ROWS;
    if (baseline->n_inputs == 0 || n_rows == 0 || !enter(drift))
        return;
    if (has_counts(drift, baseline->n_inputs))
        for (size_t row = 0; row < n_rows; row += step)
            count_row(drift, baseline, cells + row * baseline->n_inputs);
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
    copy->n_rows = drift->n_rows;
    for (size_t i = 0; drift->counts && i < baseline->n_inputs; i++)
        for (size_t place = 0; place < BASELINE_N_PLACES; place++)
            copy->counts[i][place] = drift->counts[i][place];
    leave(drift);
    return 0;
}
