#include "core/base/residence.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include "core/base/memory.h"

#define BITS 64U

struct residence {
    uintptr_t start;
    size_t n_bytes;
    size_t n_most;                  /* granules that may be resident */
    atomic_size_t n_resident;       /* at most */
    atomic_uint_least64_t *touched; /* a bit for each granule */
};

/* Of an address's granule, counted from the mapping's first. */
static size_t granule_of(const struct residence *residence, uintptr_t at)
{
    return at / RESIDENCE_GRANULE_BYTES - residence->start / RESIDENCE_GRANULE_BYTES;
}

static size_t n_words(const struct residence *residence)
{
    return granule_of(residence, residence->start + residence->n_bytes) / BITS + 1;
}

struct residence *residence_new(const void *start, size_t n_bytes, size_t most_bytes,
                                struct error *err)
{
    struct residence *residence = memory_new(1, sizeof(*residence), err);
    if (!residence)
        return NULL;
    size_t n_most = most_bytes / RESIDENCE_GRANULE_BYTES;
    residence->start = (uintptr_t)start;
    residence->n_bytes = n_bytes;
    residence->n_most = n_most > 0 ? n_most : 1;
    atomic_init(&residence->n_resident, 0);
    residence->touched = memory_new(n_words(residence), sizeof(*residence->touched), err);
    if (!residence->touched) {
        residence_free(residence);
        return NULL;
    }
    return residence;
}

void residence_free(struct residence *residence)
{
    if (residence)
        memory_free(residence->touched);
    memory_free(residence);
}

/* All pages, not only those that are marked: another thread may just have had some back
 * that it marked before. */
static void let_go(struct residence *residence)
{
    size_t n = n_words(residence);
    for (size_t i = 0; i < n; i++)
        atomic_store_explicit(&residence->touched[i], 0, memory_order_relaxed);
    atomic_store(&residence->n_resident, 0);
    /* Where the system cannot, more stays resident, and nothing else is wrong. */
    (void)!madvise((void *)residence->start, residence->n_bytes, MADV_DONTNEED);
}

/* Whether it was not marked before. */
static bool mark(struct residence *residence, size_t granule)
{
    atomic_uint_least64_t *word = &residence->touched[granule / BITS];
    uint64_t bit = UINT64_C(1) << granule % BITS;
    return !(atomic_load_explicit(word, memory_order_relaxed) & bit) &&
           !(atomic_fetch_or_explicit(word, bit, memory_order_relaxed) & bit);
}

void residence_touch(struct residence *residence, const void *from, size_t n_bytes)
{
    uintptr_t first = (uintptr_t)from;
    if (!residence || n_bytes == 0 || first < residence->start ||
        first - residence->start >= residence->n_bytes)
        return;
    size_t left = residence->n_bytes - (first - residence->start);
    size_t last = granule_of(residence, first + (n_bytes < left ? n_bytes : left) - 1);
    for (size_t i = granule_of(residence, first); i <= last; i++)
        if (mark(residence, i) &&
            atomic_fetch_add(&residence->n_resident, 1) >= residence->n_most)
            let_go(residence);
}
