#include "core/data/design.h"

#include <assert.h>

#include "core/base/memory.h"

static const double *from_row(const double *values, uint64_t row)
{
    return values == NULL ? NULL : values + row;
}

/* Brings the rows in from the file. */
static void touch(const struct design *design, const struct design_block *block)
{
    size_t n = block->n_rows, n_bytes = n * sizeof(double);
    array_file_touch(design->file, block->x, n_bytes * design->n_columns);
    array_file_touch(design->file, block->y, n_bytes);
    array_file_touch(design->file, block->weights, n_bytes);
    array_file_touch(design->file, block->offset, n_bytes);
    if (!block->starts)
        return;
    array_file_touch(design->file, block->starts, (n + 1) * sizeof(*block->starts));
    uint64_t first = block->starts[0], n_entries = block->starts[n] - first;
    array_file_touch(design->file, block->columns + first,
                     n_entries * sizeof(*block->columns));
    array_file_touch(design->file, block->values + first,
                     n_entries * sizeof(*block->values));
}

void design_rows(const struct design *design, uint64_t first, size_t n_rows,
                 struct design_block *block)
{
    assert(n_rows <= design->n_rows && first <= design->n_rows - n_rows);
    *block = (struct design_block){
        .first_row = first,
        .n_rows = n_rows,
        .x = from_row(design->x, first * design->n_columns),
        .starts = design->starts ? design->starts + first : NULL,
        .columns = design->columns,
        .values = design->values,
        .y = from_row(design->y, first),
        .weights = from_row(design->weights, first),
        .offset = from_row(design->offset, first),
    };
    if (design->file)
        touch(design, block);
}

void design_block(const struct design *design, size_t i, struct design_block *block)
{
    assert(i < design->n_blocks);
    uint64_t first = (uint64_t)i * DESIGN_BLOCK_ROWS;
    uint64_t left = design->n_rows - first;
    design_rows(design, first,
                left < DESIGN_BLOCK_ROWS ? (size_t)left : DESIGN_BLOCK_ROWS, block);
}

void *design_array_new(const struct design *design, size_t n, size_t size,
                       struct error *err)
{
    return design->file ? array_file_take(design->file, n, size, err)
                        : memory_new_aligned(n, size, err);
}

void *design_array_take(const struct design *design, size_t n, size_t size,
                        struct error *err)
{
    return design->file ? array_file_take(design->file, n, size, err)
                        : memory_take_aligned(n, size, err);
}

void design_array_free(const struct design *design, void *array)
{
    if (design->file)
        array_file_give_back(design->file, array);
    else
        memory_free(array);
}

void design_array_expose(const struct design *design, const void *array)
{
    array_file_expose(design->file, array);
}

void design_array_touch(const struct design *design, const void *from, size_t n_bytes)
{
    array_file_touch(design->file, from, n_bytes);
}

static double of_row(const struct design *design, const double *values, uint64_t row,
                     double without)
{
    if (!values)
        return without;
    array_file_touch(design->file, values + row, sizeof(*values));
    return values[row];
}

double design_label(const struct design *design, uint64_t row)
{
    return of_row(design, design->y, row, 0);
}

double design_weight(const struct design *design, uint64_t row)
{
    return of_row(design, design->weights, row, 1);
}

double design_offset(const struct design *design, uint64_t row)
{
    return of_row(design, design->offset, row, 0);
}

void design_free(struct design *design)
{
    design_array_free(design, design->x);
    design_array_free(design, design->y);
    design_array_free(design, design->weights);
    design_array_free(design, design->offset);
    design_array_free(design, design->starts);
    design_array_free(design, design->columns);
    design_array_free(design, design->values);
    *design = (struct design){0};
}

uint64_t design_n_entries(const struct design *design)
{
    return design->storage == DESIGN_CSR_F64 ? design->starts[design->n_rows]
                                             : design->n_rows * design->n_columns;
}

uint64_t design_n_bytes(const struct design *design)
{
    uint64_t n = design_n_entries(design), n_rows = design->n_rows;
    uint64_t n_of_row = 1U + (design->weights != NULL) + (design->offset != NULL);
    return n_rows * n_of_row * sizeof(double) +
           (design->storage == DESIGN_CSR_F64 ? n * (sizeof(uint32_t) + sizeof(double)) +
                                                    (n_rows + 1) * sizeof(uint64_t)
                                              : n * sizeof(double));
}
