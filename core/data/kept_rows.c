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

/* is_missing[n] of the rows from `first` on. */
static void find_missing(const struct table *table, size_t column, uint64_t first,
                         size_t n, bool *is_missing)
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
        is_missing[i] =
            is_numeric ? isnan(cells.numbers[i]) : cells.codes[i] == TABLE_MISSING_CODE;
}

void kept_rows_drop_missing(const struct table *table, size_t column, unsigned char *keep)
{
    bool is_missing[PIECE_ROWS];
    uint64_t n_rows = table_summary(table)->n_rows;
    for (uint64_t first = 0; first < n_rows; first += PIECE_ROWS) {
        size_t n = piece(n_rows, first);
        find_missing(table, column, first, n, is_missing);
        for (size_t i = 0; i < n; i++)
            keep[first + i] = keep[first + i] && !is_missing[i];
    }
}

uint64_t kept_rows_count_missing(const struct table *table, size_t column,
                                 const unsigned char *keep)
{
    bool is_missing[PIECE_ROWS];
    uint64_t n_rows = table_summary(table)->n_rows, n_missing = 0;
    if (!keep || table_summary(table)->columns[column].n_missing == 0)
        return table_summary(table)->columns[column].n_missing;
    for (uint64_t first = 0; first < n_rows; first += PIECE_ROWS) {
        size_t n = piece(n_rows, first);
        find_missing(table, column, first, n, is_missing);
        for (size_t i = 0; i < n; i++)
            n_missing += keep[first + i] && is_missing[i];
    }
    return n_missing;
}

void kept_rows_read_numbers(const struct table *table, size_t column,
                            const unsigned char *keep, struct array_file *file,
                            double *values)
{
    double numbers[PIECE_ROWS];
    uint64_t n_rows = table_summary(table)->n_rows;
    for (uint64_t first = 0; first < n_rows; first += PIECE_ROWS) {
        size_t n = piece(n_rows, first);
        table_read_numbers(table, column, first, n, numbers);
        array_file_touch(file, values, n * sizeof(*values));
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
