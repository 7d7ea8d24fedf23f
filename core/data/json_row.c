#include "core/data/json_row.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/text/number.h"
#include "core/text/number_plain.h"

#define SURELY_FINITE_BYTES 300U /* digits without an exponent */

static const struct table_cell missing = {"", 0, true, false};

void json_row_free(struct json_row *row)
{
    dictionary_free(&row->keys);
    memory_free(row->cells);
    memory_free(row->plain);
    memory_free(row->last_row);
    buffer_free(&row->texts);
}

static int malformed(struct json_row *row)
{
    row->is_malformed = true;
    return -1;
}

/* ---- room for columns ---- */

static int make_room(struct json_row *row, size_t n, struct error *err)
{
    size_t capacity = row->capacity > 0 ? row->capacity : 16;
    if (n <= row->capacity)
        return 0;
    while (capacity < n)
        capacity *= 2;
    struct table_cell *cells = memory_resize(row->cells, capacity, sizeof(*cells), err);
    if (!cells)
        return -1;
    row->cells = cells;
    double *plain = memory_resize(row->plain, capacity, sizeof(*plain), err);
    if (!plain)
        return -1;
    row->plain = plain;
    uint64_t *last_row = memory_resize(row->last_row, capacity, sizeof(*last_row), err);
    if (!last_row)
        return -1;
    row->last_row = last_row;
    for (size_t j = row->capacity; j < capacity; j++)
        row->last_row[j] = 0;
    row->capacity = capacity;
    return 0;
}

int json_row_begin(struct json_row *row, const char *const *names, size_t n,
                   struct error *err)
{
    if (make_room(row, n, err) < 0 ||
        ingest_begin_table(row->ingest, names, n, 1, err) < 0)
        return -1;
    row->n_columns = row->n_begun = n;
    return 0;
}

/* ---- cells ---- */

static int refuse(struct json_row *row, struct json_row_problem *problem,
                  enum error_code code, const char *message, struct error *err)
{
    error_set(&problem->error, code, "%s", message);
    return row->refuse(row->context, problem, err);
}

/* Unescaped texts of one row lie side by side: there is room for all that is left of its
 * text from the first one on, so that they never move. */
static int unescape(struct json_row *row, const struct json_scan *scan,
                    const struct json_text *text, const char **out, size_t *n,
                    struct error *err)
{
    *out = text->text;
    *n = text->n_bytes;
    if (!text->has_escapes)
        return 0;
    size_t n_left = scan->n_bytes - (size_t)(text->text - scan->text);
    char *room =
        buffer_reserve(&row->texts, row->texts.n_bytes > 0 ? text->n_bytes : n_left);
    if (!room)
        return buffer_check(&row->texts, err);
    *n = json_scan_unescape(text, room);
    *out = room;
    buffer_advance(&row->texts, *n);
    return 0;
}

static int read_string(struct json_row *row, struct json_scan *scan,
                       struct table_cell *cell, struct json_row_problem *problem,
                       struct error *err)
{
    struct json_text text;
    if (json_scan_string(scan, &text, err) < 0)
        return malformed(row);
    *cell = (struct table_cell){.is_text = true};
    if (unescape(row, scan, &text, &cell->text, &cell->n_bytes, err) < 0)
        return -1;
    if (!memchr(cell->text, '\0', cell->n_bytes))
        return 0;
    *cell = missing;
    return refuse(row, problem, ERROR_INVALID, "may not contain the character U+0000",
                  err);
}

static bool is_huge(const struct json_text *text)
{
    const char *end;
    double value;
    return (text->n_bytes > SURELY_FINITE_BYTES ||
            memchr(text->text, 'e', text->n_bytes) ||
            memchr(text->text, 'E', text->n_bytes)) &&
           number_read(text->text, text->n_bytes, &value, &end) == NUMBER_OVERFLOW;
}

/* Most numbers are read here, once; those at the end of the text, which lack the bytes
 * behind them that number_plain wants, by who adds the row. */
static bool read_plain(const struct json_scan *scan, const struct json_text *text,
                       double *value)
{
    return scan->n_bytes - scan->at >= CSV_PADDING &&
           number_plain(text->text, text->n_bytes, value);
}

static int read_number(struct json_row *row, struct json_scan *scan,
                       struct table_cell *cell, struct json_row_problem *problem,
                       struct error *err)
{
    struct json_text text;
    if (json_scan_number_text(scan, &text, err) < 0)
        return malformed(row);
    *cell = (struct table_cell){text.text, text.n_bytes, false, false};
    if (read_plain(scan, &text, &row->plain[cell - row->cells]) || !is_huge(&text))
        return 0;
    *cell = missing;
    return refuse(row, problem, ERROR_NON_FINITE,
                  "the number is beyond the range of a double", err);
}

