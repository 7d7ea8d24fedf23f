#include "core/data/design_sample.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"

#define SEED 0x73616d706c65U /* any will do */

uint64_t design_sample_row(uint64_t i, size_t stride)
{
    struct random random = random_start(SEED, 0);
    random_jump(&random, i);
    return i * stride + random_u64(&random) % stride;
}

struct sampling {
    const struct design *design;
    struct design *sample;
    size_t stride;
};

static void copy(const struct sampling *sampling, void *to, const void *from,
                 size_t n_bytes)
{
    design_array_touch(sampling->sample, to, n_bytes);
    memcpy(to, from, n_bytes);
}

static void copy_row(const struct sampling *sampling, uint64_t i)
{
    struct design *sample = sampling->sample;
    struct design_block row;
    design_rows(sampling->design, design_sample_row(i, sampling->stride), 1, &row);
    copy(sampling, sample->y + i, row.y, sizeof(double));
    if (row.weights)
        copy(sampling, sample->weights + i, row.weights, sizeof(double));
    if (row.offset)
        copy(sampling, sample->offset + i, row.offset, sizeof(double));
    if (row.x) {
        size_t d = sample->n_columns;
        copy(sampling, sample->x + i * d, row.x, d * sizeof(double));
        return;
    }
    size_t n = row.starts[1] - row.starts[0];
    copy(sampling, sample->columns + sample->starts[i], row.columns + row.starts[0],
         n * sizeof(*row.columns));
    copy(sampling, sample->values + sample->starts[i], row.values + row.starts[0],
         n * sizeof(*row.values));
}

static void copy_block(void *context, size_t block, size_t worker)
{
    const struct sampling *sampling = context;
    uint64_t end = ((uint64_t)block + 1) * DESIGN_BLOCK_ROWS;
    (void)worker;
    if (end > sampling->sample->n_rows)
        end = sampling->sample->n_rows;
    for (uint64_t i = (uint64_t)block * DESIGN_BLOCK_ROWS; i < end; i++)
        copy_row(sampling, i);
}

/* Where each row's entries will be, and the longest one. */
static void find_starts(const struct sampling *sampling)
{
    struct design *sample = sampling->sample;
    for (uint64_t i = 0; i < sample->n_rows; i++) {
        struct design_block row;
        design_rows(sampling->design, design_sample_row(i, sampling->stride), 1, &row);
        size_t n = row.starts[1] - row.starts[0];
        design_array_touch(sample, sample->starts + i, 2 * sizeof(*sample->starts));
        sample->starts[i + 1] = sample->starts[i] + n;
        sample->longest_row = n > sample->longest_row ? n : sample->longest_row;
    }
}

static int make_cells(const struct sampling *sampling, struct error *err)
{
    struct design *sample = sampling->sample;
    size_t n_rows = (size_t)sample->n_rows, n_cells;
    if (sample->storage == DESIGN_DENSE_F64) {
        if (!memory_product(n_rows, sample->n_columns, &n_cells))
            return error_no_memory(err, SIZE_MAX);
        sample->x = design_array_take(sample, n_cells, sizeof(double), err);
        return sample->x ? 0 : -1;
    }
    sample->starts = design_array_new(sample, n_rows + 1, sizeof(*sample->starts), err);
    if (!sample->starts)
        return -1;
    find_starts(sampling);
    n_cells = (size_t)sample->starts[n_rows];
    sample->columns = design_array_take(sample, n_cells, sizeof(*sample->columns), err);
    sample->values = design_array_take(sample, n_cells, sizeof(double), err);
    return sample->columns && sample->values ? 0 : -1;
}

static int make_arrays(const struct sampling *sampling, struct error *err)
{
    const struct design *design = sampling->design;
    struct design *sample = sampling->sample;
    size_t n_rows = (size_t)sample->n_rows;
    sample->y = design_array_new(sample, n_rows, sizeof(double), err);
    if (design->weights)
        sample->weights = design_array_new(sample, n_rows, sizeof(double), err);
    if (design->offset)
        sample->offset = design_array_new(sample, n_rows, sizeof(double), err);
    return sample->y && (sample->weights || !design->weights) &&
                   (sample->offset || !design->offset)
               ? make_cells(sampling, err)
               : -1;
}

int design_sample(const struct design *design, size_t stride, struct pool *pool,
                  struct design *sample, struct error *err)
{
    uint64_t n_rows = design->n_rows / stride;
    struct design made = {
        .storage = design->storage,
        .n_rows = n_rows,
        .n_columns = design->n_columns,
        .n_blocks = (size_t)((n_rows + DESIGN_BLOCK_ROWS - 1) / DESIGN_BLOCK_ROWS),
        .n_classes = design->n_classes,
        .file = design->file};
    struct sampling sampling = {design, &made, stride};
    int status = make_arrays(&sampling, err);
    if (status == 0) {
        pool_run(pool, made.n_blocks, copy_block, &sampling);
        status = pool_check(pool, err);
    }
    if (status < 0) {
        design_free(&made);
        return -1;
    }
    for (uint64_t i = 0; i < n_rows; i++)
        made.sum_weights += design_weight(&made, i);
    *sample = made;
    return 0;
}
