#include "api/predict_cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/predict_detail.h"

static bool is_numeric(const struct predict_rows *rows, size_t input)
{
    return rows->encoding->inputs[input].type == COLUMN_NUMERIC;
}

/* ---- what is wrong with a row ---- */

bool predict_cells_mark(struct predict_rows *rows, enum error_code code, size_t input)
{
    if (rows->code == ERROR_NONE) {
        rows->code = code;
        rows->input = input;
    }
    if (rows->parsed->options.on_error_row)
        return false;
    if (rows->problems->n < PROBLEM_MAX)
        return true;
    rows->problems->n++;
    return false;
}

void predict_cells_point(const struct predict_rows *rows, const struct predict_spot *spot,
                         char pointer[PROBLEM_POINTER_BYTES])
{
    size_t row = rows->parsed->n_rows;
    if (rows->point) {
        rows->point(rows->point_context, spot->cell, row, pointer);
        return;
    }
    if (!spot->list) {
        snprintf(pointer, PROBLEM_POINTER_BYTES, "row %zu, column %.60s", row + 1,
                 spot->name);
        return;
    }
    if (rows->reads_shared)
        snprintf(pointer, PROBLEM_POINTER_BYTES, "%s", rows->reads_shared);
    else
        problem_pointer_at(pointer, rows->list ? rows->list : spot->list, row);
    if (rows->within)
        problem_pointer(pointer, pointer, rows->within);
    if (spot->name)
        problem_pointer(pointer, pointer, spot->name);
    else if (spot->cell != SIZE_MAX)
        problem_pointer_at(pointer, pointer, spot->cell);
}

void predict_cells_refuse(struct predict_rows *rows, enum error_code code, size_t input,
                          const struct predict_spot *spot)
{
    char pointer[PROBLEM_POINTER_BYTES];
    if (!predict_cells_mark(rows, code, input))
        return;
    predict_cells_point(rows, spot, pointer);
    if (input == SIZE_MAX)
        problem_report(rows->problems, code, pointer, "%s", predict_detail(code, input));
    else
        problem_report(rows->problems, code, pointer, "%s (input %s)",
                       predict_detail(code, input), rows->encoding->inputs[input].name);
}

/* An expression of the model's formula has no value. */
static void refuse_values(struct predict_rows *rows, size_t unusable, const char *list)
{
    struct buffer name = BUFFER_EMPTY;
    char pointer[PROBLEM_POINTER_BYTES];
    if (!predict_cells_mark(rows, ERROR_NON_FINITE, unusable))
        return;
    encoding_write_unusable(rows->encoding, unusable, &name);
    const char *text = name.bytes ? name.bytes : "";
    predict_cells_point(rows, &(struct predict_spot){list, list ? NULL : text, SIZE_MAX},
                        pointer);
    problem_report(rows->problems, ERROR_NON_FINITE, pointer, "%s (%.200s)",
                   predict_detail(ERROR_NON_FINITE, unusable), text);
    buffer_free(&name);
}

void predict_cells_check_values(struct predict_rows *rows, const double *cells,
                                const char *list)
{
    const struct encoding *encoding = rows->encoding;
    if (rows->code != ERROR_NONE)
        return;
    size_t unusable = encoding_find_unusable(encoding, cells);
    if (unusable != SIZE_MAX)
        refuse_values(rows, unusable, list);
}

void predict_cells_take_offset(struct predict_rows *rows)
{
    char pointer[PROBLEM_POINTER_BYTES];
    struct predict_body *parsed = rows->parsed;
    size_t row = parsed->n_rows;
    if (row >= parsed->n_offset) /* how many there are is told behind the last row */
        return;
    if (isnan(parsed->offset[row]) &&
        predict_cells_mark(rows, ERROR_NOT_A_NUMBER, SIZE_MAX))
        problem_report(rows->problems, ERROR_NOT_A_NUMBER,
                       problem_pointer_at(pointer, "/offset", row), "%s",
                       predict_detail(ERROR_NOT_A_NUMBER, SIZE_MAX));
    parsed->offset[parsed->n_good] = parsed->offset[row];
}

/* ---- cells ---- */

void predict_cells_missing(struct predict_rows *rows, size_t input, double *cell,
                           const struct predict_spot *spot)
{
    *cell = (double)NAN;
    if (!input_accepts(&rows->encoding->inputs[input], *cell))
        predict_cells_refuse(rows, ERROR_MISSING_VALUE, input, spot);
}

