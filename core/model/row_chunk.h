/*
 * A few hundred rows of a design in a basis, copied to where they stay in the cache.
 * Rows of weight 0 are left out. In a sparse basis they are sparse, in any other one
 * dense, however the design is stored. One thread.
 */
#ifndef LOGITD_CORE_MODEL_ROW_CHUNK_H
#define LOGITD_CORE_MODEL_ROW_CHUNK_H

#include "core/kernel/gram.h"
#include "core/data/design.h"
#include "core/model/basis.h"

struct row_chunk {
    size_t capacity; /* rows */
    size_t n_rows;
    double *u;         /* [n_rows × n_active] with this stride (gram.h); NULL: sparse */
    size_t stride;     /* of the rows taken last */
    const void *ahead; /* and bytes behind them, which will be read next; or NULL, 0 */
    size_t n_ahead;
    double *y, *weights,
        *offset; /* [n_rows]; weights of 1, offsets of 0 are written out */
    bool is_weighted, has_offset; /* there may be others among these, of any row */
    /* Sparse: as in gram.h. */
    size_t n_entries, entry_capacity;
    uint64_t *starts;
    uint32_t *columns;
    double *values;
    double *spread; /* [d] a row of a sparse design that becomes dense; 0 in between */
    struct design_block view; /* whose rows from first_viewed on these are, as they lie */
    size_t first_viewed;
    bool is_view;
    bool is_whole; /* all rows of a design, by row_chunk_load_whole */
};

/* Rows of so many numbers that stay in the cache, with a copy. */
size_t row_chunk_cached_rows(size_t n_columns);

/* The most rows of a chunk of this design in this basis; and the numbers that gram_add
 * needs aside for it, which are none if rows are sparse. False if they cannot be counted.
 */
size_t row_chunk_capacity(const struct basis *basis, const struct design *design);
bool row_chunk_scratch(const struct basis *basis, const struct design *design,
                       size_t *n_cells);

/* For rows of this design in this basis, whose active columns may become fewer. */
int row_chunk_new(struct row_chunk *chunk, const struct design *design,
                  const struct basis *basis, struct error *err) MUST_CHECK;
void row_chunk_free(struct row_chunk *chunk);

/* From now on takes so few rows of not too many columns that the first cache holds them:
 * for who passes over them several times by short loops, while the rows to come are on
 * their way. */
void row_chunk_shorten(struct row_chunk *chunk, const struct basis *basis);

/* Takes rows from *next of the block on, as many as there is room for, and moves *next
 * behind them. False where none are left. */
bool row_chunk_load(struct row_chunk *chunk, const struct basis *basis,
                    const struct design_block *block, size_t *next);

/* The rows of a block from *next on as they lie, in the columns of the design, up to the
 * first of weight 0: what is copied is their labels, weights and offsets. Dense ones have
 * no numbers behind the last column: for products of many classes, and for who puts them
 * into the basis by itself. The block stays borrowed until others are taken. False where
 * none are left. */
bool row_chunk_view(struct row_chunk *chunk, const struct design_block *block,
                    size_t *next);

/* As row_chunk_load, of a design of one block, which is the same each time, as its basis
 * is: where the chunk has all of its rows already they stay. */
bool row_chunk_load_whole(struct row_chunk *chunk, const struct basis *basis,
                          const struct design_block *block, size_t *next);

/* As row_chunk_load, of the rows order[*next…n_rows-1] of a design, in this order. */
bool row_chunk_gather(struct row_chunk *chunk, const struct basis *basis,
                      const struct design *design, const size_t *order, size_t n_rows,
                      size_t *next);

struct gram_rows row_chunk_rows(const struct row_chunk *chunk, const struct basis *basis);

#endif
