/*
 * Reads the rows of a table that count for a design, piece by piece over the pool, and
 * hands on the cells of each. A cell that cannot be used ends it.
 */
#ifndef LOGITD_CORE_DATA_DESIGN_PIECES_H
#define LOGITD_CORE_DATA_DESIGN_PIECES_H

#include "core/base/pool.h"
#include "core/data/encoding.h"

/* Borrowed. */
struct design_pieces {
    const struct table *table;
    const struct encoding *encoding; /* its inputs are read */
    const unsigned char *keep;       /* [n_rows of the table], 0: left out; NULL: none */
};

/* A row of the design, which one of the table that is, and its cells [n_inputs]. On any
 * thread, each row once; none that has a cell which cannot be used. */
typedef void design_pieces_fn(void *context, uint64_t row, uint64_t table_row,
                              const double *cells, size_t worker);

/* ERROR_MISSING_VALUE, ERROR_UNKNOWN_LEVEL with the place "row R, column NAME" of the
 * first such cell; those of cell_reader_new. */
int design_pieces_run(const struct design_pieces *pieces, struct pool *pool,
                      design_pieces_fn *row, void *context, struct error *err) MUST_CHECK;

/* Numbers that a thread takes in memory meanwhile. */
size_t design_pieces_cells(const struct encoding *encoding);

#endif
