/*
 * Makes the bytes of a table, row by row, into a sink. Types are inferred over all rows: a column
 * is numeric if every cell that is not missing is a finite number, else categorical. A column that
 * turns out to be text after numbers were written keeps the text of those cells exactly ("007"
 * stays apart from "7"): the writer spools what it needs for that to the scratch file.
 * Holds one row group and the dictionaries, whatever the number of rows. The caller locks.
 */
#ifndef LOGITD_CORE_DATA_TABLE_WRITER_H
#define LOGITD_CORE_DATA_TABLE_WRITER_H

#include <stdbool.h>

#include "core/base/buffer.h"
#include "core/data/summary.h"

struct table_writer;

/* One cell as text: the empty text with is_missing set is a missing one. */
struct table_cell {
    const char *text;
    size_t n_bytes;
    bool is_missing;
    bool is_text; /* true: counts as a level even if it reads like a number (a JSON string, a quoted cell is NOT such) */
};

/*
 * names: copies. ERROR_BAD_COLUMN_NAME (empty, over 1024 bytes, control characters),
 * ERROR_DUPLICATE_COLUMN; the place is "column N". scratch_fd: borrowed, an empty file open for reading and writing.
 */
struct table_writer *table_writer_new(const char *const *names, size_t n_columns,
                                      struct byte_sink sink, int scratch_fd,
                                      struct error *err) MUST_CHECK;
void table_writer_free(struct table_writer *writer);

/* One row of exactly n_columns cells. ERROR_NON_FINITE for 1e309 and for inf/nan words in a column
 * of numbers is decided at the end by type, not here. Otherwise errors of the sink and memory. */
int table_writer_add(struct table_writer *writer, const struct table_cell *cells,
                     struct error *err) MUST_CHECK;

/* Writes the footer; ERROR_NO_ROWS. On success the summary (all zero before) is filled, whole. */
int table_writer_finish(struct table_writer *writer, struct summary *summary,
                        struct error *err) MUST_CHECK;

#endif
