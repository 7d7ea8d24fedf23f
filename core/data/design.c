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
    uint64_t first = (uint64_t)i * DESIGN_BLOCK_ROWS;
    uint64_t left = design->n_rows - first;
    *block = (struct design_block){
        .first_row = first,
        .n_rows = left < DESIGN_BLOCK_ROWS ? (size_t)left : DESIGN_BLOCK_ROWS,
        .x = from_row(design->x, first * design->n_columns),
        .starts = design->starts ? design->starts + first : NULL,
        .columns = design->columns,
        .values = design->values,
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
    memory_free(design->starts);
    memory_free(design->columns);
    memory_free(design->values);
    *design = (struct design){0};
}

uint64_t design_n_entries(const struct design *design)
{
    return design->storage == DESIGN_CSR_F64 ? design->starts[design->n_rows]
                                             : design->n_rows * design->n_columns;
}
