/*
 * A typed column table: the form in which data is kept and read for fitting. Its bytes
 * are made by core/data/ingest.h (or table_writer.h) in one streaming pass and are then
 * immutable: groups of rows of about 4 MiB, each column of a group one block (f64, f32
 * where that is exact, or level codes of 1, 2 or 4 bytes), what there is of the sparse
 * columns together in one more, by rows, and a footer with the summary and the
 * dictionaries (core/data/table_layout.h).
 *
 * A sparse column is numeric, has no missing cell, and is 0 wherever no row says
 * otherwise. Sparse columns are the last ones.
 *
 * A table borrows its bytes (a mapped blob, a buffer; at a multiple of 8) and is
 * immutable: thread-safe.
 */
#ifndef LOGITD_CORE_DATA_TABLE_H
#define LOGITD_CORE_DATA_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "core/data/summary.h"

#define TABLE_MISSING_CODE UINT32_MAX

struct table;

/* Checks magic, version and that groups and footer fill the bytes: ERROR_CORRUPT,
 * ERROR_FORMAT_VERSION. */
struct table *table_open(const void *bytes, size_t n_bytes, struct error *err) MUST_CHECK;
void table_close(struct table *table);

/* The table's bytes are of this shared mapping of a file: about so many of it stay
 * resident from now on (core/base/residence.h). Before anything is read. */
int table_watch(struct table *table, const void *mapping, size_t mapping_bytes,
                size_t resident_bytes, struct error *err) MUST_CHECK;

/* All columns and all levels. Borrowed from the table. */
const struct summary *table_summary(const struct table *table);

/* Cells of a numeric column, rows first_row…first_row+n_rows-1 (inside the table); NaN:
 * missing. One cell of a sparse column takes a search among the row's entries. */
void table_read_numbers(const struct table *table, size_t column, uint64_t first_row,
                        size_t n_rows, double *values);
/* Of a categorical column: indices into its sorted levels; TABLE_MISSING_CODE: missing.
 */
void table_read_codes(const struct table *table, size_t column, uint64_t first_row,
                      size_t n_rows, uint32_t *codes);

/* ---- sparse columns ---- */

/* They follow each other: the number of the first of them, and how many there are. */
size_t table_first_sparse(const struct table *table);
size_t table_n_sparse(const struct table *table);

/* What there is of the sparse columns in some rows that follow each other (CSR). */
struct table_sparse_block {
    uint64_t first_row;
    size_t n_rows, n_entries;
    const uint64_t *starts; /* [n_rows + 1]; row i has entries starts[i]…starts[i+1]-1 */
    const uint32_t *columns; /* [n_entries] ascending in a row; the column's number in the
                                table less table_first_sparse */
    const double *values;    /* [n_entries] finite, not 0 */
};

/* Blocks follow each other and hold all rows; 0 where there are no sparse columns. */
size_t table_n_sparse_blocks(const struct table *table);
uint64_t table_n_entries(const struct table *table); /* of all of them */
/* Which of them has this row; O(log n). */
size_t table_find_sparse_block(const struct table *table, uint64_t row);
/* Points into the table's bytes. Reads the starts and columns once to see that they are
 * within their bounds: ERROR_CORRUPT. */
int table_sparse_block(const struct table *table, size_t i,
                       struct table_sparse_block *block, struct error *err) MUST_CHECK;
/* Which are those of a row of a block that was found sound: within its bounds, also where
 * the mapping under it has failed since (core/base/mapping.h); columns are then, too. */
struct table_entries {
    uint64_t first, end;
};
struct table_entries table_row_entries(const struct table_sparse_block *block,
                                       size_t row);
/* Before a row of a block that was found sound is read, for table_watch. */
void table_touch_row(const struct table *table, const struct table_sparse_block *block,
                     size_t row);

/* ---- columns that are worked out ---- */

/* A number for each row, when it is read; NaN: missing. Called from any thread. */
struct table_computed {
    void (*read)(const void *context, uint64_t first_row, size_t n_rows, double *values);
    const void *context;
};

/*
 * The same table with more numeric columns behind all others, also the sparse ones. It
 * borrows everything from the first, and names and contexts; `more` are the summaries,
 * with whatever is known of the cells. To be closed before the other.
 */
struct table *table_extend(const struct table *table, const struct column_summary *more,
                           const struct table_computed *computed, size_t n_more,
                           struct error *err) MUST_CHECK;

#endif
