#include "core/data/sparse_spool.h"

#include <stdbool.h>

#include "core/base/memory.h"
#include "core/data/scratch_file.h"

#define CHUNK_ENTRIES 131072U /* but for one row that has more */

/* In the file: this, labels, ends, columns and values. */
struct chunk_head {
    uint64_t n_rows, n_entries;
};

static void free_rows(struct sparse_rows *rows)
{
    memory_free(rows->labels);
    memory_free(rows->ends);
    memory_free(rows->columns);
    memory_free(rows->values);
    *rows = (struct sparse_rows){0};
}

void sparse_spool_free(struct sparse_spool *spool)
{
    free_rows(&spool->rows);
}

static int make_room(struct sparse_rows *rows, size_t n_entries, struct error *err)
{
    if (!rows->labels) {
        rows->labels = memory_new(SPARSE_SPOOL_ROWS, sizeof(*rows->labels), err);
        rows->ends = memory_new(SPARSE_SPOOL_ROWS, sizeof(*rows->ends), err);
    }
    if (!rows->labels || !rows->ends)
        return -1;
    if (rows->values && n_entries <= rows->capacity)
        return 0;
    size_t larger = n_entries > CHUNK_ENTRIES ? n_entries : CHUNK_ENTRIES;
    uint32_t *columns = memory_resize(rows->columns, larger, sizeof(*columns), err);
    if (!columns)
        return -1;
    rows->columns = columns;
    double *values = memory_resize(rows->values, larger, sizeof(*values), err);
    if (!values)
        return -1;
    rows->values = values;
    rows->capacity = larger;
    return 0;
}

/* ---- the scratch file ---- */

typedef int move_fn(int fd, void *bytes, size_t n, uint64_t at, struct error *err);

static int put(int fd, void *bytes, size_t n, uint64_t at, struct error *err)
{
    return scratch_file_write(fd, bytes, n, at, err);
}

static int get(int fd, void *bytes, size_t n, uint64_t at, struct error *err)
{
    return scratch_file_read(fd, bytes, n, at, err);
}

/* The arrays of a chunk, to or from the file; *at is moved behind them. */
static int move_rows(int fd, const struct sparse_rows *rows, move_fn *move, uint64_t *at,
                     struct error *err)
{
    const struct {
        void *bytes;
        size_t n;
    } parts[] = {{rows->labels, rows->n_rows * sizeof(*rows->labels)},
                 {rows->ends, rows->n_rows * sizeof(*rows->ends)},
                 {rows->columns, rows->n_entries * sizeof(*rows->columns)},
                 {rows->values, rows->n_entries * sizeof(*rows->values)}};
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        if (move(fd, parts[i].bytes, parts[i].n, *at, err) < 0)
            return -1;
        *at += parts[i].n;
    }
    return 0;
}

static int write_chunk(struct sparse_spool *spool, struct error *err)
{
    struct chunk_head head = {spool->rows.n_rows, spool->rows.n_entries};
    if (scratch_file_write(spool->fd, &head, sizeof(head), spool->end, err) < 0)
        return -1;
    spool->end += sizeof(head);
    if (move_rows(spool->fd, &spool->rows, put, &spool->end, err) < 0)
        return -1;
    spool->rows.n_rows = spool->rows.n_entries = 0;
    return 0;
}

static int read_chunk(const struct sparse_spool *spool, struct sparse_rows *rows,
                      uint64_t *at, struct error *err)
{
    struct chunk_head head;
    if (scratch_file_read(spool->fd, &head, sizeof(head), *at, err) < 0 ||
        make_room(rows, (size_t)head.n_entries, err) < 0)
        return -1;
    *at += sizeof(head);
    rows->n_rows = (size_t)head.n_rows;
    rows->n_entries = (size_t)head.n_entries;
    return move_rows(spool->fd, rows, get, at, err);
}

/* ---- rows ---- */

int sparse_spool_begin_row(struct sparse_spool *spool, size_t n_entries,
                           uint32_t **columns, double **values, struct error *err)
{
    struct sparse_rows *rows = &spool->rows;
    bool is_full = rows->n_rows == SPARSE_SPOOL_ROWS ||
                   (rows->n_rows > 0 && rows->n_entries + n_entries > rows->capacity);
    if (is_full && write_chunk(spool, err) < 0)
        return -1;
    if (make_room(rows, rows->n_entries + n_entries, err) < 0)
        return -1;
    *columns = rows->columns + rows->n_entries;
    *values = rows->values + rows->n_entries;
    return 0;
}

void sparse_spool_end_row(struct sparse_spool *spool, double label, size_t n_entries)
{
    struct sparse_rows *rows = &spool->rows;
    rows->n_entries += n_entries;
    rows->labels[rows->n_rows] = label;
    rows->ends[rows->n_rows++] = rows->n_entries;
    spool->n_rows++;
    spool->n_entries += n_entries;
}

int sparse_spool_replay(struct sparse_spool *spool, sparse_rows_fn *on_rows,
                        void *context, struct error *err)
{
    struct sparse_rows rows = {0};
    uint64_t at = 0;
    int result = 0;
    while (result == 0 && at < spool->end) {
        result = read_chunk(spool, &rows, &at, err);
        if (result == 0)
            result = on_rows(context, &rows, err);
    }
    free_rows(&rows);
    if (result == 0 && spool->rows.n_rows > 0)
        result = on_rows(context, &spool->rows, err);
    return result;
}
