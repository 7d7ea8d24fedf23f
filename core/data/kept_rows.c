#include "core/data/kept_rows.h"

#include <math.h>
#include <stdbool.h>

#define PIECE_ROWS 4096U

static size_t piece(uint64_t n_rows, uint64_t first)
{
    return n_rows - first < PIECE_ROWS ? (size_t)(n_rows - first) : PIECE_ROWS;
}

uint64_t kept_rows_count(const struct table *table, const unsigned char *keep)
{
    uint64_t n_rows = table_summary(table)->n_rows, n = 0;
    if (!keep)
        return n_rows;
    for (uint64_t row = 0; row < n_rows; row++)
        n += keep[row] != 0;
    return n;
}

static void drop_in_piece(const struct table *table, size_t column, uint64_t first,
                          size_t n, unsigned char *keep)
{
    union {
        double numbers[PIECE_ROWS];
        uint32_t codes[PIECE_ROWS];
    } cells;
    bool is_numeric = table_summary(table)->columns[column].type == COLUMN_NUMERIC;
    if (is_numeric)
        table_read_numbers(table, column, first, n, cells.numbers);
    else
        table_read_codes(table, column, first, n, cells.codes);
    for (size_t i = 0; i < n; i++)
        if (is_numeric ? isnan(cells.numbers[i]) : cells.codes[i] == TABLE_MISSING_CODE)
            keep[first + i] = 0;
}

void kept_rows_drop_missing(const struct table *table, size_t column, unsigned char *keep)
{
    uint64_t n_rows = table_summary(table)->n_rows;
    for (uint64_t first = 0; first < n_rows; first += PIECE_ROWS)
        drop_in_piece(table, column, first, piece(n_rows, first), keep);
}

void kept_rows_read_numbers(const struct table *table, size_t column,
                            const unsigned char *keep, double *values)
{
    double numbers[PIECE_ROWS];
    uint64_t n_rows = table_summary(table)->n_rows;
    for (uint64_t first = 0; first < n_rows; first += PIECE_ROWS) {
        size_t n = piece(n_rows, first);
        table_read_numbers(table, column, first, n, numbers);
        for (size_t i = 0; i < n; i++)
            if (!keep || keep[first + i])
                *values++ = numbers[i];
    }
}

void kept_rows_read_codes(const struct table *table, size_t column,
                          const unsigned char *keep, uint32_t *codes)
{
    uint32_t read[PIECE_ROWS];
    uint64_t n_rows = table_summary(table)->n_rows;
    for (uint64_t first = 0; first < n_rows; first += PIECE_ROWS) {
        size_t n = piece(n_rows, first);
        table_read_codes(table, column, first, n, read);
        for (size_t i = 0; i < n; i++)
            if (!keep || keep[first + i])
                *codes++ = read[i];
    }
}

uint64_t kept_rows_place(const unsigned char *keep, uint64_t i)
{
    uint64_t row = 0;
    if (!keep)
        return i;
    for (;; row++)
        if (keep[row] && i-- == 0)
            return row;
}
