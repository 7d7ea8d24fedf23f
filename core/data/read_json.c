/*
 * What is between the values (brackets, commas, colons) goes through a machine of few
 * states; a value is cut out whole (core/text/json_cut.h) and then read by the scanner: a
 * key, the names, one row.
 */
#include "core/data/read_json.h"

#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/json_names.h"
#include "core/data/json_row.h"
#include "core/text/json_cut.h"

enum where {
    AT_DOCUMENT, /* nothing but blanks has come */
    AT_KEY,      /* of the outermost object, or its end where it has none yet */
    AT_COLON,
    AT_VALUE, /* of a member */
    BEHIND_VALUE,
    AT_ROW, /* or the end of the rows where there is none yet */
    BEHIND_ROW,
    AT_END, /* nothing but blanks may come */
};

struct state {
    struct ingest *ingest;
    struct json_row row;
    struct json_names names;
    struct json_cut cut;
    enum where where;
    bool has_objects;         /* the document is an array of them */
    bool is_first;            /* of the members, or of the rows */
    bool is_columns, is_rows; /* the member whose value comes */
    bool has_columns, has_rows;
    bool are_rows_bad;    /* no array */
    uint64_t at;          /* of the byte that comes next, in the document */
    uint64_t value_start; /* of the value being cut */
};

/* ---- what is wrong ---- */

static int fail_at(uint64_t byte, enum error_code code, const char *message,
                   struct error *err)
{
    error_set(err, code, "%s", message);
    error_place(err, "byte %llu", (unsigned long long)byte);
    return -1;
}

static int fail_syntax(const struct state *state, const char *message, struct error *err)
{
    return fail_at(state->at, ERROR_BAD_JSON, message, err);
}

static int refuse_at(const struct state *state, const char *pointer, enum error_code code,
                     const char *message, struct error *err)
{
    struct error problem = {0};
    error_set(&problem, code, "%s", message);
    error_place(&problem, "%s", pointer);
    return ingest_refuse_row(state->ingest, &problem, err);
}

/* Below a pointer of `capacity` bytes: ~ and / in a key are ~0 and ~1 there (RFC 6901). A
 * long key is cut. */
static void point_to_key(char *pointer, size_t capacity, const char *key, size_t n_bytes)
{
    size_t at = strlen(pointer);
    pointer[at++] = '/';
    for (size_t i = 0; i < n_bytes && at + 2 < capacity; i++) {
        bool is_special = key[i] == '~' || key[i] == '/';
        pointer[at++] = is_special ? '~' : key[i];
        if (is_special)
            pointer[at++] = key[i] == '~' ? '0' : '1';
    }
    pointer[at] = '\0';
}

/* Of the row read last, or of its cell. */
static void place_row(const struct state *state, const struct json_row_problem *cell,
                      struct error *problem)
{
    size_t capacity = sizeof(problem->place);
    int n =
        snprintf(problem->place, capacity, "%s/%llu", state->has_objects ? "" : "/rows",
                 (unsigned long long)state->row.n_rows - 1);
    if (cell && cell->has_cell && cell->key)
        point_to_key(problem->place, capacity, cell->key, cell->key_bytes);
    else if (cell && cell->has_cell)
        snprintf(problem->place + n, capacity - (size_t)n, "/%zu", cell->column);
}

static int refuse_cell(void *context, const struct json_row_problem *cell,
                       struct error *err)
{
    const struct state *state = context;
    struct error problem = cell->error;
    place_row(state, cell, &problem);
    return ingest_refuse_row(state->ingest, &problem, err);
}

/* ---- names ---- */

/* What is wrong with the names has the place "column 2", or none. */
static int refuse_names(struct state *state, const struct error *why, struct error *err)
{
    struct error problem = *why;
    unsigned long column;
    if (error_kind(why->code) != ERROR_KIND_INPUT)
        return error_copy(err, why);
    bool is_one = sscanf(why->place, "column %lu", &column) == 1 && column > 0;
    problem.place[0] = '\0';
    if (is_one)
        error_place(&problem, "/columns/%lu", column - 1);
    error_place(&problem, "/columns");
    return ingest_refuse_row(state->ingest, &problem, err);
}

