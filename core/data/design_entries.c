#include "core/data/design_entries.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/design_pieces.h"
#include "core/data/encoding_cells.h"

#define MEAN_ERROR 1e-9 /* relative, at most */
#define CLASSES_IN_PAIRS 4U
#define FEW_COEFFICIENTS 500U

struct entry {
    uint32_t column;
    double value;
};

struct filling {
    const struct design_source *source;
    struct encoding cells;             /* what is not had from entries */
    uint32_t *column_of;               /* [sparse columns of the table] */
    struct table_sparse_block *blocks; /* [table_n_sparse_blocks] */
    size_t most;                       /* entries of a row */
    struct entry *entries;             /* [n_threads × most] */
    struct design *design;
};

/* ---- how many ---- */

/* The column of an input; found at once where inputs are in the order of columns. */
static const struct column_summary *find_column(const struct summary *summary,
                                                const char *name, size_t *next)
{
    if (*next >= summary->n_columns_kept ||
        strcmp(summary->columns[*next].name, name) != 0)
        *next = summary_find(summary, name);
    return *next < summary->n_columns_kept ? &summary->columns[(*next)++] : NULL;
}

/* Of a number that is 0 or one other, the mean tells how often; with what may stand for
 * missing ones. */
static uint64_t most_of_number(const struct column_summary *column, uint64_t n_rows)
{
    double other = column->min == 0 ? column->max : column->min;
    bool is_told = column->type == COLUMN_NUMERIC && column->n_distinct == 2 &&
                   (column->min == 0 || column->max == 0);
    double n = column->mean / other * (double)(n_rows - column->n_missing);
    if (!is_told || !(n >= 0 && n < (double)n_rows))
        return n_rows;
    return (uint64_t)ceil(n * (1 + MEAN_ERROR)) + 1 + column->n_missing;
}

static uint64_t most_of_term(const struct design_source *source, const struct term *term,
                             size_t *next)
{
    const struct summary *summary = table_summary(source->table);
    if (term->n_plain == 0)
        return source->n_kept;
    const struct input *input = &source->encoding->inputs[term->factors->input];
    const struct column_summary *column = find_column(summary, input->name, next);
    uint64_t n = column ? most_of_number(column, summary->n_rows) : source->n_kept;
    return n < source->n_kept ? n : source->n_kept;
}

/* Kernels for several classes want dense rows, unless nearly all is 0; but where there
 * are few coefficients, whose Hessian is summed up for all pairs of classes at once, that
 * takes less time of what is not 0. */
static bool are_cells_counted(const struct design_source *source)
{
    size_t n_classes = source->target ? source->target->n_classes : 0;
    return n_classes <= 2 ||
           (n_classes >= CLASSES_IN_PAIRS &&
            (n_classes - 1) * (source->encoding->n_columns + 1) <= FEW_COEFFICIENTS);
}

uint64_t design_entries_most(const struct design_source *source)
{
    const struct encoding *encoding = source->encoding;
    bool are_counted = are_cells_counted(source);
    uint64_t sum = table_n_entries(source->table);
    size_t next = 0;
    for (size_t t = 0; t < encoding->n_terms; t++) {
        const struct term *term = &encoding->terms[t];
        if (!encoding_cells_has_term(encoding, term))
            continue;
        uint64_t n = are_counted ? most_of_term(source, term, &next) : source->n_kept;
        if (__builtin_add_overflow(sum, n, &sum))
            return UINT64_MAX;
    }
    return sum;
}

static size_t most_of_row(const struct design_source *source)
{
    return encoding_cells_n_terms(source->encoding) + table_n_sparse(source->table);
}

bool design_entries_bytes(const struct design_source *source, size_t *n_bytes)
{
    uint64_t most = design_entries_most(source);
    size_t n_entries, n_starts;
    return most <= SIZE_MAX && source->n_kept < SIZE_MAX &&
           memory_product((size_t)most, sizeof(uint32_t) + sizeof(double), &n_entries) &&
           memory_product((size_t)source->n_kept + 1, sizeof(uint64_t), &n_starts) &&
           memory_sum(n_entries, n_starts, n_bytes);
}

size_t design_entries_room_bytes(const struct design_source *source, size_t n_threads)
{
    const struct encoding cells = {.n_inputs = encoding_cells_n_inputs(source->encoding)};
    size_t n_bytes;
    return memory_product(n_threads,
                          design_pieces_cells(&cells) * sizeof(double) +
                              most_of_row(source) * sizeof(struct entry),
                          &n_bytes)
               ? n_bytes
               : SIZE_MAX;
}

/* ---- one row ---- */

static size_t put_cells(const struct filling *filling, const double *cells,
                        struct entry *entries)
{
    const struct encoding *encoding = &filling->cells;
    size_t n = 0;
    for (size_t t = 0; t < encoding->n_terms; t++) {
        const struct term *term = &encoding->terms[t];
        size_t column = 0;
        double value = term->n_plain > 0 ? cells[term->factors->input]
                                         : term_value(encoding, term, cells, &column);
        if (value != 0)
            entries[n++] = (struct entry){(uint32_t)(term->first_column + column), value};
    }
    return n;
}

