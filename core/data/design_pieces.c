#include "core/data/design_pieces.h"

#include <math.h>
#include <stdatomic.h>

#include "core/base/memory.h"
#include "core/data/cell_reader.h"

#define PIECE_BYTES (64U << 10) /* of cells, about; column after column comes into it */

struct reading {
    const struct design_pieces *pieces;
    const struct cell_reader *reader;
    design_pieces_fn *row;
    void *context;
    uint64_t n_rows; /* of the table */
    size_t piece_rows;
    size_t n_pieces;
    uint64_t *first_of; /* [n_pieces] design row of a piece's first kept row */
    double *scratch;    /* [n_threads × piece_rows × (n_inputs + 1)] */
    double *least;      /* [n_inputs] from which on a cell can be used in any case */
    atomic_uint_least64_t bad_spot; /* least row · n_spots + what cannot be used of it */
};

static size_t rows_per_piece(size_t n_inputs)
{
    size_t n = PIECE_BYTES / sizeof(double) / (n_inputs + 1);
    return n < 16 ? 16 : n > 4096 ? 4096 : n;
}

size_t design_pieces_cells(const struct encoding *encoding)
{
    return rows_per_piece(encoding->n_inputs) * (encoding->n_inputs + 1);
}

/* Where a row may have what cannot be used. */
static size_t n_spots(const struct encoding *encoding)
{
    return encoding->n_inputs + encoding->n_expressions;
}

static void note_bad_spot(struct reading *reading, uint64_t spot)
{
    uint64_t seen = atomic_load(&reading->bad_spot);
    while (spot < seen && !atomic_compare_exchange_weak(&reading->bad_spot, &seen, spot))
        ;
}

/* Numbers, and levels that are known: most rows have no others. */
static bool is_plain(const struct reading *reading, const double *cells)
{
    const struct encoding *encoding = reading->pieces->encoding;
    unsigned is_other = encoding->n_expressions > 0;
    for (size_t i = 0; i < encoding->n_inputs; i++)
        is_other |= !(cells[i] >= reading->least[i]);
    return !is_other;
}

static bool is_usable(struct reading *reading, uint64_t row, const double *cells)
{
    const struct encoding *encoding = reading->pieces->encoding;
    if (is_plain(reading, cells))
        return true;
    size_t unusable = encoding_find_unusable(encoding, cells);
    if (unusable == SIZE_MAX)
        return true;
    note_bad_spot(reading, row * n_spots(encoding) + unusable);
    return false;
}

/* Of the table. */
struct rows {
    uint64_t first;
    size_t n;
};

static struct rows rows_of(const struct reading *reading, size_t piece)
{
    uint64_t first = (uint64_t)piece * reading->piece_rows;
    uint64_t left = reading->n_rows - first;
    return (struct rows){first,
                         left < reading->piece_rows ? (size_t)left : reading->piece_rows};
}

static void read_piece(void *context, size_t piece, size_t worker)
{
    struct reading *reading = context;
    const struct design_pieces *pieces = reading->pieces;
    struct rows rows = rows_of(reading, piece);
    uint64_t row = reading->first_of[piece];
    double *scratch = reading->scratch + worker * design_pieces_cells(pieces->encoding);
    double *cells = scratch + reading->piece_rows;
    cell_reader_read(reading->reader, rows.first, rows.n, scratch, cells);
    for (size_t i = 0; i < rows.n; i++, cells += pieces->encoding->n_inputs) {
        if (pieces->keep && !pieces->keep[rows.first + i])
            continue;
        if (is_usable(reading, rows.first + i, cells))
            reading->row(reading->context, row, rows.first + i, cells, worker);
        row++;
    }
}

static void place_pieces(struct reading *reading)
{
    const unsigned char *keep = reading->pieces->keep;
    uint64_t n_kept = 0;
    for (size_t piece = 0; piece < reading->n_pieces; piece++) {
        struct rows rows = rows_of(reading, piece);
        reading->first_of[piece] = n_kept;
        n_kept += keep ? 0 : rows.n;
        for (size_t i = 0; keep && i < rows.n; i++)
            n_kept += keep[rows.first + i] != 0;
    }
}

