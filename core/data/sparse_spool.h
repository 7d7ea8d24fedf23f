/*
 * Rows of sparse entries on their way to a table, kept on a scratch file until all
 * columns are known. Holds one chunk of rows in memory, whatever their number; rows that
 * fit one chunk never touch the file. The caller locks.
 */
#ifndef LOGITD_CORE_DATA_SPARSE_SPOOL_H
#define LOGITD_CORE_DATA_SPARSE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

#define SPARSE_SPOOL_ROWS 16384U /* of a chunk, at most */

/* Some rows: row i has the entries ends[i-1]…ends[i]-1 (from 0 for the first). */
struct sparse_rows {
    size_t n_rows;
    double *labels;    /* [n_rows] */
    uint64_t *ends;    /* [n_rows] */
    uint32_t *columns; /* [n_entries] */
    double *values;    /* [n_entries] */
    size_t n_entries, capacity;
};

struct sparse_spool { /* all zero but fd: no rows */
    int fd;           /* borrowed, an empty file */
    struct sparse_rows rows;
    uint64_t end;               /* of what was written to fd */
    uint64_t n_rows, n_entries; /* in all */
};

void sparse_spool_free(struct sparse_spool *spool);

/* Where the columns and values of the next row go, n_entries of each. Then
 * sparse_spool_end_row, which may be of fewer. */
int sparse_spool_begin_row(struct sparse_spool *spool, size_t n_entries,
                           uint32_t **columns, double **values,
                           struct error *err) MUST_CHECK;
void sparse_spool_end_row(struct sparse_spool *spool, double label, size_t n_entries);

/* All rows in order, chunk by chunk. No row may be added afterwards. */
typedef int sparse_rows_fn(void *context, const struct sparse_rows *rows,
                           struct error *err);
int sparse_spool_replay(struct sparse_spool *spool, sparse_rows_fn *on_rows,
                        void *context, struct error *err) MUST_CHECK;

#endif
