/*
 * A few hundred rows of a design in a basis, copied to where they stay in the cache.
 * Rows of weight 0 are left out. One thread.
 */
#ifndef LOGITD_CORE_MODEL_ROW_CHUNK_H
#define LOGITD_CORE_MODEL_ROW_CHUNK_H

#include "core/kernel/gram.h"
#include "core/data/design.h"
#include "core/model/basis.h"

struct row_chunk {
    size_t capacity; /* rows */
    size_t n_rows;
    double *u; /* [n_rows × n_active] */
    double *y, *weights,
        *offset; /* [n_rows]; weights of 1, offsets of 0 are written out */
};

/* The most rows of one; depends on the number of columns alone. */
size_t row_chunk_capacity(size_t n_columns);

int row_chunk_new(struct row_chunk *chunk, size_t n_columns,
                  struct error *err) MUST_CHECK;
void row_chunk_free(struct row_chunk *chunk);

/* Takes rows from *next of the block on, as many as there is room for, and moves *next
 * behind them. False where none are left. */
bool row_chunk_load(struct row_chunk *chunk, const struct basis *basis,
                    const struct design_block *block, size_t *next);

/* The same of the rows order[*next…n_rows-1] of a design, in this order. */
bool row_chunk_gather(struct row_chunk *chunk, const struct basis *basis,
                      const struct design *design, const size_t *order, size_t n_rows,
                      size_t *next);

struct gram_rows row_chunk_rows(const struct row_chunk *chunk, const struct basis *basis);

#endif
