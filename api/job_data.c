#include "api/job_data.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/data/table_writer.h"
#include "core/text/csv.h"
#include "core/text/json_scan.h"

/* ---- cutting the body ---- */

void job_data_free(struct job_data *split)
{
    buffer_free(&split->rest);
    *split = (struct job_data){0};
}

/* Finds the first member "data" of the outermost object, if it is an object. */
static int find_data(struct job_data *split, const char *body, size_t n_bytes,
                     struct error *err)
{
    struct json_scan scan = json_scan_start(body, n_bytes);
    struct json_text key;
    int more;
    if (json_scan_peek(&scan) != JSON_KIND_OBJECT)
        return 0;
    if (json_scan_enter_object(&scan, err) < 0)
        return -1;
    while ((more = json_scan_next_key(&scan, &key, err)) == 1) {
        bool is_data = !split->data && json_scan_text_is(&key, "data") &&
                       json_scan_peek(&scan) == JSON_KIND_OBJECT;
        size_t start = scan.at;
        if (json_scan_skip(&scan, err) < 0)
            return -1;
        if (is_data) {
            split->data = body + start;
            split->data_bytes = scan.at - start;
        }
    }
    return more;
}

int job_data_split(struct job_data *split, const char *body, size_t n_bytes,
                   struct error *err)
{
    if (json_scan_check(body, n_bytes, err) < 0 ||
        find_data(split, body, n_bytes, err) < 0)
        return -1;
    size_t before = split->data ? (size_t)(split->data - body) : n_bytes;
    buffer_append(&split->rest, body, before);
    if (split->data) {
        size_t after = before + split->data_bytes;
        buffer_append_string(&split->rest, "{}");
        buffer_append(&split->rest, body + after, n_bytes - after);
    }
    return buffer_check(&split->rest, err);
}

/* ---- reading the rows ---- */

struct reading {
    struct json_scan columns, rows; /* where they are */
    bool has_columns, has_rows;
    char **names;
    size_t n_columns;
    struct table_writer *writer;
    struct table_cell *cells; /* [n_columns] of one row */
    struct buffer texts;      /* strings of one row, unescaped */
    struct problem_list *problems;
};

static int find_members(struct reading *reading, const struct job_data *split,
                        struct error *err)
{
    struct json_scan scan = json_scan_start(split->data, split->data_bytes);
    struct json_text key;
    int more;
    if (json_scan_enter_object(&scan, err) < 0)
        return -1;
    while ((more = json_scan_next_key(&scan, &key, err)) == 1) {
        bool is_columns = json_scan_text_is(&key, "columns");
        bool is_rows = json_scan_text_is(&key, "rows");
        if ((is_columns && reading->has_columns) || (is_rows && reading->has_rows))
            return error_set(err, ERROR_DUPLICATE_KEY, "data has the same key twice");
        if (is_columns) {
            reading->columns = scan;
            reading->has_columns = true;
        } else if (is_rows) {
            reading->rows = scan;
            reading->has_rows = true;
        } else {
            problem_report(reading->problems, ERROR_UNKNOWN_FIELD, "/data",
                           "data has columns and rows, and nothing else");
        }
        if (json_scan_skip(&scan, err) < 0)
            return -1;
    }
    return more;
}

/* Enters the array that comes next; 0 with the problem reported if it is something else.
 */
static int enter_array(struct reading *reading, struct json_scan *scan,
                       const char *pointer, struct error *err)
{
    if (json_scan_peek(scan) == JSON_KIND_ARRAY)
        return json_scan_enter_array(scan, err) < 0 ? -1 : 1;
    problem_report(reading->problems, ERROR_INVALID_TYPE, pointer, "must be an array");
    return json_scan_skip(scan, err) < 0 ? -1 : 0;
}

