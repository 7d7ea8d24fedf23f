#include "core/data/row_levels.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/text/number.h"

#define PIECE_ROWS 4096U

static const struct column_summary *summary_of(const struct table *table, size_t column)
{
    return &table_summary(table)->columns[column];
}

/* ---- numbers ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const double *find(const double *values, size_t n, double value)
{
    return n ? bsearch(&value, values, n, sizeof(*values), compare) : NULL;
}

/* What is no number is left out: no cell is that. */
static int make_values(struct row_levels *levels, const char *const *texts, size_t n,
                       struct error *err)
{
    double *values = levels->values = memory_new(n, sizeof(*values), err);
    size_t n_values = 0;
    if (!values)
        return -1;
    for (size_t i = 0; i < n; i++)
        n_values += number_parse(texts[i], strlen(texts[i]), &values[n_values]);
    qsort(values, n_values, sizeof(*values), compare);
    for (size_t i = 0; i < n_values; i++)
        if (levels->n == 0 || values[i] != values[levels->n - 1])
            values[levels->n++] = values[i];
    return 0;
}

static void read_numbers(const struct row_levels *levels, uint64_t first_row,
                         size_t n_rows, unsigned char *is_one)
{
    double cells[PIECE_ROWS];
    table_read_numbers(levels->table, levels->column, first_row, n_rows, cells);
    for (size_t i = 0; i < n_rows; i++)
        is_one[i] = cells[i] == cells[i] && find(levels->values, levels->n, cells[i]);
}

/* ---- levels ---- */

static size_t find_level(const struct table *table, size_t column, const char *text)
{
    const struct column_summary *summary = summary_of(table, column);
    return levels_find(summary->levels, summary->n_levels, text, strlen(text));
}

static int mark_levels(struct row_levels *levels, const char *const *texts, size_t n,
                       struct error *err)
{
    size_t n_levels = summary_of(levels->table, levels->column)->n_levels;
    levels->is_wanted = memory_new(n_levels, sizeof(*levels->is_wanted), err);
    if (!levels->is_wanted)
        return -1;
    for (size_t i = 0; i < n; i++) {
        size_t level = find_level(levels->table, levels->column, texts[i]);
        if (level != SIZE_MAX)
            levels->is_wanted[level] = true;
    }
    return 0;
}

static void read_codes(const struct row_levels *levels, uint64_t first_row, size_t n_rows,
                       unsigned char *is_one)
{
    uint32_t codes[PIECE_ROWS];
    table_read_codes(levels->table, levels->column, first_row, n_rows, codes);
    for (size_t i = 0; i < n_rows; i++)
        is_one[i] = codes[i] != TABLE_MISSING_CODE && levels->is_wanted[codes[i]];
}

/* ---- both ---- */

int row_levels_make(struct row_levels *levels, const struct table *table, size_t column,
                    const char *const *texts, size_t n, struct error *err)
{
    struct row_levels fresh = {.table = table, .column = column};
    bool is_numeric = summary_of(table, column)->type == COLUMN_NUMERIC;
    if ((is_numeric ? make_values(&fresh, texts, n, err)
                    : mark_levels(&fresh, texts, n, err)) < 0)
        return -1;
    *levels = fresh;
    return 0;
}

void row_levels_free(struct row_levels *levels)
{
    memory_free(levels->values);
    memory_free(levels->is_wanted);
    *levels = (struct row_levels){0};
}

bool row_levels_has(const struct row_levels *levels, const char *text)
{
    double value;
    if (levels->values)
        return number_parse(text, strlen(text), &value) &&
               find(levels->values, levels->n, value);
    size_t level = find_level(levels->table, levels->column, text);
    return level != SIZE_MAX && levels->is_wanted[level];
}

void row_levels_read(const struct row_levels *levels, uint64_t first_row, size_t n_rows,
                     unsigned char *is_one)
{
    for (size_t i = 0; i < n_rows; i += PIECE_ROWS) {
        size_t n = n_rows - i < PIECE_ROWS ? n_rows - i : PIECE_ROWS;
        if (levels->values)
            read_numbers(levels, first_row + i, n, is_one + i);
        else
            read_codes(levels, first_row + i, n, is_one + i);
    }
}

/* ---- what is there ---- */

static size_t piece(const struct row_levels *levels, uint64_t first_row)
{
    uint64_t n_left = table_summary(levels->table)->n_rows - first_row;
    return n_left < PIECE_ROWS ? (size_t)n_left : PIECE_ROWS;
}

static bool has_other_number(const struct row_levels *levels, uint64_t first_row,
                             size_t n_rows)
{
    double cells[PIECE_ROWS];
    table_read_numbers(levels->table, levels->column, first_row, n_rows, cells);
    for (size_t i = 0; i < n_rows; i++)
        if (cells[i] == cells[i] && !find(levels->values, levels->n, cells[i]))
            return true;
    return false;
}

bool row_levels_has_others(const struct row_levels *levels)
{
    const struct column_summary *summary = summary_of(levels->table, levels->column);
    uint64_t n_rows = table_summary(levels->table)->n_rows;
    for (size_t i = 0; levels->is_wanted && i < summary->n_levels; i++)
        if (!levels->is_wanted[i])
            return true;
    for (uint64_t row = 0; levels->values && row < n_rows; row += PIECE_ROWS)
        if (has_other_number(levels, row, piece(levels, row)))
            return true;
    return false;
}

/* Which of the values rows have, of those not seen before; returns how many. */
static size_t see_piece(const struct row_levels *levels, uint64_t first_row,
                        size_t n_rows, bool *is_seen)
{
    double cells[PIECE_ROWS];
    size_t n_seen = 0;
    table_read_numbers(levels->table, levels->column, first_row, n_rows, cells);
    for (size_t i = 0; i < n_rows; i++) {
        const double *found =
            cells[i] == cells[i] ? find(levels->values, levels->n, cells[i]) : NULL;
        if (found && !is_seen[found - levels->values]) {
            is_seen[found - levels->values] = true;
            n_seen++;
        }
    }
    return n_seen;
}

static void see(const struct row_levels *levels, bool *is_seen)
{
    uint64_t n_rows = table_summary(levels->table)->n_rows;
    size_t n_seen = 0;
    for (uint64_t row = 0; row < n_rows && n_seen < levels->n; row += PIECE_ROWS)
        n_seen += see_piece(levels, row, piece(levels, row), is_seen);
}

static int know_numbers(const struct table *table, size_t column,
                        const char *const *texts, size_t n, bool *is_known,
                        struct error *err)
{
    struct row_levels levels = {0};
    bool *is_seen = memory_new(n, sizeof(*is_seen), err);
    if (!is_seen || row_levels_make(&levels, table, column, texts, n, err) < 0) {
        memory_free(is_seen);
        return -1;
    }
    see(&levels, is_seen);
    for (size_t i = 0; i < n; i++) {
        double value;
        const double *found = number_parse(texts[i], strlen(texts[i]), &value)
                                  ? find(levels.values, levels.n, value)
                                  : NULL;
        is_known[i] = found && is_seen[found - levels.values];
    }
    row_levels_free(&levels);
    memory_free(is_seen);
    return 0;
}

int row_levels_know(const struct table *table, size_t column, const char *const *texts,
                    size_t n, bool *is_known, struct error *err)
{
    if (summary_of(table, column)->type == COLUMN_NUMERIC)
        return know_numbers(table, column, texts, n, is_known, err);
    for (size_t i = 0; i < n; i++)
        is_known[i] = find_level(table, column, texts[i]) != SIZE_MAX;
    return 0;
}
