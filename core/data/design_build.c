#include "core/data/design_build.h"

#include <math.h>
#include <stdatomic.h>

#include "core/base/memory.h"
#include "core/data/cell_reader.h"
#include "core/data/kept_rows.h"

#define PIECE_BYTES (256U << 10) /* of cells, about */

/* ---- filling x, piece by piece of the table's rows, over the pool ---- */

struct filling {
    const struct design_source *source;
    const struct cell_reader *reader;
    uint64_t n_rows; /* of the table */
    size_t piece_rows;
    size_t n_pieces;
    uint64_t *first_of; /* [n_pieces] design row of a piece's first kept row */
    double *scratch;    /* [n_threads × piece_rows × (n_inputs + 1)] */
    double *x;
    atomic_uint_least64_t bad_cell; /* least row · n_inputs + input that cannot be used */
};

static size_t rows_per_piece(size_t n_inputs)
{
    size_t n = PIECE_BYTES / sizeof(double) / n_inputs;
    return n < 16 ? 16 : n > 4096 ? 4096 : n;
}

static size_t worker_cells(const struct design_source *source)
{
    size_t n_inputs = source->encoding->n_inputs;
    return rows_per_piece(n_inputs) * (n_inputs + 1);
}

static void note_bad_cell(struct filling *filling, uint64_t cell)
{
    uint64_t seen = atomic_load(&filling->bad_cell);
    while (cell < seen && !atomic_compare_exchange_weak(&filling->bad_cell, &seen, cell))
        ;
}

static bool is_usable(struct filling *filling, uint64_t row, const double *cells)
{
    size_t n_inputs = filling->source->encoding->n_inputs;
    for (size_t i = 0; i < n_inputs; i++) {
        const struct input *input = &filling->source->encoding->inputs[i];
        if (isnan(cells[i]) || (input->type == COLUMN_CATEGORICAL && cells[i] < 0)) {
            note_bad_cell(filling, row * n_inputs + i);
            return false;
        }
    }
    return true;
}

static void fill_piece(void *context, size_t piece, size_t worker)
{
    struct filling *filling = context;
    const struct design_source *source = filling->source;
    const struct encoding *encoding = source->encoding;
    uint64_t first = (uint64_t)piece * filling->piece_rows;
    uint64_t left = filling->n_rows - first;
    size_t n = left < filling->piece_rows ? (size_t)left : filling->piece_rows;
    double *scratch = filling->scratch + worker * worker_cells(source);
    double *cells = scratch + filling->piece_rows;
    double *x = filling->x + filling->first_of[piece] * encoding->n_columns;
    cell_reader_read(filling->reader, first, n, scratch, cells);
    for (size_t i = 0; i < n; i++, cells += encoding->n_inputs) {
        if (source->keep && !source->keep[first + i])
            continue;
        if (is_usable(filling, first + i, cells))
            encoding_expand(encoding, cells, 1, x);
        x += encoding->n_columns;
    }
}

static void place_pieces(struct filling *filling)
{
    const unsigned char *keep = filling->source->keep;
    uint64_t n_kept = 0;
    for (uint64_t row = 0; row < filling->n_rows; row++) {
        if (row % filling->piece_rows == 0)
            filling->first_of[row / filling->piece_rows] = n_kept;
        n_kept += !keep || keep[row];
    }
}

static int refuse_cell(const struct filling *filling, uint64_t cell, struct error *err)
{
    size_t n_inputs = filling->source->encoding->n_inputs;
    const struct input *input = &filling->source->encoding->inputs[cell % n_inputs];
    double number, scratch;
    double *cells = filling->scratch;
    cell_reader_read(filling->reader, cell / n_inputs, 1, &scratch, cells);
    number = cells[cell % n_inputs];
    if (isnan(number))
        error_set(err, ERROR_MISSING_VALUE, "a cell of column %.100s is missing",
                  input->name);
    else
        error_set(err, ERROR_UNKNOWN_LEVEL,
                  "a cell of column %.100s has a level that the model does not know",
                  input->name);
    error_place(err, "row %llu, column %s", (unsigned long long)(cell / n_inputs) + 1,
                input->name);
    return -1;
}

static int run_filling(struct filling *filling, struct pool *pool, struct error *err)
{
    filling->first_of = memory_new(filling->n_pieces, sizeof(*filling->first_of), err);
    size_t n_cells = pool_n_threads(pool) * worker_cells(filling->source);
    filling->scratch = memory_new_aligned(n_cells, sizeof(*filling->scratch), err);
    if (!filling->first_of || !filling->scratch)
        return -1;
    place_pieces(filling);
    pool_run(pool, filling->n_pieces, fill_piece, filling);
    if (pool_check(pool, err) < 0)
        return -1;
    uint64_t bad_cell = atomic_load(&filling->bad_cell);
    return bad_cell == UINT64_MAX ? 0 : refuse_cell(filling, bad_cell, err);
}

