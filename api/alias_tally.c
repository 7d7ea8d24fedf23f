#include "api/alias_tally.h"

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/memory.h"

struct alias_tally {
    atomic_size_t n_references;
    _Atomic uint64_t n_drawn;
    pthread_mutex_t mutex; /* of what follows */
    struct alias_tally_counts counts;
};

struct alias_tally *alias_tally_new(struct error *err)
{
    struct alias_tally *tally = memory_new(1, sizeof(*tally), err);
    if (tally && pthread_mutex_init(&tally->mutex, NULL) != 0) {
        memory_free(tally);
        error_set(err, ERROR_INTERNAL, "cannot make a lock");
        return NULL;
    }
    if (tally)
        atomic_init(&tally->n_references, 1);
    return tally;
}

struct alias_tally *alias_tally_retain(struct alias_tally *tally)
{
    atomic_fetch_add_explicit(&tally->n_references, 1, memory_order_relaxed);
    return tally;
}

void alias_tally_release(struct alias_tally *tally)
{
    if (tally &&
        atomic_fetch_sub_explicit(&tally->n_references, 1, memory_order_acq_rel) == 1) {
        pthread_mutex_destroy(&tally->mutex);
        memory_free(tally);
    }
}

uint64_t alias_tally_next(struct alias_tally *tally)
{
    return atomic_fetch_add_explicit(&tally->n_drawn, 1, memory_order_relaxed);
}

void alias_tally_add(struct alias_tally *tally, const struct alias_tally_counts *more)
{
    struct alias_tally_counts *counts = &tally->counts;
    pthread_mutex_lock(&tally->mutex);
    counts->n_compared += more->n_compared;
    counts->n_skipped += more->n_skipped;
    counts->n_unusable += more->n_unusable;
    counts->n_labels += more->n_labels;
    counts->n_disagree += more->n_disagree;
    counts->n_differences += more->n_differences;
    counts->sum_difference += more->sum_difference;
    if (more->largest_difference > counts->largest_difference)
        counts->largest_difference = more->largest_difference;
    pthread_mutex_unlock(&tally->mutex);
}

struct alias_tally_counts alias_tally_read(struct alias_tally *tally)
{
    pthread_mutex_lock(&tally->mutex);
    struct alias_tally_counts counts = tally->counts;
    pthread_mutex_unlock(&tally->mutex);
    return counts;
}
