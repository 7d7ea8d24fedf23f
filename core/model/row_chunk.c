#include "core/model/row_chunk.h"

#include <string.h>

#include "core/base/memory.h"

/* 256 KiB: with a weighted copy, what a core's cache holds. */
#define CHUNK_CELLS 32768U
#define MOST_SHORT_COLUMNS 128U
#define CHUNK_ENTRIES 16384U /* 192 KiB */
#define LEAST_ROWS 64U
#define SHORT_CELLS 3072U /* 24 KiB: with a panel of weighted ones in the first cache */

size_t row_chunk_cached_rows(size_t n_columns)
{
    size_t n = CHUNK_CELLS / (n_columns + 1);
    return n < LEAST_ROWS ? LEAST_ROWS : n > DESIGN_BLOCK_ROWS ? DESIGN_BLOCK_ROWS : n;
}

size_t row_chunk_capacity(const struct basis *basis, const struct design *design)
{
    size_t n =
        basis->is_sparse ? DESIGN_BLOCK_ROWS : row_chunk_cached_rows(basis->n_active);
    return design->n_rows < n ? (size_t)design->n_rows : n;
}

bool row_chunk_scratch(const struct basis *basis, const struct design *design,
                       size_t *n_cells)
{
    *n_cells = 0;
    return basis->is_sparse || gram_scratch(row_chunk_capacity(basis, design), n_cells);
}

/* Room for the longest row, at least. */
static int make_entries(struct row_chunk *chunk, const struct design *design,
                        const struct basis *basis, struct error *err)
{
    size_t n = design->longest_row + basis->n_shifted;
    chunk->entry_capacity = n < CHUNK_ENTRIES ? CHUNK_ENTRIES : n;
    chunk->starts = memory_new(chunk->capacity + 1, sizeof(*chunk->starts), err);
    chunk->columns = memory_new(chunk->entry_capacity, sizeof(*chunk->columns), err);
    chunk->values = memory_new(chunk->entry_capacity, sizeof(*chunk->values), err);
    return chunk->starts && chunk->columns && chunk->values ? 0 : -1;
}

static int make_cells(struct row_chunk *chunk, const struct design *design,
                      const struct basis *basis, struct error *err)
{
    bool is_spread = design->storage == DESIGN_CSR_F64;
    size_t n_cells;
    if (!memory_product(chunk->capacity, gram_stride(basis->n_active), &n_cells))
        return error_no_memory(err, SIZE_MAX);
    chunk->u = memory_new_aligned(n_cells, sizeof(double), err);
    if (is_spread)
        chunk->spread = memory_new(design->n_columns, sizeof(double), err);
    return chunk->u && (chunk->spread || !is_spread) ? 0 : -1;
}

static void fill(double *numbers, size_t n, double value)
{
    for (size_t i = 0; i < n; i++)
        numbers[i] = value;
}

int row_chunk_new(struct row_chunk *chunk, const struct design *design,
                  const struct basis *basis, struct error *err)
{
    size_t n_rows = row_chunk_capacity(basis, design);
    struct row_chunk made = {.capacity = n_rows};
    made.y = memory_new_aligned(n_rows, sizeof(double), err);
    made.weights = memory_new_aligned(n_rows, sizeof(double), err);
    made.offset = memory_new_aligned(n_rows, sizeof(double), err);
    if (!made.y || !made.weights || !made.offset ||
        (basis->is_sparse ? make_entries(&made, design, basis, err)
                          : make_cells(&made, design, basis, err)) < 0) {
        row_chunk_free(&made);
        return -1;
    }
    fill(made.weights, n_rows, 1);
    *chunk = made;
    return 0;
}

void row_chunk_shorten(struct row_chunk *chunk, const struct basis *basis)
{
    size_t n = SHORT_CELLS / (gram_stride(basis->n_active) + 1);
    n = n < LEAST_ROWS ? LEAST_ROWS : n - n % LEAST_ROWS;
    if (!basis->is_sparse && n < chunk->capacity && basis->n_active <= MOST_SHORT_COLUMNS)
        chunk->capacity = n;
}