static int fill_x(const struct design_source *source, struct pool *pool, double *x,
                  struct error *err)
{
    uint64_t n_rows = table_summary(source->table)->n_rows;
    struct cell_reader *reader = cell_reader_new(source->table, source->encoding, err);
    if (!reader)
        return -1;
    struct filling filling = {
        .source = source, .reader = reader, .n_rows = n_rows, .x = x};
    filling.piece_rows = rows_per_piece(source->encoding->n_inputs);
    filling.n_pieces = (size_t)((n_rows - 1) / filling.piece_rows) + 1;
    atomic_init(&filling.bad_cell, UINT64_MAX);
    int result = run_filling(&filling, pool, err);
    memory_free(filling.first_of);
    memory_free(filling.scratch);
    cell_reader_free(reader);
    return result;
}

/* ---- the other arrays ---- */

static bool needs_weights(const struct design_source *source)
{
    return source->weights != DESIGN_BUILD_NONE || source->trials != DESIGN_BUILD_NONE;
}

static int read_weights(const struct design_source *source, double *weights,
                        struct error *err)
{
    if (source->weights == DESIGN_BUILD_NONE) {
        for (uint64_t i = 0; i < source->n_kept; i++)
            weights[i] = 1;
        return 0;
    }
    const char *name = table_summary(source->table)->columns[source->weights].name;
    double sum = 0;
    kept_rows_read_numbers(source->table, source->weights, source->keep, weights);
    for (uint64_t i = 0; i < source->n_kept; i++) {
        if (!(weights[i] >= 0)) {
            error_set(err, ERROR_BAD_WEIGHT, "a weight of column %.100s is not 0 or more",
                      name);
            error_place(err, "row %llu, column %s",
                        (unsigned long long)kept_rows_place(source->keep, i) + 1, name);
            return -1;
        }
        sum += weights[i];
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
    if (source->trials == DESIGN_BUILD_NONE)
        return target_code(source->target, source->y_of_class, design->y, err);
    return target_code_counts(source->table, source->successes, source->trials,
                              source->keep, design->y, design->weights, log_coefficient,
                              err);
}

static int make_arrays(const struct design_source *source, struct design *design,
                       struct error *err)
{
    size_t n = (size_t)source->n_kept, n_cells;
    if (!memory_product(n, design->n_columns, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    design->x = memory_new_aligned(n_cells, sizeof(double), err);
    design->y = memory_new_aligned(n, sizeof(double), err);
    if (!design->x || !design->y)
        return -1;
    if (needs_weights(source) &&
        !(design->weights = memory_new_aligned(n, sizeof(double), err)))
        return -1;
    if (source->offset != DESIGN_BUILD_NONE &&
        !(design->offset = memory_new_aligned(n, sizeof(double), err)))
        return -1;
    return 0;
}

static int fill(const struct design_source *source, struct pool *pool,
                struct design *design, double *log_coefficient, struct error *err)
{
    if (make_arrays(source, design, err) < 0 ||
        (design->weights && read_weights(source, design->weights, err) < 0) ||
        fill_y(source, design, log_coefficient, err) < 0)
        return -1;
    if (design->offset)
        kept_rows_read_numbers(source->table, source->offset, source->keep,
                               design->offset);
    design->sum_weights = design->weights ? 0 : (double)design->n_rows;
    for (uint64_t i = 0; design->weights && i < design->n_rows; i++)
        design->sum_weights += design->weights[i];
    return fill_x(source, pool, design->x, err);
}

int design_build(const struct design_source *source, struct pool *pool,
                 struct design *design, double *log_coefficient, struct error *err)
{
    struct design fresh = {.storage = DESIGN_DENSE_F64, .n_rows = source->n_kept};
    double coefficient;
    if (source->n_kept == 0)
        return error_set(err, ERROR_NO_ROWS, "no row is left");
    fresh.n_columns = source->encoding->n_columns;
    fresh.n_blocks = (size_t)((fresh.n_rows - 1) / DESIGN_BLOCK_ROWS) + 1;
    fresh.n_classes = source->trials == DESIGN_BUILD_NONE ? source->target->n_classes : 2;
    if (fill(source, pool, &fresh, &coefficient, err) < 0) {
        design_free(&fresh);
        return -1;
    }
    *design = fresh;
    *log_coefficient = coefficient;
    return 0;
}

size_t design_build_bytes(const struct design_source *source, size_t n_threads)
{
    size_t n_arrays = source->encoding->n_columns + 1 + needs_weights(source) +
                      (source->trials != DESIGN_BUILD_NONE) +
                      (source->offset != DESIGN_BUILD_NONE);
    size_t n_cells, n_scratch, n_bytes;
    if (!memory_product((size_t)source->n_kept, n_arrays, &n_cells) ||
        !memory_product(n_threads, worker_cells(source), &n_scratch) ||
        !memory_sum(n_cells, n_scratch, &n_cells) ||
        !memory_product(n_cells, sizeof(double), &n_bytes))
        return SIZE_MAX;
    return n_bytes;
}
