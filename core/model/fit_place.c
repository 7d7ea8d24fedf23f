#include "core/model/fit_place.h"

#include <stdint.h>

#include "core/base/memory.h"
#include "core/base/residence.h"

/* Of a file's arrays, an eighth of the budget is resident, within these bounds: more
 * would not be faster, as passes go over all of them. */
#define LEAST_RESIDENT RESIDENCE_GRANULE_BYTES
#define MOST_RESIDENT (16 * RESIDENCE_GRANULE_BYTES)

static size_t add(size_t a, size_t b)
{
    return memory_sum(a, b, &a) ? a : SIZE_MAX;
}

static size_t resident_bytes(const struct budget *budget)
{
    size_t share = budget->limit / 8;
    return share < LEAST_RESIDENT  ? LEAST_RESIDENT
           : share > MOST_RESIDENT ? MOST_RESIDENT
                                   : share;
}

/* What threads have in their hands comes back when others have it let go. */
static size_t bytes_beside_file(const struct fit_needs *needs, size_t n_resident,
                                size_t n_threads)
{
    size_t n_held;
    return memory_product(needs->block, n_threads, &n_held)
               ? add(add(n_resident, n_held), needs->other)
               : SIZE_MAX;
}

struct fit_place fit_place_choose(const struct fit_needs *needs,
                                  const struct fit_room *room, size_t free_bytes,
                                  size_t n_threads)
{
    struct fit_place in_memory = {.memory_bytes = add(needs->arrays, needs->other)};
    struct fit_place on_disk = {.is_on_disk = true,
                                .array_bytes = needs->arrays,
                                .resident_bytes = resident_bytes(room->budget)};
    on_disk.memory_bytes = bytes_beside_file(needs, on_disk.resident_bytes, n_threads);
    if (!room->scratch_file || needs->arrays == SIZE_MAX ||
        in_memory.memory_bytes <= free_bytes - free_bytes / 4)
        return in_memory;
    return on_disk.memory_bytes < in_memory.memory_bytes ? on_disk : in_memory;
}

int fit_place_check(const struct fit_place *place, const struct fit_needs *needs,
                    const struct fit_room *room, struct error *err)
{
    size_t n_bytes = place->memory_bytes, limit = room->budget->limit;
    if (n_bytes <= limit)
        return 0;
    if (needs->method < n_bytes / 2)
        return error_set(err, ERROR_TOO_LARGE,
                         "%zu bytes are needed, the memory budget is %zu (--memory)",
                         n_bytes, limit);
    return error_set(
        err, ERROR_TOO_LARGE,
        "%zu bytes are needed, most of them for what the method keeps of %zu "
        "coefficients; the memory budget is %zu (--memory). Fewer columns, "
        "rare levels pooled (min_count), or an l2 penalty without "
        "statistics need less",
        n_bytes, needs->n_coefficients, limit);
}

static int make_file(const struct fit_place *place, const struct fit_room *room,
                     struct array_file **file, struct error *err)
{
    *file = NULL;
    if (!place->is_on_disk)
        return 0;
    int fd = room->scratch_file(room->context, err);
    if (fd >= 0)
        *file = array_file_new(fd, place->array_bytes, place->resident_bytes, err);
    return *file ? 0 : -1;
}

int fit_place_take(struct fit_place *place, const struct fit_needs *needs,
                   const struct fit_room *room, size_t n_threads,
                   struct array_file **file, struct error *err)
{
    size_t n_free = room->budget->limit - budget_used(room->budget);
    struct fit_place chosen = fit_place_choose(needs, room, n_free, n_threads);
    if (fit_place_check(&chosen, needs, room, err) < 0 ||
        budget_reserve(room->budget, chosen.memory_bytes, err) < 0)
        return -1;
    if (make_file(&chosen, room, file, err) < 0) {
        budget_release(room->budget, chosen.memory_bytes);
        return -1;
    }
    *place = chosen;
    return 0;
}

void fit_place_leave(const struct fit_place *place, const struct fit_room *room)
{
    budget_release(room->budget, place->memory_bytes);
}
