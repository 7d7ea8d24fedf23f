#include "api/dataset_rows.h"

#include <math.h>

#include "core/base/memory.h"

#define MOST_CELLS 200000U

struct window {
    const struct table *table;
    const struct summary *summary;
    size_t n_columns; /* that are not sparse */
    uint64_t first;
    size_t n_rows;
    double *cells; /* [n_columns × n_rows] column by column; codes of levels as numbers */
};

static void read_column(const struct table *table, const struct window *window,
                        size_t column, uint32_t *codes)
{
    double *cells = window->cells + column * window->n_rows;
    if (window->summary->columns[column].type == COLUMN_NUMERIC) {
        table_read_numbers(table, column, window->first, window->n_rows, cells);
        return;
    }
    table_read_codes(table, column, window->first, window->n_rows, codes);
    for (size_t i = 0; i < window->n_rows; i++)
        cells[i] = codes[i] == TABLE_MISSING_CODE ? (double)NAN : codes[i];
}

static int read_window(const struct table *table, struct window *window,
                       struct error *err)
{
    size_t n_columns = window->n_columns;
    uint32_t *codes = memory_new(window->n_rows, sizeof(*codes), err);
    window->cells =
        codes ? memory_new(n_columns * window->n_rows, sizeof(*window->cells), err)
              : NULL;
    for (size_t j = 0; window->cells && window->n_rows > 0 && j < n_columns; j++)
        read_column(table, window, j, codes);
    memory_free(codes);
    return window->cells ? 0 : -1;
}

static void write_cell(const struct column_summary *column, double cell,
                       struct json_writer *json)
{
    if (isnan(cell)) {
        json_write_null(json);
    } else if (column->type == COLUMN_NUMERIC) {
        json_write_number(json, cell);
    } else {
        const struct level *level = &column->levels[(size_t)cell];
        json_write_text(json, level->text, level->n_bytes);
    }
}

static void write_row(const struct window *window, size_t row, struct json_writer *json)
{
    json_write_begin_array(json);
    for (size_t j = 0; j < window->n_columns; j++)
        write_cell(&window->summary->columns[j], window->cells[j * window->n_rows + row],
                   json);
    json_write_end_array(json);
}

/* The entries of one row; `block` has it. */
static void write_entries(const struct window *window,
                          const struct table_sparse_block *block, size_t row,
                          struct json_writer *json)
{
    const struct column_summary *columns = window->summary->columns + window->n_columns;
    json_write_begin_object(json);
    const struct table_entries entries = table_row_entries(block, row);
    for (uint64_t i = entries.first; i < entries.end; i++)
        json_write_member_number(json, columns[block->columns[i]].name, block->values[i]);
    json_write_end_object(json);
}

static int write_sparse(const struct window *window, struct json_writer *json,
                        struct error *err)
{
    uint64_t row = window->first, end = window->first + window->n_rows;
    struct table_sparse_block block;
    json_write_key(json, "sparse");
    json_write_begin_array(json);
    while (row < end) {
        size_t i = table_find_sparse_block(window->table, row);
        if (table_sparse_block(window->table, i, &block, err) < 0)
            return -1;
        for (; row < end && row < block.first_row + block.n_rows; row++)
            write_entries(window, &block, (size_t)(row - block.first_row), json);
    }
    json_write_end_array(json);
    return 0;
}

static int write_window(const struct window *window, struct json_writer *json,
                        struct error *err)
{
    json_write_begin_object(json);
    json_write_key(json, "columns");
    json_write_begin_array(json);
    for (size_t j = 0; j < window->n_columns; j++)
        json_write_string(json, window->summary->columns[j].name);
    json_write_end_array(json);
    json_write_key(json, "rows");
    json_write_begin_array(json);
    for (size_t i = 0; i < window->n_rows; i++)
        write_row(window, i, json);
    json_write_end_array(json);
    if (window->n_columns < window->summary->n_columns &&
        write_sparse(window, json, err) < 0)
        return -1;
    json_write_member_bool(json, "has_more",
                           window->first + window->n_rows < window->summary->n_rows);
    json_write_end_object(json);
    return 0;
}

/* As many of the rows as have no more than so many entries; the first in any case. */
static int cut_by_entries(struct window *window, size_t n_most, struct error *err)
{
    uint64_t row = window->first, end = window->first + window->n_rows;
    uint64_t n_entries = 0;
    struct table_sparse_block block;
    while (row < end) {
        size_t i = table_find_sparse_block(window->table, row);
        if (table_sparse_block(window->table, i, &block, err) < 0)
            return -1;
        for (; row < end && row < block.first_row + block.n_rows; row++) {
            size_t at = (size_t)(row - block.first_row);
            const struct table_entries entries = table_row_entries(&block, at);
            n_entries += entries.end - entries.first;
            if (n_entries > n_most && row > window->first) {
                window->n_rows = (size_t)(row - window->first);
                return 0;
            }
        }
    }
    return 0;
}

static int choose_window(struct window *window, const struct table *table, uint64_t after,
                         size_t limit, struct error *err)
{
    const struct summary *summary = table_summary(table);
    size_t n_columns = table_first_sparse(table);
    size_t most = MOST_CELLS / (n_columns + 1) + 1;
    *window = (struct window){.table = table, .summary = summary, .n_columns = n_columns};
    window->first = after < summary->n_rows ? after : summary->n_rows;
    window->n_rows = limit < most ? limit : most;
    if (window->n_rows > summary->n_rows - window->first)
        window->n_rows = (size_t)(summary->n_rows - window->first);
    return table_n_sparse(table) > 0 ? cut_by_entries(window, MOST_CELLS, err) : 0;
}

int dataset_rows_write(const struct table *table, uint64_t after, size_t limit,
                       struct json_writer *json, struct error *err)
{
    struct window window;
    if (choose_window(&window, table, after, limit, err) < 0)
        return -1;
    int result = read_window(table, &window, err);
    if (result == 0)
        result = write_window(&window, json, err);
    memory_free(window.cells);
    return result;
}