static int add_name(struct reading *reading, struct json_scan *scan, struct error *err)
{
    struct json_text text;
    char pointer[PROBLEM_POINTER_BYTES];
    size_t n = reading->n_columns;
    problem_pointer_at(pointer, "/data/columns", n);
    if (json_scan_peek(scan) != JSON_KIND_STRING) {
        problem_report(reading->problems, ERROR_INVALID_TYPE, pointer,
                       "must be a string");
        return json_scan_skip(scan, err);
    }
    if (n == CSV_MAX_COLUMNS)
        return error_set(err, ERROR_TOO_LARGE, "data may have at most %u columns",
                         CSV_MAX_COLUMNS);
    if (json_scan_string(scan, &text, err) < 0)
        return -1;
    if ((n & (n - 1)) == 0) { /* grown whenever it is full: at powers of two */
        char **larger =
            memory_resize(reading->names, n ? 2 * n : 1, sizeof(*larger), err);
        if (!larger)
            return -1;
        reading->names = larger;
    }
    char *name = memory_copy_text(text.text, text.n_bytes, err);
    if (!name)
        return -1;
    size_t n_bytes = json_scan_unescape(&text, name);
    name[n_bytes] = '\0';
    reading->names[reading->n_columns++] = name;
    if (strlen(name) != n_bytes)
        problem_report(reading->problems, ERROR_BAD_COLUMN_NAME, pointer,
                       "may not contain the character U+0000");
    return 0;
}

static int read_columns(struct reading *reading, struct error *err)
{
    struct json_scan scan = reading->columns;
    int more = enter_array(reading, &scan, "/data/columns", err);
    if (more <= 0)
        return more;
    while ((more = json_scan_next_element(&scan, err)) == 1)
        if (add_name(reading, &scan, err) < 0)
            return -1;
    return more;
}

/* What a cell may not be, told at its pointer. */
static void report_cell(struct reading *reading, size_t row, size_t column,
                        enum error_code code, const char *what)
{
    char pointer[PROBLEM_POINTER_BYTES];
    problem_pointer_at(pointer, "/data/rows", row);
    problem_report(reading->problems, code, problem_pointer_at(pointer, pointer, column),
                   "%s", what);
}

/* Unescaped strings of one row lie side by side in `texts`, whose capacity is that of all
 * data from the first one on, so that it never moves. */
static int read_string(struct reading *reading, struct json_scan *scan,
                       struct table_cell *cell, struct error *err)
{
    struct json_text text;
    if (json_scan_string(scan, &text, err) < 0)
        return -1;
    *cell = (struct table_cell){text.text, text.n_bytes, false, true};
    if (!text.has_escapes)
        return 0;
    size_t n_room = reading->texts.capacity ? text.n_bytes : scan->n_bytes;
    char *room = buffer_reserve(&reading->texts, n_room);
    if (!room)
        return buffer_check(&reading->texts, err);
    cell->n_bytes = json_scan_unescape(&text, room);
    cell->text = room;
    buffer_advance(&reading->texts, cell->n_bytes);
    return 0;
}

static int read_number(struct json_scan *scan, struct table_cell *cell, struct error *err)
{
    double value;
    json_scan_peek(scan); /* skips blanks */
    const char *start = scan->text + scan->at;
    if (json_scan_number(scan, &value, err) < 0)
        return -1;
    size_t n_bytes = (size_t)(scan->text + scan->at - start);
    *cell = (struct table_cell){start, n_bytes, false, false};
    return 0;
}

static int read_cell(struct reading *reading, struct json_scan *scan, size_t row,
                     size_t column, struct error *err)
{
    struct table_cell *cell = &reading->cells[column];
    switch (json_scan_peek(scan)) {
    case JSON_KIND_STRING:
        if (read_string(reading, scan, cell, err) < 0)
            return -1;
        if (memchr(cell->text, '\0', cell->n_bytes))
            report_cell(reading, row, column, ERROR_INVALID,
                        "may not contain the character U+0000");
        return 0;
    case JSON_KIND_NUMBER:
        return read_number(scan, cell, err);
    case JSON_KIND_NULL:
        *cell = (struct table_cell){"", 0, true, false};
        return json_scan_skip(scan, err);
    default:
        report_cell(reading, row, column, ERROR_INVALID_TYPE,
                    "must be a number, a string or null");
        return json_scan_skip(scan, err);
    }
}

