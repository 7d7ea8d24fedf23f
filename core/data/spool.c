#include "core/data/spool.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/data/scratch_file.h"

#define CHUNK_BYTES (1U << 20) /* of cells, about; and of their texts */

/* In the file: this, the cells, the texts. A text is struct text_head and its bytes. */
struct chunk_head {
    uint64_t n_rows, n_columns;
    uint64_t n_text_bytes;
};
struct text_head {
    uint32_t row; /* in the chunk */
    uint32_t column;
    uint32_t n_bytes;
};

/* Room for a chunk of n_columns. */
static int set_width(struct spool *spool, size_t n_columns, struct error *err)
{
    size_t capacity = CHUNK_BYTES / sizeof(*spool->cells);
    capacity = n_columns > capacity ? n_columns : capacity;
    if (capacity > spool->capacity) {
        size_t doubled = 2 * spool->capacity;
        capacity = doubled > capacity ? doubled : capacity;
        uint64_t *cells = memory_resize(spool->cells, capacity, sizeof(*cells), err);
        if (!cells)
            return -1;
        spool->cells = cells;
        spool->capacity = capacity;
    }
    spool->n_columns = n_columns;
    spool->chunk_rows = spool->capacity / n_columns;
    return 0;
}

int spool_start(struct spool *spool, size_t n_columns, int fd, struct error *err)
{
    off_t end = lseek(fd, 0, SEEK_END);
    *spool = (struct spool){.fd = fd};
    spool->start = spool->end = end > 0 ? (uint64_t)end : 0;
    return set_width(spool, n_columns, err);
}

void spool_free(struct spool *spool)
{
    memory_free(spool->cells);
    buffer_free(&spool->texts);
    *spool = (struct spool){0};
}

/* ---- the scratch file ---- */

static size_t cells_bytes(uint64_t n_rows, uint64_t n_columns)
{
    return (size_t)(n_rows * n_columns) * sizeof(uint64_t);
}

static int write_chunk(struct spool *spool, struct error *err)
{
    const struct chunk_head head = {spool->n_rows, spool->n_columns,
                                    spool->texts.n_bytes};
    size_t n_bytes = cells_bytes(spool->n_rows, spool->n_columns);
    if (scratch_file_write(spool->fd, &head, sizeof(head), spool->end, err) < 0 ||
        scratch_file_write(spool->fd, spool->cells, n_bytes, spool->end + sizeof(head),
                           err) < 0 ||
        scratch_file_write(spool->fd, spool->texts.bytes, spool->texts.n_bytes,
                           spool->end + sizeof(head) + n_bytes, err) < 0)
        return -1;
    spool->end += sizeof(head) + n_bytes + spool->texts.n_bytes;
    spool->n_rows = 0;
    buffer_clear(&spool->texts);
    return 0;
}

/* ---- going in ---- */

int spool_widen(struct spool *spool, size_t n_columns, struct error *err)
{
    assert(n_columns >= spool->n_columns);
    if (spool->n_rows > 0 && write_chunk(spool, err) < 0)
        return -1;
    return set_width(spool, n_columns, err);
}

uint64_t *spool_begin_row(struct spool *spool, struct error *err)
{
    bool is_full = spool->n_rows == spool->chunk_rows ||
                   (spool->texts.n_bytes > CHUNK_BYTES && spool->n_rows > 0);
    if (is_full && write_chunk(spool, err) < 0)
        return NULL;
    return spool->cells + spool->n_rows * spool->n_columns;
}

int spool_add_text(struct spool *spool, size_t column, const char *text, size_t n_bytes,
                   struct error *err)
{
    const struct text_head head = {(uint32_t)spool->n_rows, (uint32_t)column,
                                   (uint32_t)n_bytes};
    if (column > UINT32_MAX || n_bytes > UINT32_MAX)
        return error_set(err, ERROR_TOO_LARGE, "a cell's text is too long");
    char *to = buffer_reserve(&spool->texts, sizeof(head) + n_bytes);
    if (!to)
        return buffer_check(&spool->texts, err);
    memcpy(to, &head, sizeof(head));
    memcpy(to + sizeof(head), text, n_bytes);
    buffer_advance(&spool->texts, sizeof(head) + n_bytes);
    return 0;
}

void spool_end_row(struct spool *spool)
{
    spool->n_rows++;
}

/* ---- coming back ---- */

const char *spool_find_text(struct spool_chunk *chunk, size_t row, size_t column,
                            size_t *n_bytes)
{
    struct text_head head;
    row += chunk->text_row;
    while (chunk->text_at < chunk->n_text_bytes) {
        memcpy(&head, chunk->texts + chunk->text_at, sizeof(head));
        if (head.row > row || (head.row == row && head.column > column))
            return NULL;
        if (head.row == row && head.column == column) {
            *n_bytes = head.n_bytes;
            return chunk->texts + chunk->text_at + sizeof(head);
        }
        chunk->text_at += sizeof(head) + head.n_bytes;
    }
    return NULL;
}

