#include "core/model/row_chunk.h"

#include <string.h>

#include "core/base/memory.h"

#define CHUNK_CELLS                                                                      \
    32768U /* 256 KiB: with a weighted copy, what a core's cache holds                   \
            */
#define LEAST_ROWS 64U

size_t row_chunk_capacity(size_t n_columns)
{
    size_t n = CHUNK_CELLS / (n_columns + 1);
    return n < LEAST_ROWS ? LEAST_ROWS : n > DESIGN_BLOCK_ROWS ? DESIGN_BLOCK_ROWS : n;
}

int row_chunk_new(struct row_chunk *chunk, size_t n_columns, struct error *err)
{
    size_t n_rows = row_chunk_capacity(n_columns), n_cells;
    struct row_chunk made = {.capacity = n_rows};
    if (!memory_product(n_rows, n_columns, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    made.u = memory_new_aligned(n_cells, sizeof(double), err);
    made.y = memory_new_aligned(n_rows, sizeof(double), err);
    made.weights = memory_new_aligned(n_rows, sizeof(double), err);
    made.offset = memory_new_aligned(n_rows, sizeof(double), err);
    if (!made.u || !made.y || !made.weights || !made.offset) {
        row_chunk_free(&made);
        return -1;
    }
    *chunk = made;
    return 0;
}

void row_chunk_free(struct row_chunk *chunk)
{
    memory_free(chunk->u);
    memory_free(chunk->y);
    memory_free(chunk->weights);
    memory_free(chunk->offset);
    *chunk = (struct row_chunk){0};
}

/* Unless it has no weight. */
static void take_row(struct row_chunk *chunk, const struct basis *basis,
                     const struct design_block *block, size_t i)
{
    size_t n = chunk->n_rows;
    double weight = block->weights ? block->weights[i] : 1;
    if (!(weight > 0))
        return;
    basis_rows(basis, 1, block->x + i * basis->n_columns, chunk->u + n * basis->n_active);
    chunk->y[n] = block->y[i];
    chunk->weights[n] = weight;
    chunk->offset[n] = block->offset ? block->offset[i] : 0;
    chunk->n_rows++;
}

/* Where no row can be left out. */
static void take_rows(struct row_chunk *chunk, const struct basis *basis,
                      const struct design_block *block, size_t first, size_t n)
{
    basis_rows(basis, n, block->x + first * basis->n_columns, chunk->u);
    memcpy(chunk->y, block->y + first, n * sizeof(*chunk->y));
    for (size_t i = 0; i < n; i++) {
        chunk->weights[i] = 1;
        chunk->offset[i] = block->offset ? block->offset[first + i] : 0;
    }
    chunk->n_rows = n;
}

bool row_chunk_load(struct row_chunk *chunk, const struct basis *basis,
                    const struct design_block *block, size_t *next)
{
    size_t i = *next, n = block->n_rows - i;
    if (!block->weights) {
        take_rows(chunk, basis, block, i, n < chunk->capacity ? n : chunk->capacity);
        *next = i + chunk->n_rows;
        return chunk->n_rows > 0;
    }
    chunk->n_rows = 0;
    for (; i < block->n_rows && chunk->n_rows < chunk->capacity; i++)
        take_row(chunk, basis, block, i);
    *next = i;
    return chunk->n_rows > 0;
}

bool row_chunk_gather(struct row_chunk *chunk, const struct basis *basis,
                      const struct design *design, const size_t *order, size_t n_rows,
                      size_t *next)
{
    size_t i = *next;
    chunk->n_rows = 0;
    for (; i < n_rows && chunk->n_rows < chunk->capacity; i++) {
        struct design_block block;
        design_block(design, order[i] / DESIGN_BLOCK_ROWS, &block);
        take_row(chunk, basis, &block, order[i] % DESIGN_BLOCK_ROWS);
    }
    *next = i;
    return chunk->n_rows > 0;
}

struct gram_rows row_chunk_rows(const struct row_chunk *chunk, const struct basis *basis)
{
    return (struct gram_rows){.n_rows = chunk->n_rows,
                              .n_columns = basis->n_active,
                              .x = chunk->u,
                              .intercept = basis->intercept};
}
