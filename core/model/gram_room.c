#include "core/model/gram_room.h"

#include "core/base/memory.h"

struct gram_room *gram_room_new_all(size_t n_threads, const struct design *design,
                                    const struct basis *basis, struct error *err)
{
    size_t n_scratch;
    if (!row_chunk_scratch(basis, design, &n_scratch)) {
        error_no_memory(err, SIZE_MAX);
        return NULL;
    }
    struct gram_room *rooms = memory_new(n_threads, sizeof(*rooms), err);
    for (size_t t = 0; rooms && t < n_threads; t++) {
        rooms[t].scratch = memory_new_aligned(n_scratch, sizeof(double), err);
        if (!rooms[t].scratch || row_chunk_new(&rooms[t].chunk, design, basis, err) < 0) {
            gram_room_free_all(rooms, n_threads);
            return NULL;
        }
    }
    return rooms;
}

void gram_room_free_all(struct gram_room *rooms, size_t n_threads)
{
    for (size_t t = 0; rooms && t < n_threads; t++) {
        memory_free(rooms[t].scratch);
        row_chunk_free(&rooms[t].chunk);
    }
    memory_free(rooms);
}

void gram_room_add(struct gram_room *room, const struct basis *basis, double *gram)
{
    const struct gram_rows rows = row_chunk_rows(&room->chunk, basis);
    gram_add(&rows, room->chunk.weights, 1, room->scratch, gram, basis->n_terms);
}