/* The table has them from now on. */
static int use_names(struct state *state, struct error *err)
{
    struct error why = {0};
    const char *const *names = (const char *const *)state->names.names;
    size_t n = state->names.n;
    int result = state->row.n_begun > 0
                     ? ingest_name_columns(state->ingest, names, n, &why)
                     : json_row_begin(&state->row, names, n, &why);
    return result == 0 ? 0 : refuse_names(state, &why, err);
}

/* ---- values ---- */

static int take_key(struct state *state, struct json_scan *scan, struct error *err)
{
    struct json_text key;
    char pointer[sizeof(err->place)] = "";
    if (json_scan_string(scan, &key, err) < 0)
        return -1;
    state->where = AT_COLON;
    state->is_columns = json_scan_text_is(&key, "columns");
    state->is_rows = json_scan_text_is(&key, "rows");
    if ((state->is_columns && state->has_columns) || (state->is_rows && state->has_rows))
        return fail_at(state->value_start, ERROR_DUPLICATE_KEY,
                       "the object has this key twice", err);
    state->has_columns |= state->is_columns;
    state->has_rows |= state->is_rows;
    if (state->is_columns || state->is_rows)
        return 0;
    point_to_key(pointer, sizeof(pointer), key.text, key.n_bytes);
    return refuse_at(state, pointer, ERROR_UNKNOWN_FIELD,
                     "there may be columns and rows, and nothing else", err);
}

static int take_member(struct state *state, struct json_scan *scan, struct error *err)
{
    state->where = BEHIND_VALUE;
    if (state->is_columns) {
        if (json_names_read(&state->names, scan, state->ingest, err) < 0)
            return -1;
        return state->names.are_bad ? 0 : use_names(state, err);
    }
    if (json_scan_skip(scan, err) < 0)
        return -1;
    state->are_rows_bad |= state->is_rows;
    return state->is_rows
               ? refuse_at(state, "/rows", ERROR_INVALID_TYPE, "must be an array", err)
               : 0;
}

/* Something else than a row. */
static int refuse_row(struct state *state, struct json_scan *scan, struct error *err)
{
    struct json_row_problem problem = {0};
    state->row.n_rows++;
    if (json_scan_skip(scan, err) < 0)
        return -1;
    error_set(&problem.error, ERROR_INVALID_TYPE,
              state->has_objects
                  ? "must be an object; rows that are arrays go into \"rows\" of an "
                    "object that has \"columns\", too"
                  : "must be an array");
    return refuse_cell(state, &problem, err);
}

static int take_row(struct state *state, struct json_scan *scan, struct error *err)
{
    struct error why = {0};
    enum json_kind kind = json_scan_peek(scan);
    state->where = BEHIND_ROW;
    if (kind != (state->has_objects ? JSON_KIND_OBJECT : JSON_KIND_ARRAY))
        return refuse_row(state, scan, err);
    if ((state->has_objects ? json_row_read_object(&state->row, scan, &why)
                            : json_row_read_array(&state->row, scan, &why)) == 0)
        return 0;
    if (why.code == ERROR_BAD_COLUMN_NAME || why.code == ERROR_INVALID)
        place_row(state, NULL, &why);
    return error_copy(err, &why);
}

static int take_value(struct state *state, const struct json_cut_value *value,
                      struct error *err)
{
    struct json_scan scan = json_scan_start(value->text, value->n_bytes);
    scan.offset = state->value_start;
    int result = state->where == AT_KEY     ? take_key(state, &scan, err)
                 : state->where == AT_VALUE ? take_member(state, &scan, err)
                                            : take_row(state, &scan, err);
    return result < 0 ? -1 : json_scan_finish(&scan, err);
}

/* ---- between values: at a byte that is not blank ---- */

static int begin_document(struct state *state, char c, struct error *err)
{
    if (c != '{' && c != '[')
        return fail_syntax(state,
                           "an object with columns and rows is needed here, or an array "
                           "of objects",
                           err);
    state->has_objects = c == '[';
    state->where = state->has_objects ? AT_ROW : AT_KEY;
    state->is_first = true;
    return 0;
}

/* A comma, with another value to come, or the closing bracket. */
static int go_on(struct state *state, char c, struct error *err)
{
    bool is_row = state->where == BEHIND_ROW;
    if (c == ',')
        state->where = is_row ? AT_ROW : AT_KEY;
    else if (c == (is_row ? ']' : '}'))
        state->where = is_row && !state->has_objects ? BEHIND_VALUE : AT_END;
    else
        return fail_syntax(state,
                           is_row ? "a comma or ']' is needed here"
                                  : "a comma or '}' is needed here",
                           err);
    state->is_first = false;
    return 0;
}