void row_chunk_free(struct row_chunk *chunk)
{
    memory_free(chunk->u);
    memory_free(chunk->y);
    memory_free(chunk->weights);
    memory_free(chunk->offset);
    memory_free(chunk->starts);
    memory_free(chunk->columns);
    memory_free(chunk->values);
    memory_free(chunk->spread);
    *chunk = (struct row_chunk){0};
}

/* ---- taking rows ---- */

static bool has_room(const struct row_chunk *chunk, const struct basis *basis,
                     const struct design_block *block, size_t i)
{
    if (chunk->n_rows == chunk->capacity)
        return false;
    return !basis->is_sparse || chunk->n_entries + basis->n_shifted +
                                        block->starts[i + 1] - block->starts[i] <=
                                    chunk->entry_capacity;
}

static void take_entries(struct row_chunk *chunk, const struct basis *basis,
                         const struct design_block *block, size_t i)
{
    size_t n = chunk->n_rows, at = chunk->n_entries;
    size_t first = block->starts[i], n_own = block->starts[i + 1] - first;
    chunk->starts[n] = at;
    at += basis_entries(basis, n_own, block->columns + first, block->values + first,
                        chunk->columns + at, chunk->values + at);
    chunk->starts[n + 1] = chunk->n_entries = at;
}

/* A row of a sparse design, as a dense one for the time of the call. */
static void take_spread(struct row_chunk *chunk, const struct basis *basis,
                        const struct design_block *block, size_t i)
{
    double *x = chunk->spread;
    if (basis->n_active == 0)
        return;
    for (size_t e = block->starts[i]; e < block->starts[i + 1]; e++)
        x[block->columns[e]] = block->values[e];
    basis_rows(basis, 1, x, chunk->u + chunk->n_rows * chunk->stride, chunk->stride);
    for (size_t e = block->starts[i]; e < block->starts[i + 1]; e++)
        x[block->columns[e]] = 0;
}

/* Unless it has no weight. */
static void take_row(struct row_chunk *chunk, const struct basis *basis,
                     const struct design_block *block, size_t i)
{
    size_t n = chunk->n_rows;
    double weight = block->weights ? block->weights[i] : 1;
    if (!(weight > 0))
        return;
    if (basis->is_sparse)
        take_entries(chunk, basis, block, i);
    else if (block->starts)
        take_spread(chunk, basis, block, i);
    else
        basis_rows(basis, 1, block->x + i * basis->n_columns,
                   chunk->u + n * chunk->stride, chunk->stride);
    chunk->y[n] = block->y[i];
    chunk->weights[n] = weight;
    chunk->is_weighted |= weight != 1;
    chunk->offset[n] = block->offset ? block->offset[i] : 0;
    chunk->has_offset |= block->offset != NULL;
    chunk->n_rows++;
}

/* Weights of 1 and offsets of 0 stay from chunk to chunk. */
static void take_offsets(struct row_chunk *chunk, const double *offset, size_t n)
{
    if (offset)
        memcpy(chunk->offset, offset, n * sizeof(*offset));
    else if (chunk->has_offset)
        fill(chunk->offset, chunk->capacity, 0);
    chunk->has_offset = offset != NULL;
}

static void take_weights(struct row_chunk *chunk, const double *weights, size_t n)
{
    if (weights)
        memcpy(chunk->weights, weights, n * sizeof(*weights));
    else if (chunk->is_weighted)
        fill(chunk->weights, chunk->capacity, 1);
    chunk->is_weighted = weights != NULL;
}

/* All but the cells, of rows of which none is left out. */
static void take_labels(struct row_chunk *chunk, const struct design_block *block,
                        size_t first, size_t n)
{
    memcpy(chunk->y, block->y + first, n * sizeof(*chunk->y));
    take_offsets(chunk, block->offset ? block->offset + first : NULL, n);
    take_weights(chunk, block->weights ? block->weights + first : NULL, n);
    chunk->n_rows = n;
}

/* Where no row can be left out. */
static void take_rows(struct row_chunk *chunk, const struct basis *basis,
                      const struct design_block *block, size_t first, size_t n)
{
    basis_rows(basis, n, block->x + first * basis->n_columns, chunk->u, chunk->stride);
    take_labels(chunk, block, first, n);
    chunk->ahead = block->x + (first + n) * basis->n_columns;
    chunk->n_ahead = n * basis->n_columns * sizeof(*block->x);
}

