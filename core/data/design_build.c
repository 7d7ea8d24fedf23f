#include "core/data/design_build.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/data/design_entries.h"
#include "core/data/design_pieces.h"
#include "core/data/kept_rows.h"

/* ---- the cells of a dense design ---- */

struct filling {
    const struct encoding *encoding;
    struct design *design;
};

static void fill_row(void *context, uint64_t row, uint64_t table_row, const double *cells,
                     size_t worker)
{
    const struct filling *filling = context;
    const struct design *design = filling->design;
    double *x = design->x + row * design->n_columns;
    (void)table_row;
    (void)worker;
    design_array_touch(design, x, design->n_columns * sizeof(*x));
    encoding_expand(filling->encoding, cells, 1, x);
}

static int fill_dense(const struct design_source *source, struct pool *pool,
                      struct design *design, struct error *err)
{
    const struct design_pieces pieces = {
        .table = source->table, .encoding = source->encoding, .keep = source->keep};
    struct filling filling = {.encoding = source->encoding, .design = design};
    size_t n_cells;
    if (!memory_product((size_t)design->n_rows, design->n_columns, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    design->x = design_array_take(design, n_cells, sizeof(double), err);
    return design->x ? design_pieces_run(&pieces, pool, fill_row, &filling, err) : -1;
}

/* ---- the other arrays ---- */

static bool needs_weights(const struct design_source *source)
{
    return source->weights != DESIGN_BUILD_NONE || source->trials != DESIGN_BUILD_NONE;
}

static int read_weights(const struct design_source *source, struct design *design,
                        struct error *err)
{
    if (source->weights == DESIGN_BUILD_NONE) {
        for (uint64_t i = 0; i < source->n_kept; i++) {
            design_array_touch(design, &design->weights[i], sizeof(double));
            design->weights[i] = 1;
        }
        return 0;
    }
    const char *name = table_summary(source->table)->columns[source->weights].name;
    double sum = 0;
    kept_rows_read_numbers(source->table, source->weights, source->keep, design->file,
                           design->weights);
    for (uint64_t i = 0; i < source->n_kept; i++) {
        double weight = design_weight(design, i);
        if (!(weight >= 0)) {
            error_set(err, ERROR_BAD_WEIGHT, "a weight of column %.100s is not 0 or more",
                      name);
            error_place(err, "row %llu, column %s",
                        (unsigned long long)kept_rows_place(source->keep, i) + 1, name);
            return -1;
        }
        sum += weight;
    }
    if (!(sum > 0) || !isfinite(sum))
        return error_set(err, ERROR_BAD_WEIGHT, "the weights of column %.100s %s", name,
                         sum > 0 ? "add up to more than a double can hold" : "are all 0");
    return 0;
}

static int fill_y(const struct design_source *source, struct design *design,
                  double *log_coefficient, struct error *err)
{
    *log_coefficient = 0;
    if (source->trials == DESIGN_BUILD_NONE && !source->target) {
        kept_rows_read_numbers(source->table, source->successes, source->keep,
                               design->file, design->y);
        return 0;
    }
    if (source->trials == DESIGN_BUILD_NONE)
        return target_code(source->target, source->y_of_class, design->file, design->y,
                           err);
    return target_code_counts(source->table, source->successes, source->trials,
                              source->keep, !source->fitted, design, log_coefficient,
                              err);
}

static int make_arrays(const struct design_source *source, struct design *design,
                       struct error *err)
{
    size_t n = (size_t)source->n_kept;
    design->y = design_array_new(design, n, sizeof(double), err);
    if (!design->y)
        return -1;
    if (needs_weights(source) &&
        !(design->weights = design_array_new(design, n, sizeof(double), err)))
        return -1;
    if (source->offset != DESIGN_BUILD_NONE &&
        !(design->offset = design_array_new(design, n, sizeof(double), err)))
        return -1;
    return 0;
}

static int fill(const struct design_source *source, struct pool *pool,
                struct design *design, double *log_coefficient, struct error *err)
{
    if (make_arrays(source, design, err) < 0 ||
        (design->weights && read_weights(source, design, err) < 0) ||
        fill_y(source, design, log_coefficient, err) < 0)
        return -1;
    if (design->offset)
        kept_rows_read_numbers(source->table, source->offset, source->keep, design->file,
                               design->offset);
    design->sum_weights = design->weights ? 0 : (double)design->n_rows;
    for (uint64_t i = 0; design->weights && i < design->n_rows; i++)
        design->sum_weights += design_weight(design, i);
    return design->storage == DESIGN_CSR_F64
               ? design_entries_fill(source, pool, design, err)
               : fill_dense(source, pool, design, err);
}

int design_build(const struct design_source *source, struct pool *pool,
                 struct design *design, double *log_coefficient, struct error *err)
{
    struct design fresh = {.storage = design_build_storage(source),
                           .n_rows = source->n_kept,
                           .file = source->file};
    double coefficient;
    if (source->n_kept == 0)
        return error_set(err, ERROR_NO_ROWS, "no row is left");
    fresh.n_columns = source->encoding->n_columns;
    fresh.n_blocks = (size_t)((fresh.n_rows - 1) / DESIGN_BLOCK_ROWS) + 1;
    fresh.n_classes = source->trials != DESIGN_BUILD_NONE ? 2
                      : source->target                    ? source->target->n_classes
                                                          : 0;
    if (fill(source, pool, &fresh, &coefficient, err) < 0) {
        design_free(&fresh);
        return -1;
    }
    *design = fresh;
    *log_coefficient = coefficient;
    return 0;
}

/* ---- how much ---- */

static uint64_t n_cells(const struct design_source *source)
{
    uint64_t n;
    return __builtin_mul_overflow(source->n_kept, source->encoding->n_columns, &n)
               ? UINT64_MAX
               : n;
}

/* An entry takes 12 bytes, a cell 8; and where a sixth of them are filled, cells that lie
 * one behind the other are the faster ones in cross-products and with many classes. */
enum design_storage design_build_storage(const struct design_source *source)
{
    if (source->fitted)
        return source->fitted->storage;
    uint64_t n = design_entries_most(source);
    return n < n_cells(source) / 6 ? DESIGN_CSR_F64 : DESIGN_DENSE_F64;
}

static bool count_storage(const struct design_source *source, size_t *n_bytes)
{
    if (design_build_storage(source) == DESIGN_CSR_F64)
        return design_entries_bytes(source, n_bytes);
    return n_cells(source) <= SIZE_MAX &&
           memory_product((size_t)n_cells(source), sizeof(double), n_bytes);
}

size_t design_build_bytes(const struct design_source *source)
{
    size_t n_arrays = 1U + needs_weights(source) + (source->trials != DESIGN_BUILD_NONE) +
                      (source->offset != DESIGN_BUILD_NONE);
    size_t n_bytes, n_storage;
    return count_storage(source, &n_storage) &&
                   memory_product((size_t)source->n_kept, n_arrays * sizeof(double),
                                  &n_bytes) &&
                   memory_sum(n_bytes, n_storage, &n_bytes)
               ? n_bytes
               : SIZE_MAX;
}

size_t design_build_room_bytes(const struct design_source *source, size_t n_threads)
{
    size_t n_bytes;
    if (design_build_storage(source) == DESIGN_CSR_F64)
        return design_entries_room_bytes(source, n_threads);
    return memory_product(n_threads,
                          design_pieces_cells(source->encoding) * sizeof(double),
                          &n_bytes)
               ? n_bytes
               : SIZE_MAX;
}

/* Of a sparse one, if its rows are as long as others. */
size_t design_build_block_bytes(const struct design_source *source)
{
    size_t n_bytes = design_build_bytes(source);
    return source->n_kept > DESIGN_BLOCK_ROWS
               ? n_bytes / (size_t)(source->n_kept / DESIGN_BLOCK_ROWS)
               : n_bytes;
}
