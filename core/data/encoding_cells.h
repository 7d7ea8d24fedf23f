/*
 * The part of an encoding that speaks of cells: without the sparse numbers that are had
 * from entries (encoding.column_of_entries).
 */
#ifndef LOGITD_CORE_DATA_ENCODING_CELLS_H
#define LOGITD_CORE_DATA_ENCODING_CELLS_H

#include "core/data/encoding.h"

size_t encoding_cells_n_inputs(const struct encoding *encoding);
/* Is a term of the whole one of these? */
bool encoding_cells_has_term(const struct encoding *encoding, const struct term *term);
size_t encoding_cells_n_terms(const struct encoding *encoding);

/* Into an all-zero encoding: these inputs and terms, in order; columns are those of the
 * whole, from which it borrows. Good for reading cells and for term_value. */
int encoding_cells_new(struct encoding *cells, const struct encoding *encoding,
                       struct error *err) MUST_CHECK;
void encoding_cells_free(struct encoding *cells);

#endif
