#include "core/data/design.h"

#include <assert.h>

#include "core/base/memory.h"

static const double *from_row(const double *values, uint64_t row)
{
    return values == NULL ? NULL : values + row;
}

void design_block(const struct design *design, size_t i, struct design_block *block)
{
    assert(i < design->n_blocks);
    assert(design->storage == DESIGN_DENSE_F64);
    uint64_t first = (uint64_t)i * DESIGN_BLOCK_ROWS;
    uint64_t left = design->n_rows - first;
    *block = (struct design_block){
        .first_row = first,
        .n_rows = left < DESIGN_BLOCK_ROWS ? (size_t)left : DESIGN_BLOCK_ROWS,
        .x = from_row(design->x, first * design->n_columns),
        .y = from_row(design->y, first),
        .weights = from_row(design->weights, first),
        .offset = from_row(design->offset, first),
    };
}

void design_free(struct design *design)
{
    memory_free(design->x);
    memory_free(design->y);
    memory_free(design->weights);
    memory_free(design->offset);
    *design = (struct design){0};
}
