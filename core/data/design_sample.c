#include "core/data/design_sample.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"

#define SEED 0x73616d706c65U /* any will do */
#define RUN_ROWS 64U
#define AHEAD 12U /* rows that are called for */
#define LINE 8U   /* numbers of the cache's */

/* The rows that run i and the one behind it, i even, have in the sample: a block of
 * random numbers has two. */
static void draw_pair(uint64_t i, size_t stride, uint64_t *rows)
{
    const uint32_t key[2] = {(uint32_t)SEED, (uint32_t)(SEED >> 32)};
    uint32_t words[4] = {(uint32_t)(i / 2), (uint32_t)(i / 2 >> 32), 0, 0};
    random_philox(words, key);
    for (size_t k = 0; k < 2; k++)
        rows[k] =
            (i + k) * stride + ((uint64_t)words[2 * k + 1] << 32 | words[2 * k]) % stride;
}

uint64_t design_sample_row(uint64_t i, size_t stride)
{
    uint64_t rows[2];
    draw_pair(i - i % 2, stride, rows);
    return rows[i % 2];
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

/* Rows of the sample that follow each other, and where they are from. */
struct run {
    uint64_t first; /* in the sample */
    size_t n;
    struct design_block whole;     /* the design's rows among which they are */
    uint64_t at[RUN_ROWS + AHEAD]; /* of which these; and those of the rows to come */
};

static void find_run(const struct sampling *sampling, uint64_t first, uint64_t end,
                     struct run *run)
{
    size_t stride = sampling->stride;
    run->first = first;
    run->n = end - first < RUN_ROWS ? (size_t)(end - first) : RUN_ROWS;
    design_rows(sampling->design, first * stride, run->n * stride, &run->whole);
    for (size_t k = 0; k < RUN_ROWS + AHEAD; k += 2)
        draw_pair(first + k, stride, run->at + k);
    for (size_t k = 0; k < RUN_ROWS + AHEAD; k++)
        run->at[k] -= first * stride;
}

static void copy_numbers(const struct sampling *sampling, const struct run *run,
                         const double *from, double *to)
{
    if (!from)
        return;
    design_array_touch(sampling->sample, to + run->first, run->n * sizeof(*to));
    for (size_t k = 0; k < run->n; k++)
        to[run->first + k] = from[run->at[k]];
}

/* Rows are too far apart for the processor to see where the next one is. */
static void call_for(const double *row, size_t d)
{
    for (size_t j = 0; j < d; j += LINE)
        __builtin_prefetch(row + j);
    __builtin_prefetch(row + d - 1);
}

static void copy_cells(const struct sampling *sampling, const struct run *run)
{
    size_t d = sampling->sample->n_columns;
    const double *x = run->whole.x;
    double *to = sampling->sample->x + run->first * d;
    design_array_touch(sampling->sample, to, run->n * d * sizeof(*to));
    for (size_t k = 0; d > 0 && k < run->n; k++, to += d) {
        call_for(x + run->at[k + AHEAD] * d, d);
        for (size_t j = 0; j < d; j++)
            to[j] = x[run->at[k] * d + j];
    }
}

static void copy_entries(const struct sampling *sampling, const struct run *run)
{
    const struct design_block *whole = &run->whole;
    struct design *sample = sampling->sample;
    for (size_t k = 0; k < run->n; k++) {
        size_t first = whole->starts[run->at[k]], to = sample->starts[run->first + k];
        size_t n = whole->starts[run->at[k] + 1] - first;
        copy(sampling, sample->columns + to, whole->columns + first,
             n * sizeof(*whole->columns));
        copy(sampling, sample->values + to, whole->values + first,
             n * sizeof(*whole->values));
    }
}

static void copy_run(const struct sampling *sampling, const struct run *run)
{
    struct design *sample = sampling->sample;
    copy_numbers(sampling, run, run->whole.y, sample->y);
    copy_numbers(sampling, run, run->whole.weights, sample->weights);
    copy_numbers(sampling, run, run->whole.offset, sample->offset);
    (run->whole.x ? copy_cells : copy_entries)(sampling, run);
}

static void copy_block(void *context, size_t block, size_t worker)
{
    const struct sampling *sampling = context;
    uint64_t end = ((uint64_t)block + 1) * DESIGN_BLOCK_ROWS;
    struct run run;
    (void)worker;
    if (end > sampling->sample->n_rows)
        end = sampling->sample->n_rows;
    for (uint64_t i = (uint64_t)block * DESIGN_BLOCK_ROWS; i < end; i += run.n) {
        find_run(sampling, i, end, &run);
        copy_run(sampling, &run);
    }
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
    design_array_expose(sample, sample->starts);
    if (!sample->starts)
        return -1;
    find_starts(sampling);
    n_cells = (size_t)sample->starts[n_rows];
    sample->columns = design_array_take(sample, n_cells, sizeof(*sample->columns), err);
    sample->values = design_array_take(sample, n_cells, sizeof(double), err);
    design_array_expose(sample, sample->columns);
    return sample->columns && sample->values ? 0 : -1;
}

static int make_arrays(const struct sampling *sampling, struct error *err)
{
    const struct design *design = sampling->design;
    struct design *sample = sampling->sample;
    size_t n_rows = (size_t)sample->n_rows;
    sample->y = design_array_take(sample, n_rows, sizeof(double), err);
    if (design->weights)
        sample->weights = design_array_take(sample, n_rows, sizeof(double), err);
    if (design->offset)
        sample->offset = design_array_take(sample, n_rows, sizeof(double), err);
    return sample->y && (sample->weights || !design->weights) &&
                   (sample->offset || !design->offset)
               ? make_cells(sampling, err)
               : -1;
}

static double sum_weights(const struct design *sample)
{
    double sum = 0;
    if (!sample->weights)
        return (double)sample->n_rows;
    for (uint64_t i = 0; i < sample->n_rows; i++)
        sum += design_weight(sample, i);
    return sum;
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
    made.sum_weights = sum_weights(&made);
    *sample = made;
    return 0;
}
