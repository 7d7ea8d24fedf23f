#include "core/data/spool.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/data/scratch_file.h"

#define CHUNK_BYTES (1U << 20) /* of cells, about; and of their texts */

/* In the file: this, the cells, the texts. A text is struct text_head and its bytes. */
struct chunk_head {
    uint64_t n_rows;
    uint64_t n_text_bytes;
};
struct text_head {
    uint32_t cell; /* row in the chunk · n_columns + column */
    uint32_t n_bytes;
};

int spool_start(struct spool *spool, size_t n_columns, int fd, struct error *err)
{
    size_t n_rows = CHUNK_BYTES / sizeof(*spool->cells) / n_columns, n_cells;
    n_rows = n_rows > 0 ? n_rows : 1;
    if (!memory_product(n_rows, n_columns, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    uint64_t *cells = memory_new(n_cells, sizeof(*cells), err);
    if (!cells)
        return -1;
    *spool = (struct spool){
        .fd = fd, .n_columns = n_columns, .chunk_rows = n_rows, .cells = cells};
    return 0;
}

void spool_free(struct spool *spool)
{
    memory_free(spool->cells);
    buffer_free(&spool->texts);
    *spool = (struct spool){0};
}

/* ---- the scratch file ---- */

static size_t cells_bytes(const struct spool *spool, uint64_t n_rows)
{
    return (size_t)n_rows * spool->n_columns * sizeof(*spool->cells);
}

static int write_chunk(struct spool *spool, struct error *err)
{
    const struct chunk_head head = {spool->n_rows, spool->texts.n_bytes};
    size_t n_bytes = cells_bytes(spool, spool->n_rows);
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
    size_t cell = spool->n_rows * spool->n_columns + column;
    const struct text_head head = {(uint32_t)cell, (uint32_t)n_bytes};
    if (cell > UINT32_MAX || n_bytes > UINT32_MAX)
        return error_set(err, ERROR_TOO_LARGE, "a cell's text is too long");
    buffer_append(&spool->texts, &head, sizeof(head));
    buffer_append(&spool->texts, text, n_bytes);
    return buffer_check(&spool->texts, err);
}

void spool_end_row(struct spool *spool)
{
    spool->n_rows++;
}

/* ---- coming back ---- */

const char *spool_find_text(struct spool_chunk *chunk, size_t cell, size_t *n_bytes)
{
    struct text_head head;
    while (chunk->text_at < chunk->n_text_bytes) {
        memcpy(&head, chunk->texts + chunk->text_at, sizeof(head));
        if (head.cell > cell)
            return NULL;
        if (head.cell == cell) {
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

static int replay_chunk(struct replay *replay, uint64_t *at, struct error *err)
{
    struct spool *spool = replay->spool;
    struct chunk_head head;
    if (scratch_file_read(spool->fd, &head, sizeof(head), *at, err) < 0)
        return -1;
    uint64_t cells_at = *at + sizeof(head);
    size_t n_bytes = cells_bytes(spool, head.n_rows);
    buffer_clear(&replay->texts);
    char *texts = buffer_reserve(&replay->texts, head.n_text_bytes);
    if (!texts)
        return buffer_check(&replay->texts, err);
    if (scratch_file_read(spool->fd, replay->cells, n_bytes, cells_at, err) < 0 ||
        scratch_file_read(spool->fd, texts, head.n_text_bytes, cells_at + n_bytes, err) <
            0)
        return -1;
    struct spool_chunk chunk = {.n_rows = head.n_rows,
                                .cells = replay->cells,
                                .texts = texts,
                                .n_text_bytes = head.n_text_bytes};
    if (replay->on_chunk(replay->context, &chunk, err) < 0)
        return -1;
    *at = cells_at + n_bytes + head.n_text_bytes;
    return chunk.changed
               ? scratch_file_write(spool->fd, replay->cells, n_bytes, cells_at, err)
               : 0;
}

static int replay_file(struct replay *replay, struct error *err)
{
    struct spool *spool = replay->spool;
    uint64_t at = 0;
    int result = 0;
    if (spool->end == 0)
        return 0;
    replay->cells =
        memory_new(spool->chunk_rows * spool->n_columns, sizeof(*replay->cells), err);
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