struct replay {
    struct spool *spool;
    spool_chunk_fn *on_chunk;
    void *context;
    uint64_t *cells; /* as many as the spool's own */
    struct buffer texts;
};

/* Rows of `from` cells become rows of `to`, in their place; the last row first. */
static void widen_rows(uint64_t *cells, size_t n_rows, size_t from, size_t to)
{
    for (size_t row = n_rows; from < to && row-- > 0;) {
        memmove(cells + row * to, cells + row * from, from * sizeof(*cells));
        for (size_t j = from; j < to; j++)
            cells[row * to + j] = SPOOL_ABSENT;
    }
}

static void narrow_rows(uint64_t *cells, size_t n_rows, size_t from, size_t to)
{
    for (size_t row = 0; from > to && row < n_rows; row++)
        memmove(cells + row * to, cells + row * from, to * sizeof(*cells));
}

/* As many rows of a chunk in the file as there is room for, now that they are wider. */
static int replay_rows(struct replay *replay, struct spool_chunk *chunk, size_t n_columns,
                       uint64_t at, struct error *err)
{
    struct spool *spool = replay->spool;
    size_t n_bytes = cells_bytes(chunk->n_rows, n_columns);
    if (scratch_file_read(spool->fd, replay->cells, n_bytes, at, err) < 0)
        return -1;
    widen_rows(replay->cells, chunk->n_rows, n_columns, spool->n_columns);
    chunk->changed = false;
    if (replay->on_chunk(replay->context, chunk, err) < 0)
        return -1;
    if (!chunk->changed)
        return 0;
    narrow_rows(replay->cells, chunk->n_rows, spool->n_columns, n_columns);
    return scratch_file_write(spool->fd, replay->cells, n_bytes, at, err);
}

static int read_texts(struct replay *replay, size_t n, uint64_t at, struct error *err)
{
    buffer_clear(&replay->texts);
    char *texts = buffer_reserve(&replay->texts, n);
    if (!texts)
        return buffer_check(&replay->texts, err);
    return scratch_file_read(replay->spool->fd, texts, n, at, err);
}

static int replay_chunk(struct replay *replay, uint64_t *at, struct error *err)
{
    struct spool *spool = replay->spool;
    struct chunk_head head;
    if (scratch_file_read(spool->fd, &head, sizeof(head), *at, err) < 0)
        return -1;
    uint64_t cells_at = *at + sizeof(head);
    uint64_t texts_at = cells_at + cells_bytes(head.n_rows, head.n_columns);
    if (read_texts(replay, (size_t)head.n_text_bytes, texts_at, err) < 0)
        return -1;
    struct spool_chunk chunk = {.cells = replay->cells,
                                .texts = replay->texts.bytes,
                                .n_text_bytes = (size_t)head.n_text_bytes};
    while (chunk.text_row < head.n_rows) {
        size_t n_left = (size_t)head.n_rows - chunk.text_row;
        chunk.n_rows = n_left < spool->chunk_rows ? n_left : spool->chunk_rows;
        if (replay_rows(replay, &chunk, (size_t)head.n_columns, cells_at, err) < 0)
            return -1;
        cells_at += cells_bytes(chunk.n_rows, head.n_columns);
        chunk.text_row += chunk.n_rows;
    }
    *at = texts_at + head.n_text_bytes;
    return 0;
}

static int replay_file(struct replay *replay, struct error *err)
{
    struct spool *spool = replay->spool;
    uint64_t at = spool->start;
    int result = 0;
    if (spool->end == at)
        return 0;
    replay->cells = memory_new(spool->capacity, sizeof(*replay->cells), err);
    if (!replay->cells)
        return -1;
    while (result == 0 && at < spool->end)
        result = replay_chunk(replay, &at, err);
    memory_free(replay->cells);
    buffer_free(&replay->texts);
    return result;
}

int spool_replay(struct spool *spool, spool_chunk_fn *on_chunk, void *context,
                 struct error *err)
{
    struct replay replay = {.spool = spool, .on_chunk = on_chunk, .context = context};
    if (replay_file(&replay, err) < 0)
        return -1;
    struct spool_chunk last = {.n_rows = spool->n_rows,
                               .cells = spool->cells,
                               .texts = spool->texts.bytes,
                               .n_text_bytes = spool->texts.n_bytes};
    return spool->n_rows > 0 ? on_chunk(context, &last, err) : 0;
}