static void refuse_input(const struct reading *reading, uint64_t row, size_t i,
                         struct error *err)
{
    const struct input *input = &reading->pieces->encoding->inputs[i];
    double scratch;
    cell_reader_read(reading->reader, row, 1, &scratch, reading->scratch);
    if (isnan(reading->scratch[i]))
        error_set(err, ERROR_MISSING_VALUE, "a cell of column %.100s is missing",
                  input->name);
    else
        error_set(err, ERROR_UNKNOWN_LEVEL,
                  "a cell of column %.100s has a level that the model does not know",
                  input->name);
    error_place(err, "row %llu, column %s", (unsigned long long)row + 1, input->name);
}

static void refuse_expression(const struct encoding *encoding, uint64_t row,
                              size_t unusable, struct error *err)
{
    struct buffer text = BUFFER_EMPTY;
    encoding_write_unusable(encoding, unusable, &text);
    if (buffer_check(&text, err) == 0) {
        error_set(err, ERROR_NON_FINITE,
                  "%.100s has no finite value; leave out such rows, or write it so that "
                  "it has one in all",
                  text.bytes);
        error_place(err, "row %llu, term %s", (unsigned long long)row + 1, text.bytes);
    }
    buffer_free(&text);
}

static int refuse_spot(const struct reading *reading, uint64_t spot, struct error *err)
{
    const struct encoding *encoding = reading->pieces->encoding;
    uint64_t row = spot / n_spots(encoding);
    size_t unusable = (size_t)(spot % n_spots(encoding));
    if (unusable < encoding->n_inputs)
        refuse_input(reading, row, unusable, err);
    else
        refuse_expression(encoding, row, unusable, err);
    return -1;
}

static void find_least(struct reading *reading)
{
    const struct encoding *encoding = reading->pieces->encoding;
    for (size_t i = 0; i < encoding->n_inputs; i++)
        reading->least[i] = encoding->inputs[i].type == COLUMN_NUMERIC ? -INFINITY : 0;
}

static int read_pieces(struct reading *reading, struct pool *pool, struct error *err)
{
    size_t n_cells = design_pieces_cells(reading->pieces->encoding);
    reading->first_of = memory_new(reading->n_pieces, sizeof(*reading->first_of), err);
    reading->scratch = memory_new_aligned(pool_n_threads(pool) * n_cells,
                                          sizeof(*reading->scratch), err);
    reading->least =
        memory_new(reading->pieces->encoding->n_inputs, sizeof(*reading->least), err);
    if (!reading->first_of || !reading->scratch || !reading->least)
        return -1;
    find_least(reading);
    place_pieces(reading);
    pool_run(pool, reading->n_pieces, read_piece, reading);
    if (pool_check(pool, err) < 0)
        return -1;
    uint64_t bad_spot = atomic_load(&reading->bad_spot);
    return bad_spot == UINT64_MAX ? 0 : refuse_spot(reading, bad_spot, err);
}

int design_pieces_run(const struct design_pieces *pieces, struct pool *pool,
                      design_pieces_fn *row, void *context, struct error *err)
{
    struct cell_reader *reader = cell_reader_new(pieces->table, pieces->encoding, err);
    if (!reader)
        return -1;
    struct reading reading = {.pieces = pieces,
                              .reader = reader,
                              .row = row,
                              .context = context,
                              .n_rows = table_summary(pieces->table)->n_rows};
    reading.piece_rows = rows_per_piece(pieces->encoding->n_inputs);
    reading.n_pieces = (size_t)((reading.n_rows - 1) / reading.piece_rows) + 1;
    atomic_init(&reading.bad_spot, UINT64_MAX);
    int result = read_pieces(&reading, pool, err);
    memory_free(reading.first_of);
    memory_free(reading.scratch);
    memory_free(reading.least);
    cell_reader_free(reader);
    return result;
}
