#include "core/data/read_ndjson.h"

#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/json_row.h"
#include "core/text/lines.h"

struct state {
    struct json_row row;
    struct lines lines;
    uint64_t line; /* being read */
};

/* ---- what is wrong with a line ---- */

/* `byte` of the line, from 1; 0: all of it. `key`: of a cell, or NULL. */
static int refuse_line(struct state *state, const struct error *why, uint64_t byte,
                       const struct json_row_problem *cell, struct error *err)
{
    struct error problem = {0};
    char where[32] = "";
    if (byte > 0)
        snprintf(where, sizeof(where), ", byte %llu", (unsigned long long)byte);
    error_set(&problem, why->code, "line %llu%s: %s", (unsigned long long)state->line,
              where, why->message);
    if (cell && cell->key)
        error_place(&problem, "row %llu, column %.*s",
                    (unsigned long long)state->row.n_rows, (int)cell->key_bytes,
                    cell->key);
    else
        error_place(&problem, "row %llu", (unsigned long long)state->row.n_rows);
    return ingest_refuse_row(state->row.ingest, &problem, err);
}

static int refuse(void *context, const struct json_row_problem *problem,
                  struct error *err)
{
    return refuse_line(context, &problem->error, 0, problem, err);
}

/* The next line may be well again. */
static int refuse_malformed(struct state *state, const struct json_scan *scan,
                            const struct error *why, struct error *err)
{
    return refuse_line(state, why, scan->at + 1, NULL, err);
}

/* Any other value than an object. */
static int refuse_value(struct state *state, struct json_scan *scan, struct error *err)
{
    struct error why = {0};
    state->row.n_rows++;
    if (json_scan_skip(scan, &why) < 0 || json_scan_finish(scan, &why) < 0)
        return refuse_malformed(state, scan, &why, err);
    error_set(&why, ERROR_INVALID_TYPE,
              "a line must be an object, whose keys are the columns; rows that are "
              "arrays go with application/json, which names their columns");
    return refuse_line(state, &why, 0, NULL, err);
}

/* ---- lines ---- */

static int read_object(struct state *state, struct json_scan *scan, struct error *err)
{
    struct error why = {0};
    struct json_row *row = &state->row;
    if (json_row_read_object(row, scan, &why) < 0) {
        if (row->is_malformed)
            return refuse_malformed(state, scan, &why, err);
        if (why.code == ERROR_BAD_COLUMN_NAME) /* of a key: say whose */
            snprintf(why.place, sizeof(why.place), "row %llu",
                     (unsigned long long)row->n_rows);
        return error_copy(err, &why);
    }
    return json_scan_finish(scan, &why) < 0 ? refuse_malformed(state, scan, &why, err)
                                            : 0;
}

static int on_line(void *context, uint64_t line, const char *text, size_t n,
                   struct error *err)
{
    struct state *state = context;
    bool has_mark = line == 1 && n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    struct json_scan scan =
        json_scan_start(text + (has_mark ? 3 : 0), n - (has_mark ? 3 : 0));
    state->line = line;
    switch (json_scan_peek(&scan)) {
    case JSON_KIND_END:
        return 0;
    case JSON_KIND_OBJECT:
        return read_object(state, &scan, err);
    default:
        return refuse_value(state, &scan, err);
    }
}

/* ---- as a reader ---- */

static void close_state(void *pointer)
{
    struct state *state = pointer;
    if (!state)
        return;
    json_row_free(&state->row);
    lines_free(&state->lines);
    memory_free(state);
}

static void *open_state(const struct reader_options *options, struct ingest *ingest,
                        struct error *err)
{
    struct state *state = memory_new(1, sizeof(*state), err);
    (void)options;
    if (!state)
        return NULL;
    state->row.ingest = ingest;
    state->row.refuse = refuse;
    state->row.context = state;
    state->lines.on_line = on_line;
    state->lines.context = state;
    return state;
}

static int push(void *pointer, const char *bytes, size_t n, struct error *err)
{
    struct state *state = pointer;
    if (lines_push(&state->lines, bytes, n, err) == 0)
        return 0;
    if (err->code == ERROR_TOO_LARGE)
        error_place(err, "row %llu", (unsigned long long)state->row.n_rows + 1);
    return -1;
}

static int finish(void *pointer, struct error *err)
{
    struct state *state = pointer;
    return lines_finish(&state->lines, err) < 0 ? -1 : json_row_finish(&state->row, err);
}

const struct reader read_ndjson = {open_state, push, finish, close_state};