static int read_row(struct reading *reading, struct json_scan *scan, size_t row,
                    struct error *err)
{
    char pointer[PROBLEM_POINTER_BYTES];
    size_t n_cells = 0;
    problem_pointer_at(pointer, "/data/rows", row);
    int more = enter_array(reading, scan, pointer, err);
    if (more <= 0)
        return more;
    buffer_clear(&reading->texts);
    for (; (more = json_scan_next_element(scan, err)) == 1; n_cells++)
        if ((n_cells < reading->n_columns ? read_cell(reading, scan, row, n_cells, err)
                                          : json_scan_skip(scan, err)) < 0)
            return -1;
    if (more < 0)
        return -1;
    if (n_cells != reading->n_columns)
        problem_report(reading->problems, ERROR_RAGGED_ROW, pointer,
                       "has %zu cells where there are %zu columns", n_cells,
                       reading->n_columns);
    return reading->problems->n > 0
               ? 0
               : table_writer_add(reading->writer, reading->cells, err);
}

static int read_rows(struct reading *reading, struct error *err)
{
    struct json_scan scan = reading->rows;
    size_t row = 0;
    int more = enter_array(reading, &scan, "/data/rows", err);
    if (more <= 0)
        return more;
    for (; (more = json_scan_next_element(&scan, err)) == 1; row++)
        if (read_row(reading, &scan, row, err) < 0)
            return -1;
    return more;
}

/* ---- the whole ---- */

/* What the table's writer finds wrong with the caller's data is a problem like others. */
static int tell(struct reading *reading, const char *pointer, const struct error *why,
                struct error *err)
{
    struct error placed = *why;
    unsigned long column;
    if (error_kind(why->code) != ERROR_KIND_INPUT)
        return error_copy(err, why);
    snprintf(placed.place, sizeof(placed.place), "%s", pointer);
    if (sscanf(why->place, "column %lu", &column) == 1 && column > 0)
        problem_pointer_at(placed.place, "/data/columns", column - 1);
    problem_add(reading->problems, &placed);
    return 0;
}

static void check_members(struct reading *reading)
{
    if (!reading->has_columns)
        problem_report(reading->problems, ERROR_MISSING_FIELD, "/data/columns",
                       "name the columns");
    if (!reading->has_rows)
        problem_report(reading->problems, ERROR_MISSING_FIELD, "/data/rows",
                       "give the rows");
}

static int start_writer(struct reading *reading, struct buffer *table, int scratch_fd,
                        struct error *err)
{
    struct error why = {0};
    reading->cells = memory_new(reading->n_columns, sizeof(*reading->cells), err);
    if (!reading->cells)
        return -1;
    reading->writer =
        table_writer_new((const char *const *)reading->names, reading->n_columns,
                         buffer_sink(table), scratch_fd, &why);
    return reading->writer ? 0 : tell(reading, "/data/columns", &why, err);
}

static int read_all(struct reading *reading, const struct job_data *split,
                    struct buffer *table, int scratch_fd, struct summary *summary,
                    struct error *err)
{
    struct error why = {0};
    if (find_members(reading, split, err) < 0)
        return -1;
    check_members(reading);
    if (!reading->has_columns || !reading->has_rows)
        return 0;
    if (read_columns(reading, err) < 0)
        return -1;
    if (reading->problems->n == 0 && start_writer(reading, table, scratch_fd, err) < 0)
        return -1;
    if (!reading->writer)
        return 0;
    if (read_rows(reading, err) < 0)
        return -1;
    if (reading->problems->n == 0 &&
        table_writer_finish(reading->writer, summary, &why) < 0)
        return tell(reading, "/data/rows", &why, err);
    return 0;
}

static void reading_free(struct reading *reading)
{
    for (size_t j = 0; j < reading->n_columns; j++)
        memory_free(reading->names[j]);
    memory_free(reading->names);
    memory_free(reading->cells);
    table_writer_free(reading->writer);
    buffer_free(&reading->texts);
}

int job_data_read(const struct job_data *split, struct store *store, struct buffer *table,
                  struct summary *summary, struct problem_list *problems,
                  struct error *err)
{
    struct problem_list found = {0};
    struct reading reading = {.problems = &found};
    int scratch_fd = store_scratch_file(store, err);
    if (scratch_fd < 0)
        return -1;
    int result = read_all(&reading, split, table, scratch_fd, summary, err);
    close(scratch_fd);
    reading_free(&reading);
    problem_list_move(problems, &found);
    return result;
}