static int read_word(struct json_row *row, struct json_scan *scan,
                     struct table_cell *cell, struct error *err)
{
    enum json_kind kind;
    if (json_scan_literal(scan, &kind, err) < 0)
        return malformed(row);
    *cell = kind == JSON_KIND_TRUE    ? (struct table_cell){"true", 4, false, true}
            : kind == JSON_KIND_FALSE ? (struct table_cell){"false", 5, false, true}
                                      : missing;
    return 0;
}

static int skip(struct json_row *row, struct json_scan *scan, struct error *err)
{
    return json_scan_skip(scan, err) < 0 ? malformed(row) : 0;
}

/* NaN and Infinity, as Python writes them. */
static int refuse_value(struct json_row *row, struct json_scan *scan, struct error *err)
{
    char c = scan->text[scan->at];
    if (c == 'N' || c == 'I') {
        error_set(err, ERROR_BAD_JSON,
                  "JSON has no NaN and no Infinity; write null where a cell is missing");
        error_place(err, "byte %zu", scan->offset + scan->at);
    }
    return skip(row, scan, err);
}

static int read_cell(struct json_row *row, struct json_scan *scan, size_t column,
                     struct json_row_problem *problem, struct error *err)
{
    struct table_cell *cell = &row->cells[column];
    row->plain[column] = NAN;
    switch (json_scan_peek(scan)) {
    case JSON_KIND_NUMBER:
        return read_number(row, scan, cell, problem, err);
    case JSON_KIND_STRING:
        return read_string(row, scan, cell, problem, err);
    case JSON_KIND_TRUE:
    case JSON_KIND_FALSE:
    case JSON_KIND_NULL:
        return read_word(row, scan, cell, err);
    case JSON_KIND_OBJECT:
    case JSON_KIND_ARRAY:
        *cell = missing;
        return refuse(row, problem, ERROR_INVALID_TYPE,
                      "must be a number, a string, true, false or null", err) < 0
                   ? -1
                   : skip(row, scan, err);
    case JSON_KIND_END:
    case JSON_KIND_BAD:
        break;
    }
    return refuse_value(row, scan, err);
}

/* ---- objects ---- */

/* A key that no row had before. */
static int add_key(struct json_row *row, const char *key, size_t n_bytes,
                   struct json_row_problem *problem, size_t *column, struct error *err)
{
    if (memchr(key, '\0', n_bytes))
        return refuse(row, problem, ERROR_BAD_COLUMN_NAME,
                      "a column's name may not contain the character U+0000", err);
    if (row->n_columns == JSON_ROW_MAX_COLUMNS)
        return error_set(err, ERROR_TOO_LARGE, "the objects have more than %u keys",
                         JSON_ROW_MAX_COLUMNS);
    uint32_t number = dictionary_add(&row->keys, key, n_bytes, err);
    if (number == DICTIONARY_NONE || make_room(row, row->n_columns + 1, err) < 0)
        return -1;
    row->cells[number] = missing;
    row->plain[number] = NAN;
    row->n_columns++;
    *column = number;
    return 0;
}

/* Is it the key of this column? Most objects have theirs in the same order. */
static bool is_key_of(const struct json_row *row, size_t column, const char *key,
                      size_t n_bytes)
{
    size_t n;
    if (column >= row->keys.n)
        return false;
    const char *name = dictionary_text(&row->keys, (uint32_t)column, &n);
    return n == n_bytes && memcmp(name, key, n) == 0;
}

/* The column of a key, or SIZE_MAX where it is refused. */
static int find_column(struct json_row *row, size_t expected,
                       struct json_row_problem *problem, size_t *column,
                       struct error *err)
{
    const char *key = problem->key;
    size_t n_bytes = problem->key_bytes;
    *column = expected;
    if (!is_key_of(row, expected, key, n_bytes)) {
        uint32_t found = dictionary_find(&row->keys, key, n_bytes);
        *column = found == DICTIONARY_NONE ? SIZE_MAX : found;
        if (found == DICTIONARY_NONE &&
            add_key(row, key, n_bytes, problem, column, err) < 0)
            return -1;
    }
    if (*column == SIZE_MAX)
        return 0;
    if (row->last_row[*column] == row->n_rows) {
        *column = SIZE_MAX;
        return refuse(row, problem, ERROR_DUPLICATE_KEY, "the object has this key twice",
                      err);
    }
    row->last_row[*column] = row->n_rows;
    return 0;
}

static int read_member(struct json_row *row, struct json_scan *scan,
                       const struct json_text *key, size_t *expected, struct error *err)
{
    struct json_row_problem problem = {.has_cell = true};
    size_t column;
    if (unescape(row, scan, key, &problem.key, &problem.key_bytes, err) < 0 ||
        find_column(row, *expected, &problem, &column, err) < 0)
        return -1;
    if (column == SIZE_MAX)
        return skip(row, scan, err);
    *expected = column + 1;
    return read_cell(row, scan, column, &problem, err);
}

