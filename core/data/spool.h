/*
 * Rows of cells on their way to a table, kept on a scratch file until their types are
 * known: each cell is 8 bytes, which are packed (spool_block.h) with those of a chunk of
 * rows, and next to it, where need be, its text. Holds one chunk of rows in memory,
 * whatever their number; rows that fit one chunk never touch the file, unless columns
 * come late. The caller locks.
 */
#ifndef LOGITD_CORE_DATA_SPOOL_H
#define LOGITD_CORE_DATA_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buffer.h"
#include "core/data/spool_block.h"
#include "core/data/spool_texts.h"

/* Some rows, packed. */
struct spool_chunk {
    size_t n_rows, n_columns; /* further columns are absent */
    unsigned char *bytes;
    size_t n_bytes;
    size_t *places; /* [n_columns] see spool_block_place */
    bool changed;   /* set it to keep what was changed in `bytes` for the next replay */
    const char *texts;
    size_t n_text_bytes;
    size_t text_at;     /* of spool_find_text */
    uint64_t text_cell; /* the cell of the text there */
    char unpacked[SPOOL_TEXTS_MOST_DIGITS];
};

struct spool {
    int fd; /* borrowed */
    size_t n_columns;
    size_t capacity;   /* of `cells` and `room` */
    size_t chunk_rows; /* for which that is room */
    size_t n_rows;     /* in it now */
    uint64_t *cells;   /* [chunk_rows × n_columns] row-major */
    uint64_t *room;    /* for packing */
    struct buffer texts;
    uint64_t next_cell;           /* of the chunk, behind the last one that has a text */
    struct spool_column *columns; /* [n_columns] what has been packed */
    size_t columns_capacity;      /* of that, and of `places` */
    struct spool_chunk last;      /* the one that is packed or was read last */
    size_t last_capacity;         /* of its bytes */
    bool has_ended;
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
/* The same of a text as spool_texts_put_digits takes it. */
int spool_add_digits(struct spool *spool, size_t column, const char *text, size_t n_bytes,
                     struct error *err) MUST_CHECK;
void spool_end_row(struct spool *spool);

/* The same of several rows, *n_rows if there is room, which becomes how many there is
 * room for, at least one. Of each row, in their order, the texts and spool_end_row; or,
 * where none has texts, of all of them spool_take_rows. */
uint64_t *spool_begin_rows(struct spool *spool, size_t *n_rows,
                           struct error *err) MUST_CHECK;
void spool_take_rows(struct spool *spool, size_t n_rows);

/* No row is added any more: columns[] tells of all of them. Once more does nothing. */
void spool_end_rows(struct spool *spool);

/* The cells of a column, as spool_block_form of it says. NULL: all are absent. */
unsigned char *spool_column_cells(const struct spool_chunk *chunk, size_t column,
                                  enum spool_form *form);
/* The text kept for a cell, until the next call, or NULL. Must be asked in the order of
 * rows and columns. */
const char *spool_find_text(struct spool_chunk *chunk, size_t row, size_t column,
                            size_t *n_bytes);

/* All rows in order, chunk by chunk, with the texts or none; spool_end_rows comes first.
 */
typedef int spool_chunk_fn(void *context, struct spool_chunk *chunk, struct error *err);
int spool_replay(struct spool *spool, bool with_texts, spool_chunk_fn *on_chunk,
                 void *context, struct error *err) MUST_CHECK;

#endif
