#include "core/data/spool.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/data/scratch_file.h"

/* Of cells, about: few enough to stay in a core's cache while they are packed; more where
 * columns are many, as long as a block of one has less than so many rows. */
#define LEAST_BYTES (UINT32_C(1) << 18)
#define MOST_BYTES (UINT32_C(1) << 20)
#define WANTED_ROWS 64U
#define TEXT_BYTES (UINT32_C(1) << 18) /* of a chunk, about */

/* In the file: this, the packed cells, the texts. */
struct chunk_head {
    uint64_t n_rows, n_columns;
    uint64_t n_bytes;
    uint64_t n_text_bytes;
};

/* ---- room ---- */

static size_t capacity_for(size_t n_columns)
{
    const size_t least = LEAST_BYTES / sizeof(uint64_t);
    const size_t most = MOST_BYTES / sizeof(uint64_t);
    size_t wanted = n_columns < most / WANTED_ROWS ? n_columns * WANTED_ROWS : most;
    wanted = wanted < least ? least : wanted;
    return wanted < n_columns ? n_columns : wanted;
}

static int grow_cells(struct spool *spool, size_t capacity, struct error *err)
{
    uint64_t *cells = memory_resize(spool->cells, capacity, sizeof(*cells), err);
    if (!cells)
        return -1;
    spool->cells = cells;
    uint64_t *room = memory_resize(spool->room, capacity, sizeof(*room), err);
    if (!room)
        return -1;
    spool->room = room;
    spool->capacity = capacity;
    return 0;
}

static int grow_columns(struct spool *spool, size_t capacity, struct error *err)
{
    struct spool_column *columns =
        memory_resize(spool->columns, capacity, sizeof(*columns), err);
    if (!columns)
        return -1;
    spool->columns = columns;
    size_t *places = memory_resize(spool->last.places, capacity, sizeof(*places), err);
    if (!places)
        return -1;
    spool->last.places = places;
    spool->columns_capacity = capacity;
    return 0;
}

static int grow_packed(struct spool *spool, size_t capacity, struct error *err)
{
    unsigned char *bytes = memory_resize(spool->last.bytes, capacity, 1, err);
    if (!bytes)
        return -1;
    spool->last.bytes = bytes;
    spool->last_capacity = capacity;
    return 0;
}

static size_t twice_or(size_t capacity, size_t wanted)
{
    return 2 * capacity > wanted ? 2 * capacity : wanted;
}

/* Room for a chunk of n_columns. */
static int set_width(struct spool *spool, size_t n_columns, struct error *err)
{
    size_t capacity = capacity_for(n_columns);
    if (capacity > spool->capacity &&
        grow_cells(spool, twice_or(spool->capacity, capacity), err) < 0)
        return -1;
    size_t n_rows = spool->capacity / n_columns;
    size_t n_bytes = spool_block_most(n_rows, n_columns);
    if (n_bytes > spool->last_capacity &&
        grow_packed(spool, twice_or(spool->last_capacity, n_bytes), err) < 0)
        return -1;
    if (n_columns > spool->columns_capacity &&
        grow_columns(spool, twice_or(spool->columns_capacity, n_columns), err) < 0)
        return -1;
    for (size_t j = spool->n_columns; j < n_columns; j++)
        spool->columns[j] = (struct spool_column){0};
    spool->n_columns = n_columns;
    spool->chunk_rows = n_rows;
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
    memory_free(spool->room);
    memory_free(spool->columns);
    memory_free(spool->last.bytes);
    memory_free(spool->last.places);
    buffer_free(&spool->texts);
    *spool = (struct spool){0};
}

/* ---- the scratch file ---- */

static void pack(struct spool *spool)
{
    struct spool_chunk *chunk = &spool->last;
    chunk->n_rows = spool->n_rows;
    chunk->n_columns = spool->n_columns;
    chunk->n_bytes = spool_block_pack(spool->cells, spool->n_rows, spool->n_columns,
                                      spool->room, spool->columns, chunk->bytes);
}

