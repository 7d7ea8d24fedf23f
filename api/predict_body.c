#include "api/predict_body.h"

#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"

/*
 * Two passes over the text: the first checks it and notes where each member lies, so that
 * members may come in any order; the second reads the rows.
 */

#define POINTER_BYTES 128

struct reading {
    const struct model *model;
    size_t n_inputs;
    struct predict_body *parsed;
    struct problem_list *problems;
    struct error *err; /* of syntax and memory */
    struct predict_members members;
    size_t *input_of_cell;    /* which input a cell of a row is for; NULL: in order */
    size_t n_cells;           /* that a row must have */
    bool *seen;               /* [n_inputs] of one instance or of `columns` */
    struct buffer text;       /* a string without its escapes */
    enum error_code row_code; /* of the row being read; ERROR_NONE so far */
    size_t row_input;
};

const char *predict_body_detail(enum error_code code)
{
    switch (code) {
    case ERROR_MISSING_VALUE:
        return "the value is missing and the model does not know what to do without it";
    case ERROR_NOT_A_NUMBER:
        return "a number is needed here";
    case ERROR_OUT_OF_RANGE:
        return "the number is beyond the range of a double";
    case ERROR_UNKNOWN_LEVEL:
        return "the level was not seen in training; schema.inputs lists the levels";
    case ERROR_INVALID_TYPE:
        return "a string or a number is needed here";
    case ERROR_WRONG_WIDTH:
        return "the row does not have one cell for each input";
    case ERROR_UNKNOWN_COLUMN:
        return "the model has no such input; schema.inputs lists them";
    case ERROR_DUPLICATE_KEY:
        return "the input is given twice";
    default:
        return error_title(code);
    }
}

/* ---- rows that go wrong ---- */

/* A problem at a pointer; under on_error_row it marks the row instead (the first one
 * counts). */
static void bad_cell(struct reading *reading, enum error_code code, size_t input,
                     const char *pointer)
{
    if (reading->row_code == ERROR_NONE) {
        reading->row_code = code;
        reading->row_input = input;
    }
    if (reading->parsed->options.on_error_row)
        return;
    if (input < reading->n_inputs)
        problem_report(reading->problems, code, pointer, "%s (input %s)",
                       predict_body_detail(code),
                       reading->model->encoding->inputs[input].name);
    else
        problem_report(reading->problems, code, pointer, "%s", predict_body_detail(code));
}

static int grow_bad(struct predict_body *parsed, struct error *err)
{
    if (parsed->n_bad < parsed->bad_capacity)
        return 0;
    size_t larger = parsed->bad_capacity ? parsed->bad_capacity * 2 : 16;
    struct predict_bad_row *moved =
        memory_resize(parsed->bad, larger, sizeof(*parsed->bad), err);
    if (!moved)
        return -1;
    parsed->bad = moved;
    parsed->bad_capacity = larger;
    return 0;
}