static void start(struct row_chunk *chunk, const struct basis *basis)
{
    chunk->n_rows = chunk->n_entries = 0;
    chunk->is_view = chunk->is_whole = false;
    chunk->stride = gram_stride(basis->n_active);
    chunk->ahead = NULL;
    chunk->n_ahead = 0;
}

bool row_chunk_load(struct row_chunk *chunk, const struct basis *basis,
                    const struct design_block *block, size_t *next)
{
    size_t i = *next, n = block->n_rows - i;
    start(chunk, basis);
    if (block->x && !block->weights) {
        take_rows(chunk, basis, block, i, n < chunk->capacity ? n : chunk->capacity);
        *next = i + chunk->n_rows;
        return chunk->n_rows > 0;
    }
    for (; i < block->n_rows && has_room(chunk, basis, block, i); i++)
        take_row(chunk, basis, block, i);
    *next = i;
    return chunk->n_rows > 0;
}

static bool has_weight(const struct design_block *block, size_t i)
{
    return !block->weights || block->weights[i] > 0;
}

bool row_chunk_view(struct row_chunk *chunk, const struct design_block *block,
                    size_t *next)
{
    size_t first = *next, end;
    while (first < block->n_rows && !has_weight(block, first))
        first++;
    size_t most = block->n_rows - first;
    most = first + (most < chunk->capacity ? most : chunk->capacity);
    end = block->weights ? first : most;
    while (end < most && has_weight(block, end))
        end++;
    take_labels(chunk, block, first, end - first);
    chunk->view = *block;
    chunk->first_viewed = first;
    chunk->is_view = true;
    chunk->is_whole = false;
    *next = end;
    return end > first;
}

bool row_chunk_load_whole(struct row_chunk *chunk, const struct basis *basis,
                          const struct design_block *block, size_t *next)
{
    size_t first = *next;
    if (first == block->n_rows)
        return false;
    if (first == 0 && chunk->is_whole) {
        *next = block->n_rows;
        return chunk->n_rows > 0;
    }
    bool is_loaded = row_chunk_load(chunk, basis, block, next);
    chunk->is_whole = first == 0 && *next == block->n_rows;
    return is_loaded;
}

bool row_chunk_gather(struct row_chunk *chunk, const struct basis *basis,
                      const struct design *design, const size_t *order, size_t n_rows,
                      size_t *next)
{
    size_t i = *next;
    start(chunk, basis);
    for (; i < n_rows; i++) {
        struct design_block row;
        design_rows(design, order[i], 1, &row);
        if (!has_room(chunk, basis, &row, 0))
            break;
        take_row(chunk, basis, &row, 0);
    }
    *next = i;
    return chunk->n_rows > 0;
}

static const double *dense_view(const struct row_chunk *chunk, const struct basis *basis)
{
    const double *x = chunk->view.x;
    return x ? x + chunk->first_viewed * basis->n_columns : NULL;
}

static const uint64_t *sparse_view(const struct row_chunk *chunk)
{
    const uint64_t *starts = chunk->view.starts;
    return starts ? starts + chunk->first_viewed : NULL;
}

struct gram_rows row_chunk_rows(const struct row_chunk *chunk, const struct basis *basis)
{
    if (chunk->is_view)
        return (struct gram_rows){.n_rows = chunk->n_rows,
                                  .n_columns = basis->n_columns,
                                  .x = dense_view(chunk, basis),
                                  .stride = basis->n_columns,
                                  .starts = sparse_view(chunk),
                                  .columns = chunk->view.columns,
                                  .values = chunk->view.values,
                                  .intercept = basis->intercept};
    return (struct gram_rows){.n_rows = chunk->n_rows,
                              .n_columns = basis->n_active,
                              .x = chunk->u,
                              .stride = chunk->stride,
                              .ahead = chunk->ahead,
                              .n_ahead = chunk->n_ahead,
                              .starts = chunk->starts,
                              .columns = chunk->columns,
                              .values = chunk->values,
                              .intercept = basis->intercept};
}
