/*
 * Distinct whole numbers, numbered in the order in which they came: the indices of sparse
 * columns. Lookups of small ones are in a table, of others by a hash with a secret key,
 * so that no choice of numbers makes them slow; the numbering does not depend on the key.
 * The caller locks.
 */
#ifndef LOGITD_CORE_DATA_INDEX_MAP_H
#define LOGITD_CORE_DATA_INDEX_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

#define INDEX_MAP_NONE UINT32_MAX

struct index_map { /* all zero: empty */
    uint32_t n;
    uint64_t *indices; /* [n] in the order of their numbers */
    uint32_t capacity;
    /* Of small indices: number + 1 of each; 0: it has not come */
    uint32_t *small;
    size_t n_small;
    /* Of the others: number + 1; 0: free; a power of two of them */
    uint32_t *slots;
    uint32_t n_slots, n_hashed;
    uint64_t key[2];
};

void index_map_free(struct index_map *map); /* what it owns; and back to all zero */

/* The number of this index, a new one if it has not come yet. INDEX_MAP_NONE with err set
 * without memory, and with ERROR_TOO_LARGE where there are n_most already. */
uint32_t index_map_add(struct index_map *map, uint64_t index, uint32_t n_most,
                       struct error *err) MUST_CHECK;

/* The same of most that have come, in no time; INDEX_MAP_NONE: ask index_map_add. */
static inline uint32_t index_map_find_small(const struct index_map *map, uint64_t index)
{
    return index < map->n_small ? map->small[index] - 1 : INDEX_MAP_NONE;
}

/* rank[n]: place of each number's index among all in ascending order; sorted[n]: these.
 */
void index_map_rank(const struct index_map *map, uint64_t *sorted, uint32_t *rank);

#endif
