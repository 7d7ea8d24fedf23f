/*
 * The entries of a sparse design: what is not 0 in its rows, from the sparse columns of a
 * table and from the cells of the others, of which a categorical one has an entry at
 * most, however many levels.
 */
#ifndef LOGITD_CORE_DATA_DESIGN_ENTRIES_H
#define LOGITD_CORE_DATA_DESIGN_ENTRIES_H

#include "core/data/design_build.h"

/* No more than these; UINT64_MAX if they cannot be counted. Reads no rows. */
uint64_t design_entries_most(const struct design_source *source);

/* What its arrays take; false if it cannot be counted. And what design_entries_fill needs
 * in memory beside them. */
bool design_entries_bytes(const struct design_source *source, size_t *n_bytes);
size_t design_entries_room_bytes(const struct design_source *source, size_t n_threads);

/* Fills starts, columns, values and longest_row of a design that has its other fields.
 * Errors as of design_build; ERROR_CORRUPT. */
int design_entries_fill(const struct design_source *source, struct pool *pool,
                        struct design *design, struct error *err) MUST_CHECK;

#endif
