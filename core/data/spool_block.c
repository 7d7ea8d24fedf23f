#include "core/data/spool_block.h"

#include <string.h>

#include "core/data/spool_count.h"
#include "core/kernel/instructions.h"

/*
 * In the bytes: of each column its form and the width of a cell (1 byte each); zeros up
 * to a multiple of 8; the cells, column by column, each beginning at a multiple of 8.
 */

#define COLUMNS SPOOL_COUNT_COLUMNS /* together: a line of a cache has so many cells */

static size_t round_up(size_t n_bytes)
{
    return (n_bytes + 7) / 8 * 8;
}

size_t spool_block_most(size_t n_rows, size_t n_columns)
{
    return round_up(2 * n_columns) + n_rows * n_columns * sizeof(uint64_t);
}

/* ---- what is in a column ---- */

static spool_count_fn *const counting[INSTRUCTIONS_N] = {
    [INSTRUCTIONS_PLAIN] = spool_count_plain_cells,
    [INSTRUCTIONS_AVX2] = spool_count_avx2_cells,
    [INSTRUCTIONS_AVX512] = spool_count_avx512_cells};

static spool_round_fn *const rounding[INSTRUCTIONS_N] = {
    [INSTRUCTIONS_PLAIN] = spool_count_plain_round,
    [INSTRUCTIONS_AVX2] = spool_count_avx2_round,
    [INSTRUCTIONS_AVX512] = spool_count_avx512_round};

static spool_singles_fn *const packing_singles[INSTRUCTIONS_N] = {
    [INSTRUCTIONS_PLAIN] = spool_count_plain_singles,
    [INSTRUCTIONS_AVX2] = spool_count_avx2_singles,
    [INSTRUCTIONS_AVX512] = spool_count_avx512_singles};

static enum spool_form form_of(const struct spool_counts *counts)
{
    if (counts->n_codes > 0)
        return counts->n_numbers > 0 ? SPOOL_MIXED : SPOOL_CODES;
    if (counts->n_numbers == 0)
        return SPOOL_NOTHING;
    return counts->has_doubles ? SPOOL_DOUBLES : SPOOL_SINGLES;
}

/* ---- packing ---- */

static void pack_codes(const uint64_t *cells, size_t n, unsigned char *to)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t code = cells[i] >= SPOOL_CODE ? (uint32_t)cells[i] : UINT32_MAX;
        memcpy(to + i * sizeof(code), &code, sizeof(code));
    }
}

static const unsigned char widths[] = {[SPOOL_NOTHING] = 0,
                                       [SPOOL_SINGLES] = sizeof(float),
                                       [SPOOL_DOUBLES] = sizeof(double),
                                       [SPOOL_CODES] = sizeof(uint32_t),
                                       [SPOOL_MIXED] = sizeof(uint64_t)};

static enum spool_form pack_column(const uint64_t *cells, size_t n,
                                   struct spool_column *column, unsigned char *to)
{
    struct spool_counts counts;
    enum instructions best = instructions_best();
    counting[best](cells, n, &counts);
    enum spool_form form = form_of(&counts);
    column->n_numbers += counts.n_numbers;
    column->has_doubles = column->has_doubles || counts.has_doubles;
    if (form == SPOOL_SINGLES)
        rounding[best](cells, n, to);
    else if (form == SPOOL_CODES)
        pack_codes(cells, n, to);
    else if (form != SPOOL_NOTHING)
        memcpy(to, cells, n * sizeof(*cells));
    return form;
}

/* n columns, n_rows apart in `room`. */
static void gather(const uint64_t *cells, size_t n_rows, size_t stride, size_t n,
                   uint64_t *room)
{
    if (n == COLUMNS) /* a number that the compiler knows */
        for (size_t i = 0; i < n_rows; i++)
            for (size_t k = 0; k < COLUMNS; k++)
                room[k * n_rows + i] = cells[i * stride + k];
    else
        for (size_t i = 0; i < n_rows; i++)
            for (size_t k = 0; k < n; k++)
                room[k * n_rows + i] = cells[i * stride + k];
}

static void set_form(unsigned char *bytes, size_t column, enum spool_form form)
{
    bytes[2 * column] = (unsigned char)form;
    bytes[2 * column + 1] = widths[form];
}

/* Rows on their way to bytes[at…]. */
struct packing {
    const uint64_t *cells; /* [n_rows × n_columns] */
    size_t n_rows, n_columns;
    uint64_t *room;
    struct spool_column *columns;
    unsigned char *bytes;
    size_t at;
};

/* Columns j…j+COLUMNS-1; false if not all are SPOOL_SINGLES. */
static bool pack_singles(struct packing *rows, size_t j)
{
    uint64_t counts[COLUMNS];
    size_t apart = round_up(rows->n_rows * sizeof(float));
    if (rows->n_columns - j < COLUMNS ||
        !packing_singles[instructions_best()](rows->cells + j, rows->n_rows,
                                              rows->n_columns, rows->bytes + rows->at,
                                              apart, counts))
        return false;
    for (size_t k = 0; k < COLUMNS; k++) {
        rows->columns[j + k].n_numbers += counts[k];
        set_form(rows->bytes, j + k, SPOOL_SINGLES);
    }
    rows->at += COLUMNS * apart;
    return true;
}

/* n columns of any kind. */
static void pack_any(struct packing *rows, size_t j, size_t n)
{
    size_t n_rows = rows->n_rows;
    gather(rows->cells + j, n_rows, rows->n_columns, n, rows->room);
    for (size_t k = 0; k < n; k++) {
        enum spool_form form = pack_column(rows->room + k * n_rows, n_rows,
                                           &rows->columns[j + k], rows->bytes + rows->at);
        set_form(rows->bytes, j + k, form);
        rows->at += round_up(n_rows * widths[form]);
    }
}

size_t spool_block_pack(const uint64_t *cells, size_t n_rows, size_t n_columns,
                        uint64_t *room, struct spool_column *columns,
                        unsigned char *bytes)
{
    struct packing rows = {
        cells, n_rows, n_columns, room, columns, bytes, round_up(2 * n_columns)};
    for (size_t j = 0; j < n_columns; j += COLUMNS)
        if (!pack_singles(&rows, j))
            pack_any(&rows, j, n_columns - j < COLUMNS ? n_columns - j : COLUMNS);
    return rows.at;
}

/* ---- unpacking ---- */

void spool_block_place(const unsigned char *bytes, size_t n_rows, size_t n_columns,
                       size_t *places)
{
    size_t at = round_up(2 * n_columns);
    for (size_t j = 0; j < n_columns; j++) {
        places[j] = at;
        at += round_up(n_rows * bytes[2 * j + 1]);
    }
}

uint64_t spool_block_cell(enum spool_form form, const unsigned char *cells, size_t i)
{
    uint64_t bits = SPOOL_ABSENT;
    uint32_t code;
    float single;
    if (form == SPOOL_SINGLES) {
        memcpy(&single, cells + i * sizeof(single), sizeof(single));
        double x = (double)single;
        memcpy(&bits, &x, sizeof(bits));
    } else if (form == SPOOL_CODES) {
        memcpy(&code, cells + i * sizeof(code), sizeof(code));
        bits = code == UINT32_MAX ? SPOOL_ABSENT : SPOOL_CODE | code;
    } else if (form != SPOOL_NOTHING) {
        memcpy(&bits, cells + i * sizeof(bits), sizeof(bits));
    }
    return bits;
}