/* SIZE_MAX: one that training did not see. */
static void take_level(struct predict_rows *rows, size_t input, size_t level,
                       double *cell, const struct predict_spot *spot)
{
    *cell = level == SIZE_MAX ? INPUT_UNKNOWN_LEVEL : (double)level;
    if (!input_accepts(&rows->encoding->inputs[input], *cell))
        predict_cells_refuse(rows, ERROR_UNKNOWN_LEVEL, input, spot);
}

void predict_cells_number(struct predict_rows *rows, size_t input, double value,
                          double *cell, const struct predict_spot *spot)
{
    *cell = value;
    if (!is_numeric(rows, input))
        take_level(rows, input,
                   input_find_level_number(&rows->encoding->inputs[input], value), cell,
                   spot);
}

void predict_cells_text(struct predict_rows *rows, size_t input, const char *text,
                        size_t n, double *cell, const struct predict_spot *spot)
{
    if (is_numeric(rows, input))
        predict_cells_refuse(rows, ERROR_NOT_A_NUMBER, input, spot);
    else
        take_level(rows, input, input_find_level(&rows->encoding->inputs[input], text, n),
                   cell, spot);
}

static int read_number(struct predict_rows *rows, struct json_scan *scan, size_t input,
                       double *cell, const struct predict_spot *spot, struct error *err)
{
    double value;
    if (json_scan_number(scan, &value, err) < 0)
        return -1;
    predict_cells_number(rows, input, value, cell, spot);
    return 0;
}

static int read_string(struct predict_rows *rows, struct json_scan *scan, size_t input,
                       double *cell, const struct predict_spot *spot, struct error *err)
{
    struct json_text text;
    size_t n;
    if (json_scan_string(scan, &text, err) < 0)
        return -1;
    const char *plain = predict_rows_plain(rows, &text, &n, err);
    if (!plain)
        return -1;
    predict_cells_text(rows, input, plain, n, cell, spot);
    return 0;
}

/* Of a categorical input: the level of the text "true" or "false". */
static int read_bool(struct predict_rows *rows, struct json_scan *scan, size_t input,
                     double *cell, const struct predict_spot *spot, struct error *err)
{
    enum json_kind which;
    if (json_scan_literal(scan, &which, err) < 0)
        return -1;
    const char *text = which == JSON_KIND_TRUE ? "true" : "false";
    predict_cells_text(rows, input, text, strlen(text), cell, spot);
    return 0;
}

/* Neither a string, a number nor a word. */
static int refuse_value(struct predict_rows *rows, struct json_scan *scan, size_t input,
                        const struct predict_spot *spot, struct error *err)
{
    predict_cells_refuse(
        rows, is_numeric(rows, input) ? ERROR_NOT_A_NUMBER : ERROR_INVALID_TYPE, input,
        spot);
    return json_scan_skip(scan, err);
}

static int read_plain(struct predict_rows *rows, struct json_scan *scan, size_t input,
                      double *cell, const struct predict_spot *spot, struct error *err)
{
    switch (json_scan_peek(scan)) {
    case JSON_KIND_NUMBER:
        return read_number(rows, scan, input, cell, spot, err);
    case JSON_KIND_STRING:
        return read_string(rows, scan, input, cell, spot, err);
    case JSON_KIND_TRUE:
    case JSON_KIND_FALSE:
        return read_bool(rows, scan, input, cell, spot, err);
    case JSON_KIND_NULL:
        predict_cells_missing(rows, input, cell, spot);
        return json_scan_skip(scan, err);
    default:
        return refuse_value(rows, scan, input, spot, err);
    }
}

/* A cell that is alone in an array. */
static int read_in_array(struct predict_rows *rows, struct json_scan *scan, size_t input,
                         double *cell, const struct predict_spot *spot, struct error *err)
{
    struct json_scan whole = *scan;
    int more;
    if (json_scan_enter_array(scan, err) < 0 ||
        (more = json_scan_next_element(scan, err)) < 0)
        return -1;
    if (more == 1) {
        if (read_plain(rows, scan, input, cell, spot, err) < 0 ||
            (more = json_scan_next_element(scan, err)) < 0)
            return -1;
        if (more == 0)
            return 0;
    }
    *scan = whole;
    return refuse_value(rows, scan, input, spot, err);
}

int predict_cells_read(struct predict_rows *rows, struct json_scan *scan, size_t input,
                       double *cell, const struct predict_spot *spot, struct error *err)
{
    if (rows->takes_arrays && json_scan_peek(scan) == JSON_KIND_ARRAY)
        return read_in_array(rows, scan, input, cell, spot, err);
    return read_plain(rows, scan, input, cell, spot, err);
}