/* Where a value may begin: is it something else that may stand here? 1: it is done. */
static int pass_bracket(struct state *state, char c, struct error *err)
{
    bool is_row = state->where == AT_ROW;
    if (state->where == AT_VALUE && state->is_rows && c == '[') {
        state->where = AT_ROW;
        state->is_first = true;
        return 1;
    }
    if (state->where != AT_VALUE && state->is_first && c == (is_row ? ']' : '}')) {
        state->where = is_row && !state->has_objects ? BEHIND_VALUE : AT_END;
        return 1;
    }
    if (state->where == AT_KEY && c != '"')
        return fail_syntax(state, "a key in quotes is needed here", err);
    if (c == ',' || c == ':' || c == ']' || c == '}')
        return fail_syntax(state, "a value is needed here", err);
    return 0;
}

/* 1: the byte is done; 0: a value begins with it. */
static int step(struct state *state, char c, struct error *err)
{
    switch (state->where) {
    case AT_DOCUMENT:
        return begin_document(state, c, err) < 0 ? -1 : 1;
    case AT_COLON:
        state->where = AT_VALUE;
        return c == ':' ? 1 : fail_syntax(state, "a ':' is needed behind the key", err);
    case BEHIND_VALUE:
    case BEHIND_ROW:
        return go_on(state, c, err) < 0 ? -1 : 1;
    case AT_KEY:
    case AT_VALUE:
    case AT_ROW:
        return pass_bracket(state, c, err);
    case AT_END:
        break;
    }
    return fail_syntax(state, "nothing may stand behind the value", err);
}

/* ---- as a reader ---- */

static void close_state(void *pointer)
{
    struct state *state = pointer;
    if (!state)
        return;
    json_row_free(&state->row);
    json_names_free(&state->names);
    json_cut_free(&state->cut);
    memory_free(state);
}

static void *open_state(const struct reader_options *options, struct ingest *ingest,
                        struct error *err)
{
    struct state *state = memory_new(1, sizeof(*state), err);
    (void)options;
    if (!state)
        return NULL;
    state->ingest = state->row.ingest = ingest;
    state->row.refuse = refuse_cell;
    state->row.context = state;
    return state;
}

static int push_value(struct state *state, const char *bytes, size_t n, size_t *n_used,
                      struct error *err)
{
    struct json_cut_value value;
    int is_whole = json_cut_push(&state->cut, bytes, n, n_used, &value, err);
    if (is_whole < 0 && err->code == ERROR_TOO_LARGE)
        error_place(err, "byte %llu", (unsigned long long)state->value_start);
    return is_whole == 1 ? take_value(state, &value, err) : is_whole;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static int push(void *pointer, const char *bytes, size_t n, struct error *err)
{
    struct state *state = pointer;
    for (size_t i = 0, n_used; i < n; i += n_used, state->at += n_used) {
        int is_done = state->cut.is_begun  ? 0
                      : is_blank(bytes[i]) ? 1
                                           : step(state, bytes[i], err);
        n_used = 1;
        if (is_done < 0)
            return -1;
        if (is_done)
            continue;
        if (!state->cut.is_begun)
            state->value_start = state->at;
        if (push_value(state, bytes + i, n - i, &n_used, err) < 0)
            return -1;
    }
    return 0;
}

static int check_members(const struct state *state, struct error *err)
{
    if (!state->has_objects && !state->has_columns &&
        refuse_at(state, "/columns", ERROR_MISSING_FIELD, "name the columns", err) < 0)
        return -1;
    if (!state->has_objects && !state->has_rows)
        return refuse_at(state, "/rows", ERROR_MISSING_FIELD, "give the rows", err);
    if (state->row.n_rows == 0 && !state->are_rows_bad)
        return refuse_at(state, state->has_objects ? "" : "/rows", ERROR_NO_ROWS,
                         "the data has no rows", err);
    return 0;
}

static int finish(void *pointer, struct error *err)
{
    struct state *state = pointer;
    if (state->where == AT_DOCUMENT)
        return 0; /* ingest says that there is nothing */
    if (state->where != AT_END)
        return fail_syntax(state, "the text ends too early", err);
    return check_members(state, err) < 0 ? -1 : json_row_finish(&state->row, err);
}

const struct reader read_json = {open_state, push, finish, close_state};
