/*
 * What a format's reader (core/data/read_*.c) is to core/data/ingest.c, and nobody else's
 * concern: a reader makes rows of cells out of bytes, ingest makes a table out of rows.
 */
#ifndef LOGITD_CORE_DATA_READER_H
#define LOGITD_CORE_DATA_READER_H

#include "core/data/ingest.h"
#include "core/data/na_list.h"
#include "core/data/sparse_writer.h"
#include "core/data/table_rows.h"
#include "core/data/table_writer.h"

/* What the reader is told; borrowed as long as it lives. */
struct reader_options {
    char delimiter; /* the format's own, or as asked for */
    char quote;
    bool header;
    const struct na_list *na;
};

struct reader {
    /* The state of one file; gives its rows to `ingest` with the functions below. */
    void *(*open)(const struct reader_options *options, struct ingest *ingest,
                  struct error *err);
    int (*push)(void *state, const char *bytes, size_t n, struct error *err);
    int (*finish)(void *state, struct error *err); /* end of text */
    void (*close)(void *state);                    /* NULL is fine */
};

/* Once, before the first row: the columns; and the number that errors give to the first
 * row. */
int ingest_begin_table(struct ingest *ingest, const char *const *names, size_t n_columns,
                       uint64_t first_row, struct error *err) MUST_CHECK;
/* The same with the names c1, c2, …. */
int ingest_begin_numbered(struct ingest *ingest, size_t n_columns, uint64_t first_row,
                          struct error *err) MUST_CHECK;
/* A row that cannot be used, though those behind it can: 0 to go on. */
int ingest_refuse_row(struct ingest *ingest, const struct error *problem,
                      struct error *err) MUST_CHECK;
int ingest_add_row(struct ingest *ingest, const struct table_cell *cells,
                   struct error *err) MUST_CHECK;

/* The same where some cells have been read already: see table_writer_add_read. */
int ingest_add_read_row(struct ingest *ingest, const struct table_cell *cells,
                        const double *plain, struct error *err) MUST_CHECK;
/* The same of many rows: see table_rows_add. */
int ingest_add_rows(struct ingest *ingest, const struct table_rows *rows,
                    struct error *err) MUST_CHECK;
/* The same of a row of numbers, one a column; NaN: missing. */
int ingest_add_numbers(struct ingest *ingest, const double *numbers,
                       struct error *err) MUST_CHECK;

/* Where bytes may wait before the table begins: from the begin of the file on. */
int ingest_scratch_file(const struct ingest *ingest);

/* Between two rows: one more column, missing in all rows so far. */
int ingest_add_column(struct ingest *ingest, const char *name,
                      struct error *err) MUST_CHECK;
/* Other names for all columns: ingest_begin_table may have been given those that only
 * stand for them. */
int ingest_name_columns(struct ingest *ingest, const char *const *names, size_t n,
                        struct error *err) MUST_CHECK;

/* Instead of all that: once, before the first row; and rows. */
int ingest_begin_sparse(struct ingest *ingest, struct error *err) MUST_CHECK;
int ingest_add_sparse_row(struct ingest *ingest, double label,
                          const struct libsvm_entry *entries, size_t n_entries,
                          struct error *err) MUST_CHECK;

#endif