static int read_members(struct json_row *row, struct json_scan *scan, struct error *err)
{
    struct json_text key;
    size_t expected = 0;
    int more;
    if (json_scan_enter_object(scan, err) < 0)
        return malformed(row);
    while ((more = json_scan_next_key(scan, &key, err)) == 1)
        if (read_member(row, scan, &key, &expected, err) < 0)
            return -1;
    return more < 0 ? malformed(row) : 0;
}

/* ---- objects into the table ---- */

static int begin_with_keys(struct json_row *row, struct error *err)
{
    size_t n_bytes;
    const char **names = memory_new(row->keys.n, sizeof(*names), err);
    if (!names)
        return -1;
    for (uint32_t j = 0; j < row->keys.n; j++)
        names[j] = dictionary_text(&row->keys, j, &n_bytes);
    int result = json_row_begin(row, names, row->keys.n, err);
    memory_free(names);
    return result;
}

/* The objects that came before the first one with a member. */
static int add_empty_rows(struct json_row *row, struct error *err)
{
    int result = 0;
    struct table_cell *none = memory_new(row->n_columns, sizeof(*none), err);
    if (!none)
        return -1;
    for (size_t j = 0; j < row->n_columns; j++)
        none[j] = missing;
    for (uint64_t i = 1; result == 0 && i < row->n_rows; i++)
        result = ingest_add_row(row->ingest, none, err);
    memory_free(none);
    return result;
}

static int add_late_columns(struct json_row *row, struct error *err)
{
    size_t n_bytes;
    for (; row->n_begun < row->n_columns; row->n_begun++)
        if (ingest_add_column(
                row->ingest,
                dictionary_text(&row->keys, (uint32_t)row->n_begun, &n_bytes), err) < 0)
            return -1;
    return 0;
}

static int add_object(struct json_row *row, struct error *err)
{
    if (row->n_columns == 0)
        return 0;
    if (row->n_begun == 0 &&
        (begin_with_keys(row, err) < 0 || add_empty_rows(row, err) < 0))
        return -1;
    return add_late_columns(row, err) < 0
               ? -1
               : ingest_add_read_row(row->ingest, row->cells, row->plain, err);
}

static void begin_row(struct json_row *row)
{
    row->is_malformed = false;
    row->n_rows++;
    buffer_clear(&row->texts);
}

int json_row_read_object(struct json_row *row, struct json_scan *scan, struct error *err)
{
    begin_row(row);
    for (size_t j = 0; j < row->n_columns; j++) {
        row->cells[j] = missing;
        row->plain[j] = NAN;
    }
    return read_members(row, scan, err) < 0 ? -1 : add_object(row, err);
}

int json_row_finish(const struct json_row *row, struct error *err)
{
    if (row->n_rows > 0 && row->n_columns == 0)
        return error_set(err, ERROR_INVALID, "the data has no columns");
    return 0;
}

/* ---- arrays ---- */

static int read_element(struct json_row *row, struct json_scan *scan, size_t column,
                        struct error *err)
{
    struct json_row_problem problem = {.has_cell = true, .column = column};
    if (row->n_begun > 0 && column >= row->n_begun)
        return skip(row, scan, err); /* the row is too long */
    if (column == JSON_ROW_MAX_COLUMNS)
        return error_set(err, ERROR_TOO_LARGE, "the row has more than %u cells",
                         JSON_ROW_MAX_COLUMNS);
    if (make_room(row, column + 1, err) < 0)
        return -1;
    return read_cell(row, scan, column, &problem, err);
}

static int read_elements(struct json_row *row, struct json_scan *scan, size_t *n,
                         struct error *err)
{
    int more;
    if (json_scan_enter_array(scan, err) < 0)
        return malformed(row);
    for (*n = 0; (more = json_scan_next_element(scan, err)) == 1; ++*n)
        if (read_element(row, scan, *n, err) < 0)
            return -1;
    return more < 0 ? malformed(row) : 0;
}

static int refuse_ragged(struct json_row *row, size_t n_cells, struct error *err)
{
    struct json_row_problem problem = {0};
    error_set(&problem.error, ERROR_RAGGED_ROW,
              "the row has %zu cells where there are %zu columns", n_cells, row->n_begun);
    return row->refuse(row->context, &problem, err);
}

int json_row_read_array(struct json_row *row, struct json_scan *scan, struct error *err)
{
    size_t n_cells;
    begin_row(row);
    if (read_elements(row, scan, &n_cells, err) < 0)
        return -1;
    if (row->n_begun == 0) {
        if (ingest_begin_numbered(row->ingest, n_cells, 1, err) < 0)
            return -1;
        row->n_columns = row->n_begun = n_cells;
    }
    return n_cells == row->n_begun
               ? ingest_add_read_row(row->ingest, row->cells, row->plain, err)
               : refuse_ragged(row, n_cells, err);
}