static size_t put_sparse(const struct filling *filling, uint64_t row,
                         struct entry *entries)
{
    const struct table *table = filling->source->table;
    size_t n = 0;
    if (table_n_sparse(table) == 0)
        return 0;
    const struct table_sparse_block *block =
        &filling->blocks[table_find_sparse_block(table, row)];
    size_t at = (size_t)(row - block->first_row);
    table_touch_row(table, block, at);
    struct table_entries row_entries = table_row_entries(block, at);
    if (row_entries.end - row_entries.first > table_n_sparse(table)) /* a damaged one */
        row_entries.end = row_entries.first + table_n_sparse(table);
    for (uint64_t e = row_entries.first; e < row_entries.end; e++) {
        uint32_t column = filling->column_of[block->columns[e]];
        if (column != ENCODING_NO_COLUMN)
            entries[n++] = (struct entry){column, block->values[e]};
    }
    return n;
}

static int compare(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    return (a->column > b->column) - (a->column < b->column);
}

static size_t find_entries(const struct filling *filling, uint64_t row,
                           const double *cells, struct entry *entries)
{
    size_t n = put_cells(filling, cells, entries), i = 1;
    n += put_sparse(filling, row, entries + n);
    while (i < n && entries[i - 1].column < entries[i].column)
        i++;
    if (i < n)
        qsort(entries, n, sizeof(*entries), compare);
    return n;
}

/* ---- all rows, twice: to count, and to fill ---- */

static void count_row(void *context, uint64_t row, uint64_t table_row,
                      const double *cells, size_t worker)
{
    struct filling *filling = context;
    struct entry *entries = filling->entries + worker * filling->most;
    uint64_t *n = &filling->design->starts[row + 1];
    design_array_touch(filling->design, n, sizeof(*n));
    *n = find_entries(filling, table_row, cells, entries);
}

static void fill_row(void *context, uint64_t row, uint64_t table_row, const double *cells,
                     size_t worker)
{
    struct filling *filling = context;
    struct entry *entries = filling->entries + worker * filling->most;
    size_t n = find_entries(filling, table_row, cells, entries);
    const struct design *design = filling->design;
    design_array_touch(design, &design->starts[row], 2 * sizeof(*design->starts));
    uint64_t counted = design->starts[row + 1] - design->starts[row];
    n = n < counted ? n : (size_t)counted; /* more in what could not be read again */
    uint32_t *columns = design->columns + design->starts[row];
    double *values = design->values + design->starts[row];
    design_array_touch(design, columns, n * sizeof(*columns));
    design_array_touch(design, values, n * sizeof(*values));
    for (size_t i = 0; i < n; i++) {
        columns[i] = entries[i].column;
        values[i] = entries[i].value;
    }
}

static void add_up(struct design *design)
{
    for (uint64_t i = 0; i < design->n_rows; i++) {
        design_array_touch(design, &design->starts[i], 2 * sizeof(*design->starts));
        uint64_t n = design->starts[i + 1];
        design->longest_row = n > design->longest_row ? (size_t)n : design->longest_row;
        design->starts[i + 1] += design->starts[i];
    }
}

static int run(struct filling *filling, struct pool *pool, struct error *err)
{
    const struct design_source *source = filling->source;
    const struct design_pieces pieces = {
        .table = source->table, .encoding = &filling->cells, .keep = source->keep};
    struct design *design = filling->design;
    design->starts =
        design_array_new(design, (size_t)design->n_rows + 1, sizeof(uint64_t), err);
    design_array_expose(design, design->starts);
    if (!design->starts || design_pieces_run(&pieces, pool, count_row, filling, err) < 0)
        return -1;
    add_up(design);
    size_t n = (size_t)design->starts[design->n_rows];
    design->columns = design_array_take(design, n, sizeof(*design->columns), err);
    design->values = design_array_take(design, n, sizeof(*design->values), err);
    design_array_expose(design, design->columns);
    return design->columns && design->values
               ? design_pieces_run(&pieces, pool, fill_row, filling, err)
               : -1;
}

/* ---- what it takes ---- */

static int make(struct filling *filling, size_t n_threads, struct error *err)
{
    const struct table *table = filling->source->table;
    size_t n_blocks = table_n_sparse_blocks(table);
    filling->most = most_of_row(filling->source);
    filling->entries =
        memory_new(n_threads * filling->most, sizeof(*filling->entries), err);
    filling->column_of =
        memory_new(table_n_sparse(table), sizeof(*filling->column_of), err);
    filling->blocks = memory_new(n_blocks, sizeof(*filling->blocks), err);
    if (!filling->entries || !filling->column_of || !filling->blocks ||
        encoding_cells_new(&filling->cells, filling->source->encoding, err) < 0)
        return -1;
    encoding_map_sparse(filling->source->encoding, table, filling->column_of);
    for (size_t i = 0; i < n_blocks; i++)
        if (table_sparse_block(table, i, &filling->blocks[i], err) < 0)
            return -1;
    return 0;
}

int design_entries_fill(const struct design_source *source, struct pool *pool,
                        struct design *design, struct error *err)
{
    struct filling filling = {.source = source, .design = design};
    int status = make(&filling, pool_n_threads(pool), err);
    if (status == 0)
        status = run(&filling, pool, err);
    encoding_cells_free(&filling.cells);
    memory_free(filling.column_of);
    memory_free(filling.blocks);
    memory_free(filling.entries);
    return status;
}
