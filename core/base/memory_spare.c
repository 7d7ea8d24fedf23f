#include "core/base/memory_spare.h"

#include <malloc.h>
#include <sanitizer/asan_interface.h>
#include <stdint.h>
#include <stdlib.h>

#define MOST_BLOCKS 64U
#define LEAST_BYTES ((size_t)32 << 10) /* of less the pages are few */
#define LARGEST_BYTES (MEMORY_SPARE_MOST_BYTES / 2)
#define WASTE 4U /* a block may be larger than what it is for by a part of that */

struct spare {
    void *block;
    size_t n_bytes;
};

/* Oldest first. */
static _Thread_local struct {
    bool is_kept;
    size_t n, n_bytes;
    struct spare spares[MOST_BLOCKS];
} kept;

void memory_spare_begin(void)
{
    kept.is_kept = true;
}

void memory_spare_end(void)
{
    memory_spare_give_back();
    kept.is_kept = false;
}

size_t memory_spare_bytes(void)
{
    return kept.n_bytes;
}

/* Takes it out of the order. Nobody may touch what is kept: of sanitizers none can. */
static void *take_out(size_t i)
{
    struct spare spare = kept.spares[i];
    for (size_t k = i + 1; k < kept.n; k++)
        kept.spares[k - 1] = kept.spares[k];
    kept.n--;
    kept.n_bytes -= spare.n_bytes;
    ASAN_UNPOISON_MEMORY_REGION(spare.block, spare.n_bytes);
    return spare.block;
}

void memory_spare_give_back(void)
{
    while (kept.n > 0)
        free(take_out(kept.n - 1));
}

static bool fits(const struct spare *spare, size_t bytes, size_t boundary)
{
    return spare->n_bytes >= bytes && spare->n_bytes - bytes <= bytes / WASTE &&
           (uintptr_t)spare->block % boundary == 0;
}

void *memory_spare_take(size_t bytes, size_t boundary)
{
    size_t best = kept.n;
    for (size_t i = 0; i < kept.n; i++)
        if (fits(&kept.spares[i], bytes, boundary) &&
            (best == kept.n || kept.spares[i].n_bytes < kept.spares[best].n_bytes))
            best = i;
    return best < kept.n ? take_out(best) : NULL;
}

/* On its own, so that for threads that keep nothing there is hardly anything to do. */
static __attribute__((noinline)) bool keep(void *block)
{
    size_t n_bytes = malloc_usable_size(block);
    if (n_bytes < LEAST_BYTES || n_bytes > LARGEST_BYTES)
        return false;
    while (kept.n == MOST_BLOCKS || kept.n_bytes > MEMORY_SPARE_MOST_BYTES - n_bytes)
        free(take_out(0));
    kept.spares[kept.n++] = (struct spare){block, n_bytes};
    kept.n_bytes += n_bytes;
    ASAN_POISON_MEMORY_REGION(block, n_bytes);
    return true;
}

bool memory_spare_keep(void *block)
{
    return kept.is_kept && keep(block);
}
