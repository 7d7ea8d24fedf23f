#include "core/base/memory.h"
#include "core/kernel/loss.h"
#include "core/kernel/narrow_rows.h"
#include "core/model/class_pairs.h"
#include "core/model/likelihood.h"

int likelihood_room_new(const struct likelihood *likelihood, const struct basis *basis,
                        struct likelihood_room *room, struct error *err)
{
    size_t n_rows = row_chunk_capacity(basis, likelihood->design), n_margins, n_cells;
    if (!row_chunk_scratch(basis, likelihood->design, &n_cells) ||
        !memory_product(n_rows, likelihood->n_classes, &n_margins))
        return error_no_memory(err, SIZE_MAX);
    size_t n_least = LOSS_TURN_CELLS(likelihood->n_classes);
    room->margins = memory_new_aligned(n_margins, sizeof(double), err);
    room->residual = memory_new_aligned(n_margins < n_least ? n_least : n_margins,
                                        sizeof(double), err);
    room->curvature = memory_new_aligned(n_rows, sizeof(double), err);
    room->weighted_u = memory_new_aligned(n_cells, sizeof(double), err);
    if (likelihood->is_paired &&
        !(room->pairs =
              memory_new_aligned(class_pairs_room(likelihood), sizeof(double), err)))
        return -1;
    if (!room->margins || !room->residual || !room->curvature || !room->weighted_u)
        return -1;
    if (row_chunk_new(&room->chunk, likelihood->design, basis, err) < 0)
        return -1;
    if (likelihood->is_narrow) {
        room->narrow = memory_new_aligned(NARROW_ROWS_SCRATCH, sizeof(double), err);
        return room->narrow ? 0 : -1;
    }
    if (!likelihood->loss->in_classes)
        row_chunk_shorten(&room->chunk, basis);
    return 0;
}

void likelihood_room_free(struct likelihood_room *room)
{
    row_chunk_free(&room->chunk);
    memory_free(room->margins);
    memory_free(room->residual);
    memory_free(room->curvature);
    memory_free(room->weighted_u);
    memory_free(room->pairs);
    memory_free(room->narrow);
}
