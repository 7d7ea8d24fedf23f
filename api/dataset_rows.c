#include "api/dataset_rows.h"

#include <math.h>

#include "core/base/memory.h"

#define MOST_CELLS 200000U

struct window {
    const struct summary *summary;
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
    size_t n_columns = window->summary->n_columns;
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
    for (size_t j = 0; j < window->summary->n_columns; j++)
        write_cell(&window->summary->columns[j], window->cells[j * window->n_rows + row],
                   json);
    json_write_end_array(json);
}

static void write_window(const struct window *window, struct json_writer *json)
{
    json_write_begin_object(json);
    json_write_key(json, "columns");
    json_write_begin_array(json);
    for (size_t j = 0; j < window->summary->n_columns; j++)
        json_write_string(json, window->summary->columns[j].name);
    json_write_end_array(json);
    json_write_key(json, "rows");
    json_write_begin_array(json);
    for (size_t i = 0; i < window->n_rows; i++)
        write_row(window, i, json);
    json_write_end_array(json);
    json_write_member_bool(json, "has_more",
                           window->first + window->n_rows < window->summary->n_rows);
    json_write_end_object(json);
}

static struct window choose_window(const struct summary *summary, uint64_t after,
                                   size_t limit)
{
    struct window window = {.summary = summary};
    size_t most = MOST_CELLS / (summary->n_columns + 1) + 1;
    window.first = after < summary->n_rows ? after : summary->n_rows;
    window.n_rows = limit < most ? limit : most;
    if (window.n_rows > summary->n_rows - window.first)
        window.n_rows = (size_t)(summary->n_rows - window.first);
    return window;
}

int dataset_rows_write(const struct table *table, uint64_t after, size_t limit,
                       struct json_writer *json, struct error *err)
{
    struct window window = choose_window(table_summary(table), after, limit);
    int result = read_window(table, &window, err);
    if (result == 0)
        write_window(&window, json);
    memory_free(window.cells);
    return result;
}
