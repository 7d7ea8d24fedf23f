/*
 * What table_writer.c and table_rows.c share. Nobody else includes it.
 */
#ifndef LOGITD_CORE_DATA_TABLE_WRITER_INTERNAL_H
#define LOGITD_CORE_DATA_TABLE_WRITER_INTERNAL_H

#include "core/data/column_builder.h"
#include "core/data/spool.h"
#include "core/data/table_writer.h"

struct table_writer {
    size_t n_columns, capacity;
    struct column_builder *columns; /* [capacity] */
    struct dictionary names;        /* numbers are columns */
    struct spool spool;
    struct byte_sink sink;
    uint64_t first_row; /* as errors number it */
    uint64_t n_rows;
    uint64_t level_bytes;
    unsigned char *kinds; /* of cells that are read together; NULL: none yet */
    size_t kinds_capacity;
};

/* A cell of column j in the row that spool_begin_row has begun: its bits, and its text
 * and level where it has them. Errors of table_writer_add. */
int table_writer_add_cell(struct table_writer *writer, size_t j,
                          const struct table_cell *cell, uint64_t *bits,
                          struct error *err) MUST_CHECK;

#endif
