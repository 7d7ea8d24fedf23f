#include "core/data/read_csv.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/text/csv.h"
#include "core/text/number_plain.h"

struct state {
    struct reader_options options;
    struct ingest *ingest;
    struct csv_scanner *scanner;
    size_t n_columns; /* 0 before the first row */
    struct table_cell *cells;
    double *plain; /* as table_writer_add_read wants them */
};

/* ---- the first row ---- */

static int begin_with_names(struct state *state, uint64_t row,
                            const struct csv_cell *cells, size_t n_cells,
                            struct error *err)
{
    char **names = memory_new(n_cells, sizeof(*names), err);
    int result = names ? 0 : -1;
    for (size_t j = 0; result == 0 && j < n_cells; j++) {
        names[j] = memory_copy_text(cells[j].text, cells[j].n_bytes, err);
        result = names[j] ? 0 : -1;
    }
    if (result == 0)
        result = ingest_begin_table(state->ingest, (const char *const *)names, n_cells,
                                    row + 1, err);
    for (size_t j = 0; names && j < n_cells; j++)
        memory_free(names[j]);
    memory_free(names);
    return result;
}

static int begin_table(struct state *state, uint64_t row, const struct csv_cell *cells,
                       size_t n_cells, struct error *err)
{
    state->n_columns = n_cells;
    state->cells = memory_new(n_cells, sizeof(*state->cells), err);
    state->plain = memory_new(n_cells, sizeof(*state->plain), err);
    if (!state->cells || !state->plain)
        return -1;
    return state->options.header
               ? begin_with_names(state, row, cells, n_cells, err)
               : ingest_begin_numbered(state->ingest, n_cells, row, err);
}

/* ---- every row ---- */

static int refuse_ragged(const struct state *state, uint64_t row, size_t n_cells,
                         struct error *err)
{
    struct error problem = {0};
    error_set(&problem, ERROR_RAGGED_ROW, "the row has %zu cells where the %s has %zu",
              n_cells, state->options.header ? "header" : "first row", state->n_columns);
    error_place(&problem, "row %llu", (unsigned long long)row);
    return ingest_refuse_row(state->ingest, &problem, err);
}

/* The rows of which csv.h says that nothing in them is special. */
static int on_rows(void *context, const struct csv_rows *rows, struct error *err)
{
    struct state *state = context;
    const struct table_rows added = {rows->text, rows->fields, rows->n_rows,
                                     state->options.na};
    return ingest_add_rows(state->ingest, &added, err);
}

static int on_row(void *context, uint64_t row, const struct csv_cell *cells,
                  size_t n_cells, struct error *err)
{
    struct state *state = context;
    const struct na_list *na = state->options.na;
    if (state->n_columns == 0) {
        if (begin_table(state, row, cells, n_cells, err) < 0 ||
            csv_take_rows(state->scanner, on_rows, n_cells, err) < 0)
            return -1;
        if (state->options.header)
            return 0;
    }
    if (n_cells != state->n_columns)
        return refuse_ragged(state, row, n_cells, err);
    number_plain_cells(cells, n_cells, state->plain);
    for (size_t j = 0; j < n_cells; j++) {
        const struct csv_cell *cell = &cells[j];
        bool is_missing = cell->quoted ? cell->n_bytes == 0 && na->has_empty
                                       : na_list_has(na, cell->text, cell->n_bytes);
        struct table_cell *made = &state->cells[j];
        made->text = cell->text;
        made->n_bytes = cell->n_bytes;
        made->is_missing = is_missing;
        if (is_missing)
            state->plain[j] = NAN;
    }
    return ingest_add_read_row(state->ingest, state->cells, state->plain, err);
}

/* ---- as a reader ---- */

static void close_state(void *pointer)
{
    struct state *state = pointer;
    if (!state)
        return;
    csv_free(state->scanner);
    memory_free(state->cells);
    memory_free(state->plain);
    memory_free(state);
}

static void *open_state(const struct reader_options *options, struct ingest *ingest,
                        struct error *err)
{
    const struct csv_options csv = {options->delimiter, options->quote};
    struct state *state = memory_new(1, sizeof(*state), err);
    if (!state)
        return NULL;
    state->options = *options;
    state->ingest = ingest;
    state->scanner = csv_new(&csv, on_row, state, err);
    if (!state->scanner) {
        close_state(state);
        return NULL;
    }
    return state;
}

static int push(void *pointer, const char *bytes, size_t n, struct error *err)
{
    struct state *state = pointer;
    return csv_push(state->scanner, bytes, n, err);
}

static int finish(void *pointer, struct error *err)
{
    struct state *state = pointer;
    return csv_finish(state->scanner, err);
}

const struct reader read_csv = {open_state, push, finish, close_state};
