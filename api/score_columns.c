#include "api/score_columns.h"

#include <stdint.h>

#include "core/base/memory.h"

static const struct column_summary *summary_of(const struct score_columns *columns,
                                               size_t i)
{
    return &table_summary(columns->table)->columns[columns->columns[i]];
}

static void find(struct score_columns *columns, const char *name, size_t i,
                 bool needs_numbers, struct problem_list *problems)
{
    char pointer[PROBLEM_POINTER_BYTES];
    size_t column = summary_find(table_summary(columns->table), name);
    problem_pointer_at(pointer, "/columns", i);
    if (column == SIZE_MAX) {
        problem_report(problems, ERROR_UNKNOWN_COLUMN, pointer,
                       "the data has no column %.100s", name);
        return;
    }
    columns->columns[i] = column;
    if (needs_numbers && summary_of(columns, i)->type != COLUMN_NUMERIC)
        problem_report(problems, ERROR_NOT_A_NUMBER, pointer,
                       "column %.100s has text, and a .npy file numbers alone", name);
    for (size_t k = 0; k < i; k++)
        if (columns->columns[k] == column)
            problem_report(problems, ERROR_DUPLICATE_COLUMN, pointer,
                           "column %.100s is named twice", name);
}

int score_columns_open(struct score_columns *columns, const struct table *table,
                       const char *const *names, size_t n, bool needs_numbers,
                       struct problem_list *problems, struct error *err)
{
    columns->table = table;
    columns->n = n;
    columns->columns = memory_new(n, sizeof(*columns->columns), err);
    if (!columns->columns)
        return -1;
    for (size_t i = 0; i < n; i++)
        columns->columns[i] = SIZE_MAX;
    for (size_t i = 0; i < n; i++)
        find(columns, names[i], i, needs_numbers, problems);
    return 0;
}

size_t score_columns_bytes(size_t n, size_t piece_rows)
{
    return n * piece_rows * (sizeof(double) + sizeof(uint32_t));
}

int score_columns_make(struct score_columns *columns, size_t piece_rows,
                       struct error *err)
{
    size_t n = columns->n * piece_rows;
    columns->piece_rows = piece_rows;
    columns->numbers = memory_new(n, sizeof(*columns->numbers), err);
    columns->codes = memory_new(n, sizeof(*columns->codes), err);
    return columns->numbers && columns->codes ? 0 : -1;
}

void score_columns_free(struct score_columns *columns)
{
    memory_free(columns->columns);
    memory_free(columns->numbers);
    memory_free(columns->codes);
    *columns = (struct score_columns){0};
}

void score_columns_read(struct score_columns *columns, uint64_t first_row, size_t n_rows)
{
    for (size_t i = 0; i < columns->n; i++) {
        size_t at = i * columns->piece_rows;
        if (score_columns_has_text(columns, i))
            table_read_codes(columns->table, columns->columns[i], first_row, n_rows,
                             columns->codes + at);
        else
            table_read_numbers(columns->table, columns->columns[i], first_row, n_rows,
                               columns->numbers + at);
    }
}

bool score_columns_has_text(const struct score_columns *columns, size_t i)
{
    return summary_of(columns, i)->type == COLUMN_CATEGORICAL;
}

const char *score_columns_text(const struct score_columns *columns, size_t i, size_t row,
                               size_t *n_bytes)
{
    uint32_t code = columns->codes[i * columns->piece_rows + row];
    *n_bytes = 0;
    if (code == TABLE_MISSING_CODE)
        return NULL;
    const struct level *level = &summary_of(columns, i)->levels[code];
    *n_bytes = level->n_bytes;
    return level->text;
}

double score_columns_number(const struct score_columns *columns, size_t i, size_t row)
{
    return columns->numbers[i * columns->piece_rows + row];
}

const char *score_columns_name(const struct score_columns *columns, size_t i)
{
    return summary_of(columns, i)->name;
}