static int write_chunk(struct spool *spool, struct error *err)
{
    pack(spool);
    const struct chunk_head head = {spool->n_rows, spool->n_columns, spool->last.n_bytes,
                                    spool->texts.n_bytes};
    uint64_t bytes_at = spool->end + sizeof(head), texts_at = bytes_at + head.n_bytes;
    if (scratch_file_write(spool->fd, &head, sizeof(head), spool->end, err) < 0 ||
        scratch_file_write(spool->fd, spool->last.bytes, spool->last.n_bytes, bytes_at,
                           err) < 0 ||
        scratch_file_write(spool->fd, spool->texts.bytes, spool->texts.n_bytes, texts_at,
                           err) < 0)
        return -1;
    spool->end = texts_at + head.n_text_bytes;
    spool->n_rows = 0;
    spool->next_cell = 0;
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

uint64_t *spool_begin_rows(struct spool *spool, size_t *n_rows, struct error *err)
{
    bool is_full = spool->n_rows == spool->chunk_rows ||
                   (spool->texts.n_bytes > TEXT_BYTES && spool->n_rows > 0);
    if (is_full && write_chunk(spool, err) < 0)
        return NULL;
    size_t room = spool->chunk_rows - spool->n_rows;
    *n_rows = *n_rows < room ? *n_rows : room;
    return spool->cells + spool->n_rows * spool->n_columns;
}

uint64_t *spool_begin_row(struct spool *spool, struct error *err)
{
    size_t one = 1;
    return spool_begin_rows(spool, &one, err);
}

/* The next text is one of this cell. */
static int pass_to(struct spool *spool, size_t column, uint32_t *n_passed,
                   struct error *err)
{
    uint64_t cell = (uint64_t)spool->n_rows * spool->n_columns + column;
    if (cell - spool->next_cell > UINT32_MAX)
        return error_set(err, ERROR_TOO_LARGE, "the rows have too many cells");
    *n_passed = (uint32_t)(cell - spool->next_cell);
    spool->next_cell = cell + 1;
    return 0;
}

int spool_add_text(struct spool *spool, size_t column, const char *text, size_t n_bytes,
                   struct error *err)
{
    uint32_t n_passed = 0;
    if (n_bytes > SPOOL_TEXTS_MOST)
        return error_set(err, ERROR_TOO_LARGE, "a cell's text is too long");
    if (pass_to(spool, column, &n_passed, err) < 0)
        return -1;
    return spool_texts_put(&spool->texts, n_passed, text, (uint32_t)n_bytes, err);
}

int spool_add_digits(struct spool *spool, size_t column, const char *text, size_t n_bytes,
                     struct error *err)
{
    uint32_t n_passed = 0;
    assert(n_bytes > 0 && n_bytes <= SPOOL_TEXTS_MOST_DIGITS);
    if (pass_to(spool, column, &n_passed, err) < 0)
        return -1;
    return spool_texts_put_digits(&spool->texts, n_passed, text, (uint32_t)n_bytes, err);
}

void spool_take_rows(struct spool *spool, size_t n_rows)
{
    spool->n_rows += n_rows;
}

void spool_end_row(struct spool *spool)
{
    spool_take_rows(spool, 1);
}

void spool_end_rows(struct spool *spool)
{
    if (!spool->has_ended && spool->n_rows > 0)
        pack(spool);
    spool->has_ended = true;
}

/* ---- coming back ---- */

unsigned char *spool_column_cells(const struct spool_chunk *chunk, size_t column,
                                  enum spool_form *form)
{
    *form = column < chunk->n_columns ? spool_block_form(chunk->bytes, column)
                                      : SPOOL_NOTHING;
    return *form != SPOOL_NOTHING ? chunk->bytes + chunk->places[column] : NULL;
}

const char *spool_find_text(struct spool_chunk *chunk, size_t row, size_t column,
                            size_t *n_bytes)
{
    uint64_t cell = (uint64_t)row * chunk->n_columns + column;
    while (column < chunk->n_columns && chunk->text_at < chunk->n_text_bytes) {
        struct spool_text text;
        size_t behind = spool_texts_take(chunk->texts, chunk->text_at, &text);
        uint64_t found = chunk->text_cell + text.n_passed;
        if (found > cell)
            return NULL;
        *n_bytes = text.n_bytes;
        if (found == cell && !text.is_packed)
            return text.bytes;
        if (found == cell) {
            spool_texts_unpack(&text, chunk->unpacked);
            return chunk->unpacked;
        }
        chunk->text_at = behind;
        chunk->text_cell = found + 1;
    }
    return NULL;
}

struct replay {
    struct spool *spool;
    spool_chunk_fn *on_chunk;
    void *context;
    bool with_texts;
    struct spool_chunk chunk; /* of the file; its memory is this one's */
    struct buffer texts;
};

static int hand_out(const struct replay *replay, struct spool_chunk *chunk,
                    const struct buffer *texts, struct error *err)
{
    spool_block_place(chunk->bytes, chunk->n_rows, chunk->n_columns, chunk->places);
    chunk->texts = texts->bytes;
    chunk->n_text_bytes = texts->n_bytes;
    chunk->text_at = 0;
    chunk->text_cell = 0;
    chunk->changed = false;
    return replay->on_chunk(replay->context, chunk, err);
}

static int read_texts(struct replay *replay, size_t n, uint64_t at, struct error *err)
{
    buffer_clear(&replay->texts);
    if (!replay->with_texts)
        return 0;
    char *texts = buffer_reserve(&replay->texts, n);
    if (!texts)
        return buffer_check(&replay->texts, err);
    buffer_advance(&replay->texts, n);
    return scratch_file_read(replay->spool->fd, texts, n, at, err);
}

static int replay_chunk(struct replay *replay, uint64_t *at, struct error *err)
{
    struct spool *spool = replay->spool;
    struct spool_chunk *chunk = &replay->chunk;
    struct chunk_head head;
    if (scratch_file_read(spool->fd, &head, sizeof(head), *at, err) < 0)
        return -1;
    uint64_t bytes_at = *at + sizeof(head), texts_at = bytes_at + head.n_bytes;
    chunk->n_rows = (size_t)head.n_rows;
    chunk->n_columns = (size_t)head.n_columns;
    chunk->n_bytes = (size_t)head.n_bytes;
    if (scratch_file_read(spool->fd, chunk->bytes, chunk->n_bytes, bytes_at, err) < 0 ||
        read_texts(replay, (size_t)head.n_text_bytes, texts_at, err) < 0 ||
        hand_out(replay, chunk, &replay->texts, err) < 0)
        return -1;
    *at = texts_at + head.n_text_bytes;
    return chunk->changed ? scratch_file_write(spool->fd, chunk->bytes, chunk->n_bytes,
                                               bytes_at, err)
                          : 0;
}

static int replay_file(struct replay *replay, struct error *err)
{
    const struct spool *spool = replay->spool;
    struct spool_chunk *chunk = &replay->chunk;
    uint64_t at = spool->start;
    if (spool->end == at)
        return 0;
    chunk->bytes = memory_new(spool->last_capacity, 1, err);
    chunk->places = memory_new(spool->n_columns, sizeof(*chunk->places), err);
    int result = chunk->bytes && chunk->places ? 0 : -1;
    while (result == 0 && at < spool->end)
        result = replay_chunk(replay, &at, err);
    memory_free(chunk->bytes);
    memory_free(chunk->places);
    buffer_free(&replay->texts);
    return result;
}

int spool_replay(struct spool *spool, bool with_texts, spool_chunk_fn *on_chunk,
                 void *context, struct error *err)
{
    struct replay replay = {.spool = spool,
                            .on_chunk = on_chunk,
                            .context = context,
                            .with_texts = with_texts};
    assert(spool->has_ended);
    if (replay_file(&replay, err) < 0)
        return -1;
    return spool->n_rows > 0 ? hand_out(&replay, &spool->last, &spool->texts, err) : 0;
}
