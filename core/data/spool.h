/*
 * Rows of cells on their way to a table, kept on a scratch file until their types are
 * known: each cell is 8 bytes, and next to it, where need be, its text. Holds one chunk
 * of rows in memory, whatever their number; rows that fit one chunk never touch the file,
 * unless columns come late. The caller locks.
 */
#ifndef LOGITD_CORE_DATA_SPOOL_H
#define LOGITD_CORE_DATA_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buffer.h"

/* The cell of a column in the rows that came before it. */
#define SPOOL_ABSENT UINT64_C(0x7ff8000000000000)

struct spool {
    int fd; /* borrowed */
    size_t n_columns;
    size_t capacity;   /* of `cells` */
    size_t chunk_rows; /* for which that is room */
    size_t n_rows;     /* in it now */
    uint64_t *cells;   /* [chunk_rows × n_columns] row-major */
    struct buffer texts;
    uint64_t start, end; /* of what was written to fd, behind what was there before */
};

int spool_start(struct spool *spool, size_t n_columns, int fd,
                struct error *err) MUST_CHECK;
void spool_free(struct spool *spool); /* what it owns; and back to all zero */

/* From the next row on there are more columns, n_columns of them. */
int spool_widen(struct spool *spool, size_t n_columns, struct error *err) MUST_CHECK;

/* Where the next row's n_columns cells go; NULL with err set. Then texts of its cells, in
 * the order of columns, and spool_end_row. */
uint64_t *spool_begin_row(struct spool *spool, struct error *err) MUST_CHECK;
int spool_add_text(struct spool *spool, size_t column, const char *text, size_t n_bytes,
                   struct error *err) MUST_CHECK;
void spool_end_row(struct spool *spool);

/* Some rows, coming back. */
struct spool_chunk {
    size_t n_rows;
    uint64_t *cells; /* may be changed; `changed` then keeps that for the next replay */
    bool changed;
    const char *texts;
    size_t n_text_bytes;
    size_t text_row, text_at; /* of spool_find_text */
};
/* The text kept for a cell, or NULL. Must be asked in the order of rows and columns. */
const char *spool_find_text(struct spool_chunk *chunk, size_t row, size_t column,
                            size_t *n_bytes);

/* All rows in order, chunk by chunk. No row may be added afterwards. */
typedef int spool_chunk_fn(void *context, struct spool_chunk *chunk, struct error *err);
int spool_replay(struct spool *spool, spool_chunk_fn *on_chunk, void *context,
                 struct error *err) MUST_CHECK;

#endif
