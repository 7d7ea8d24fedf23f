/*
 * What a thread needs to add up cross-products of a design's rows in a basis: a chunk of
 * rows and the scratch of gram_add.
 */
#ifndef LOGITD_CORE_MODEL_GRAM_ROOM_H
#define LOGITD_CORE_MODEL_GRAM_ROOM_H

#include "core/model/row_chunk.h"

struct gram_room {
    struct row_chunk chunk;
    double *scratch;
};

/* One for each of so many threads. NULL: ERROR_NO_MEMORY. */
struct gram_room *gram_room_new_all(size_t n_threads, const struct design *design,
                                    const struct basis *basis, struct error *err);
void gram_room_free_all(struct gram_room *rooms, size_t n_threads); /* NULL is fine */

/* Adds those of the rows that the chunk has, by their weights; lower triangle of
 * [n_terms × n_terms]. */
void gram_room_add(struct gram_room *room, const struct basis *basis, double *gram);

#endif
