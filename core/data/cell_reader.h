/*
 * The cells of a model's inputs, read from the rows of a table (core/data/input.h says
 * what a cell is). Immutable once made: thread-safe.
 */
#ifndef LOGITD_CORE_DATA_CELL_READER_H
#define LOGITD_CORE_DATA_CELL_READER_H

#include "core/data/encoding.h"

struct cell_reader;

/* Borrows both. ERROR_UNKNOWN_COLUMN (but a sparse input that the table does not have is
 * 0) and ERROR_INVALID_TYPE (text where the model has a number) with the column's name as
 * place; ERROR_CORRUPT. */
struct cell_reader *cell_reader_new(const struct table *table,
                                    const struct encoding *encoding,
                                    struct error *err) MUST_CHECK;
void cell_reader_free(struct cell_reader *reader);

/*
 * cells[n_rows × n_inputs] of rows first_row…. `scratch` has room for n_rows doubles.
 */
void cell_reader_read(const struct cell_reader *reader, uint64_t first_row, size_t n_rows,
                      double *scratch, double *cells);

#endif