static int grow_cells(struct predict_body *parsed, size_t n_inputs, struct error *err)
{
    if (parsed->n_good < parsed->cells_capacity)
        return 0;
    size_t larger = parsed->cells_capacity ? parsed->cells_capacity * 2 : 1, n_cells;
    if (!memory_product(larger, n_inputs, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    double *moved = memory_resize(parsed->cells, n_cells, sizeof(*parsed->cells), err);
    if (!moved)
        return -1;
    parsed->cells = moved;
    parsed->cells_capacity = larger;
    return 0;
}

/* A place for the next row's cells. A bad row's place is used again, so that memory
 * follows the rows that can be scored, not the length of a list of empty ones. */
static double *row_begin(struct reading *reading)
{
    struct predict_body *parsed = reading->parsed;
    reading->row_code = ERROR_NONE;
    if (grow_cells(parsed, reading->n_inputs, reading->err) < 0)
        return NULL;
    return parsed->cells + parsed->n_good * reading->n_inputs;
}

static int row_end(struct reading *reading)
{
    struct predict_body *parsed = reading->parsed;
    size_t row = parsed->n_rows++;
    if (reading->row_code == ERROR_NONE) {
        parsed->n_good++;
        return 0;
    }
    if (!parsed->options.on_error_row)
        return 0;
    if (grow_bad(parsed, reading->err) < 0)
        return -1;
    parsed->bad[parsed->n_bad++] =
        (struct predict_bad_row){row, reading->row_code, reading->row_input};
    return 0;
}

/* ---- cells ---- */

/* The string without its escapes, in reading->text or in the body itself. */
static const char *plain_text(struct reading *reading, const struct json_text *text,
                              size_t *n)
{
    if (!text->has_escapes) {
        *n = text->n_bytes;
        return text->text;
    }
    buffer_clear(&reading->text);
    char *out = buffer_reserve(&reading->text, text->n_bytes);
    if (!out) {
        error_no_memory(reading->err, text->n_bytes);
        return NULL;
    }
    *n = json_scan_unescape(text, out);
    return out;
}

/* A number cell. A categorical input takes it as the data wrote it. */
static int number_cell(struct reading *reading, struct json_scan *scan, size_t input,
                       double *cell, const char *pointer)
{
    double value;
    if (json_scan_number(scan, &value, reading->err) < 0)
        return -1;
    *cell = value;
    if (reading->model->encoding->inputs[input].type == COLUMN_NUMERIC)
        return 0;
    size_t level = encoding_find_level_number(reading->model->encoding, input, value);
    if (level == SIZE_MAX)
        bad_cell(reading, ERROR_UNKNOWN_LEVEL, input, pointer);
    else
        *cell = (double)level;
    return 0;
}

static int string_cell(struct reading *reading, struct json_scan *scan, size_t input,
                       double *cell, const char *pointer)
{
    struct json_text text;
    if (json_scan_string(scan, &text, reading->err) < 0)
        return -1;
    if (reading->model->encoding->inputs[input].type == COLUMN_NUMERIC) {
        bad_cell(reading, ERROR_NOT_A_NUMBER, input, pointer);
        return 0;
    }
    size_t n;
    const char *plain = plain_text(reading, &text, &n);
    if (!plain)
        return -1;
    size_t level = encoding_find_level(reading->model->encoding, input, plain, n);
    if (level == SIZE_MAX)
        bad_cell(reading, ERROR_UNKNOWN_LEVEL, input, pointer);
    else
        *cell = (double)level;
    return 0;
}

static int read_cell(struct reading *reading, struct json_scan *scan, size_t input,
                     double *cell, const char *pointer)
{
    switch (json_scan_peek(scan)) {
    case JSON_KIND_NUMBER:
        return number_cell(reading, scan, input, cell, pointer);
    case JSON_KIND_STRING:
        return string_cell(reading, scan, input, cell, pointer);
    case JSON_KIND_NULL:
        bad_cell(reading, ERROR_MISSING_VALUE, input, pointer);
        return json_scan_skip(scan, reading->err);
    default:
        bad_cell(reading,
                 reading->model->encoding->inputs[input].type == COLUMN_NUMERIC
                     ? ERROR_NOT_A_NUMBER
                     : ERROR_INVALID_TYPE,
                 input, pointer);
        return json_scan_skip(scan, reading->err);
    }
}

/* ---- rows ---- */

static void cell_pointer(char pointer[POINTER_BYTES], size_t row, size_t cell)
{
    snprintf(pointer, POINTER_BYTES, "/rows/%zu/%zu", row, cell);
}

/* The pointer is written only for a cell that needs it: reading numbers must not print
 * them. */
static int read_row_cell(struct reading *reading, struct json_scan *scan, double *cells,
                         size_t at)
{
    size_t input = reading->input_of_cell ? reading->input_of_cell[at] : at;
    char pointer[POINTER_BYTES] = "";
    if (json_scan_peek(scan) != JSON_KIND_NUMBER ||
        reading->model->encoding->inputs[input].type != COLUMN_NUMERIC)
        cell_pointer(pointer, reading->parsed->n_rows, at);
    return read_cell(reading, scan, input, &cells[input], pointer);
}

static int read_row(struct reading *reading, struct json_scan *scan)
{
    double *cells = row_begin(reading);
    char pointer[POINTER_BYTES];
    if (!cells)
        return -1;
    if (json_scan_peek(scan) != JSON_KIND_ARRAY) {
        snprintf(pointer, sizeof(pointer), "/rows/%zu", reading->parsed->n_rows);
        bad_cell(reading, ERROR_WRONG_WIDTH, SIZE_MAX, pointer);
        if (json_scan_skip(scan, reading->err) < 0)
            return -1;
        return row_end(reading);
    }
    size_t n = 0;
    int more;
    if (json_scan_enter_array(scan, reading->err) < 0)
        return -1;
    while ((more = json_scan_next_element(scan, reading->err)) == 1) {
        if (n < reading->n_cells) {
            if (read_row_cell(reading, scan, cells, n) < 0)
                return -1;
        } else if (json_scan_skip(scan, reading->err) < 0) {
            return -1;
        }
        n++;
    }
    if (more < 0)
        return -1;
    if (n != reading->n_cells) {
        snprintf(pointer, sizeof(pointer), "/rows/%zu", reading->parsed->n_rows);
        if (!reading->parsed->options.on_error_row)
            problem_report(reading->problems, ERROR_WRONG_WIDTH, pointer,
                           "the row has %zu cells where %zu are needed", n,
                           reading->n_cells);
        reading->row_code = ERROR_WRONG_WIDTH;
        reading->row_input = SIZE_MAX;
    }
    return row_end(reading);
}

/* ---- instances ---- */

/* "/instances/3/name", the name escaped as RFC 6901 says and cut where it is too long. */
static void instance_pointer(char pointer[POINTER_BYTES], size_t row, const char *name,
                             size_t n)
{
    size_t at = (size_t)snprintf(pointer, POINTER_BYTES, "/instances/%zu/", row);
    for (size_t i = 0; i < n && at + 3 < POINTER_BYTES; i++) {
        if (name[i] == '~' || name[i] == '/') {
            pointer[at++] = '~';
            pointer[at++] = name[i] == '~' ? '0' : '1';
        } else {
            pointer[at++] = name[i];
        }
    }
    pointer[at] = '\0';
}

static int read_instance_member(struct reading *reading, struct json_scan *scan,
                                const struct json_text *key, double *cells)
{
    size_t n;
    const char *name = plain_text(reading, key, &n);
    if (!name)
        return -1;
    char pointer[POINTER_BYTES];
    size_t input = encoding_find_input(reading->model->encoding, name, n);
    instance_pointer(pointer, reading->parsed->n_rows, name, n);
    if (input == SIZE_MAX) {
        bad_cell(reading, ERROR_UNKNOWN_COLUMN, SIZE_MAX, pointer);
        return json_scan_skip(scan, reading->err);
    }
    if (reading->seen[input])
        return error_set(reading->err, ERROR_DUPLICATE_KEY,
                         "%s: the same name stands twice in one object", pointer);
    reading->seen[input] = true;
    return read_cell(reading, scan, input, &cells[input], pointer);
}

static void missing_inputs(struct reading *reading)
{
    for (size_t i = 0; i < reading->n_inputs; i++)
        if (!reading->seen[i]) {
            const char *name = reading->model->encoding->inputs[i].name;
            char pointer[POINTER_BYTES];
            instance_pointer(pointer, reading->parsed->n_rows, name, strlen(name));
            bad_cell(reading, ERROR_MISSING_VALUE, i, pointer);
        }
}

static int read_instance(struct reading *reading, struct json_scan *scan)
{
    double *cells = row_begin(reading);
    if (!cells)
        return -1;
    if (json_scan_peek(scan) != JSON_KIND_OBJECT) {
        char pointer[POINTER_BYTES];
        snprintf(pointer, sizeof(pointer), "/instances/%zu", reading->parsed->n_rows);
        bad_cell(reading, ERROR_INVALID_TYPE, SIZE_MAX, pointer);
        if (json_scan_skip(scan, reading->err) < 0)
            return -1;
        return row_end(reading);
    }
    memset(reading->seen, 0, reading->n_inputs * sizeof(*reading->seen));
    struct json_text key;
    int more;
    if (json_scan_enter_object(scan, reading->err) < 0)
        return -1;
    while ((more = json_scan_next_key(scan, &key, reading->err)) == 1)
        if (read_instance_member(reading, scan, &key, cells) < 0)
            return -1;
    if (more < 0)
        return -1;
    missing_inputs(reading);
    return row_end(reading);
}

static int read_list(struct reading *reading, enum predict_member member,
                     const char *pointer,
                     int (*read)(struct reading *, struct json_scan *))
{
    struct json_scan scan = reading->members.at[member];
    int more;
    if (json_scan_peek(&scan) != JSON_KIND_ARRAY) {
        problem_report(reading->problems, ERROR_INVALID_TYPE, pointer,
                       "an array is needed");
        return -1;
    }
    if (json_scan_enter_array(&scan, reading->err) < 0)
        return -1;
    while ((more = json_scan_next_element(&scan, reading->err)) == 1)
        if (read(reading, &scan) < 0)
            return -1;
    return more;
}

/* ---- columns ---- */

static int read_column_name(struct reading *reading, struct json_scan *scan, size_t at)
{
    char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof(pointer), "/columns/%zu", at);
    struct json_text text;
    if (json_scan_peek(scan) != JSON_KIND_STRING) {
        problem_report(reading->problems, ERROR_INVALID_TYPE, pointer,
                       "a column's name is needed");
        return json_scan_skip(scan, reading->err);
    }
    size_t n;
    const char *name = NULL;
    if (json_scan_string(scan, &text, reading->err) == 0)
        name = plain_text(reading, &text, &n);
    if (!name)
        return -1;
    size_t input = encoding_find_input(reading->model->encoding, name, n);
    if (input == SIZE_MAX)
        problem_report(reading->problems, ERROR_UNKNOWN_COLUMN, pointer, "%s",
                       predict_body_detail(ERROR_UNKNOWN_COLUMN));
    else if (reading->seen[input])
        problem_report(reading->problems, ERROR_DUPLICATE_COLUMN, pointer,
                       "column %s is named twice",
                       reading->model->encoding->inputs[input].name);
    else
        reading->seen[input] = true;
    if (at < reading->n_inputs)
        reading->input_of_cell[at] = input;
    return 0;
}

static int read_columns(struct reading *reading)
{
    struct json_scan scan = reading->members.at[PREDICT_MEMBER_COLUMNS];
    if (json_scan_peek(&scan) != JSON_KIND_ARRAY) {
        problem_report(reading->problems, ERROR_INVALID_TYPE, "/columns",
                       "an array of names is needed");
        return -1;
    }
    reading->input_of_cell =
        memory_new(reading->n_inputs, sizeof(*reading->input_of_cell), reading->err);
    if (!reading->input_of_cell || json_scan_enter_array(&scan, reading->err) < 0)
        return -1;
    size_t n = 0;
    int more;
    while ((more = json_scan_next_element(&scan, reading->err)) == 1)
        if (read_column_name(reading, &scan, n++) < 0)
            return -1;
    if (more < 0)
        return -1;
    for (size_t i = 0; i < reading->n_inputs; i++)
        if (!reading->seen[i])
            problem_report(reading->problems, ERROR_MISSING_FIELD, "/columns",
                           "input %s is missing",
                           reading->model->encoding->inputs[i].name);
    return reading->problems->n > 0 ? -1 : 0;
}

/* ---- the whole ---- */

static void check_members(struct reading *reading)
{
    const bool *has = reading->members.has;
    if (has[PREDICT_MEMBER_ROWS] == has[PREDICT_MEMBER_INSTANCES])
        problem_report(reading->problems, ERROR_MISSING_FIELD, "",
                       "one of \"rows\" and \"instances\" is needed");
    else if (has[PREDICT_MEMBER_INSTANCES] && has[PREDICT_MEMBER_COLUMNS])
        problem_report(reading->problems, ERROR_INVALID, "/columns",
                       "columns go with rows");
}

static int read_rows(struct reading *reading)
{
    int result =
        reading->members.has[PREDICT_MEMBER_ROWS]
            ? read_list(reading, PREDICT_MEMBER_ROWS, "/rows", read_row)
            : read_list(reading, PREDICT_MEMBER_INSTANCES, "/instances", read_instance);
    if (result == 0 && reading->parsed->n_rows == 0)
        problem_report(reading->problems, ERROR_NO_ROWS, "",
                       "at least one row is needed");
    return result;
}

static int read_all(struct reading *reading, const char *body, size_t n_bytes)
{
    struct predict_members *members = &reading->members;
    if (predict_options_find(body, n_bytes, members, reading->problems, reading->err) < 0)
        return -1;
    check_members(reading);
    if (predict_options_read(reading->model, members, &reading->parsed->options,
                             reading->problems, reading->err) < 0 ||
        reading->problems->n > 0)
        return -1;
    reading->seen = memory_new(reading->n_inputs, sizeof(*reading->seen), reading->err);
    if (!reading->seen)
        return -1;
    if (members->has[PREDICT_MEMBER_COLUMNS] && read_columns(reading) < 0)
        return -1;
    return read_rows(reading);
}

int predict_body_read(const struct model *model, const char *body, size_t n_bytes,
                      struct predict_body *parsed, struct problem_list *problems,
                      struct error *err)
{
    struct reading reading = {
        .model = model,
        .n_inputs = model->encoding->n_inputs,
        .n_cells = model->encoding->n_inputs,
        .parsed = parsed,
        .problems = problems,
        .err = err,
    };
    int result = read_all(&reading, body, n_bytes);
    memory_free(reading.input_of_cell);
    memory_free(reading.seen);
    buffer_free(&reading.text);
    if (result < 0 || problems->n > 0) {
        predict_body_free(parsed);
        return -1;
    }
    return 0;
}

void predict_body_free(struct predict_body *parsed)
{
    memory_free(parsed->cells);
    memory_free(parsed->bad);
    *parsed = (struct predict_body){0};
}
