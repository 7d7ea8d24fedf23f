#include "core/data/index_map.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/base/random.h"

#define LEAST_SLOTS 1024U
#define MOST_SMALL (1U << 20) /* 4 MiB, where there are such */

void index_map_free(struct index_map *map)
{
    memory_free(map->indices);
    memory_free(map->slots);
    memory_free(map->small);
    *map = (struct index_map){0};
}

static uint32_t slot_of(const struct index_map *map, uint64_t index)
{
    return (uint32_t)hash_bytes(map->key, &index, sizeof(index)) & (map->n_slots - 1);
}

/* The slot that has the index, or the free one where it belongs. */
static uint32_t find(const struct index_map *map, uint64_t index)
{
    uint32_t slot = slot_of(map, index);
    while (map->slots[slot] != 0 && map->indices[map->slots[slot] - 1] != index)
        slot = (slot + 1) & (map->n_slots - 1);
    return slot;
}

static int grow_slots(struct index_map *map, struct error *err)
{
    uint32_t larger = map->n_slots > 0 ? map->n_slots * 2 : LEAST_SLOTS;
    if (!map->slots && random_bytes(map->key, sizeof(map->key), err) < 0)
        return -1;
    uint32_t *slots = memory_new(larger, sizeof(*slots), err);
    if (!slots)
        return -1;
    memory_free(map->slots);
    map->slots = slots;
    map->n_slots = larger;
    for (uint32_t i = 0; i < map->n; i++)
        if (map->indices[i] >= MOST_SMALL)
            map->slots[find(map, map->indices[i])] = i + 1;
    return 0;
}

static int grow_small(struct index_map *map, uint64_t index, struct error *err)
{
    size_t larger = map->n_small > 0 ? map->n_small : LEAST_SLOTS;
    while (larger <= index)
        larger *= 2;
    uint32_t *moved = memory_resize(map->small, larger, sizeof(*moved), err);
    if (!moved)
        return -1;
    memset(moved + map->n_small, 0, (larger - map->n_small) * sizeof(*moved));
    map->small = moved;
    map->n_small = larger;
    return 0;
}

/* Room for one more, with half of the slots free. */
static int make_room(struct index_map *map, uint64_t index, struct error *err)
{
    if (map->n == map->capacity) {
        uint32_t larger = map->capacity > 0 ? map->capacity * 2 : LEAST_SLOTS / 2;
        uint64_t *moved = memory_resize(map->indices, larger, sizeof(*moved), err);
        if (!moved)
            return -1;
        map->indices = moved;
        map->capacity = larger;
    }
    if (index < MOST_SMALL)
        return index < map->n_small ? 0 : grow_small(map, index, err);
    return map->n_hashed >= map->n_slots / 2 ? grow_slots(map, err) : 0;
}

static uint32_t add_new(struct index_map *map, uint64_t index, uint32_t n_most,
                        struct error *err)
{
    if (map->n >= n_most) {
        error_set(err, ERROR_TOO_LARGE, "the data has more than %u different indices",
                  n_most);
        return INDEX_MAP_NONE;
    }
    if (make_room(map, index, err) < 0)
        return INDEX_MAP_NONE;
    map->indices[map->n] = index;
    if (index < MOST_SMALL) {
        map->small[index] = map->n + 1;
    } else {
        map->slots[find(map, index)] = map->n + 1;
        map->n_hashed++;
    }
    return map->n++;
}

/* Its number and 1, or 0 if it has not come. */
static uint32_t look_up(const struct index_map *map, uint64_t index)
{
    if (index < MOST_SMALL)
        return index < map->n_small ? map->small[index] : 0;
    return map->slots ? map->slots[find(map, index)] : 0;
}

uint32_t index_map_add(struct index_map *map, uint64_t index, uint32_t n_most,
                       struct error *err)
{
    uint32_t found = look_up(map, index);
    return found != 0 ? found - 1 : add_new(map, index, n_most, err);
}

/* ---- ranks ---- */

static int compare_indices(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

void index_map_rank(const struct index_map *map, uint64_t *sorted, uint32_t *rank)
{
    if (map->n == 0)
        return;
    memcpy(sorted, map->indices, map->n * sizeof(*sorted));
    qsort(sorted, map->n, sizeof(*sorted), compare_indices);
    for (uint32_t i = 0; i < map->n; i++)
        rank[look_up(map, sorted[i]) - 1] = i;
}
