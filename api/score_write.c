#include "api/score_write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/predict_record.h"
#include "api/predict_table.h"
#include "core/text/csv.h"
#include "core/text/number.h"

/* ---- names ---- */

static bool is_name(const char *name, const char *output)
{
    size_t n = strlen(output);
    return strncmp(name, output, n) == 0 && (name[n] == '\0' || name[n] == '[');
}

struct clash {
    const char *name; /* of a copied column */
    bool is_found;
};

static void compare(void *context, const struct predict_outcome *outcome,
                    const struct predict_table_column *column)
{
    struct clash *clash = context;
    (void)outcome;
    clash->is_found = clash->is_found || is_name(clash->name, column->name);
}

static bool clashes(const struct score_write *writer, const char *name)
{
    struct clash clash = {name, false};
    predict_table_each(writer->outcome, compare, &clash);
    if (writer->tells_errors)
        clash.is_found = clash.is_found || is_name(name, "error");
    if (writer->format == SCORE_NDJSON)
        clash.is_found = clash.is_found || is_name(name, "tie");
    return clash.is_found;
}

void score_write_check(const struct score_write *writer, const char *const *names,
                       struct problem_list *problems)
{
    char pointer[PROBLEM_POINTER_BYTES];
    for (size_t i = 0; writer->format != SCORE_NPY && i < writer->columns->n; i++)
        if (clashes(writer, names[i]))
            problem_report(
                problems, ERROR_INVALID, problem_pointer_at(pointer, "/columns", i),
                "column %.100s has the name of an output that is asked for", names[i]);
}

/* ---- CSV ---- */

static void write_number(const struct score_write *writer, double value)
{
    char text[NUMBER_TEXT_BYTES];
    if (isfinite(value))
        buffer_append(writer->out, text, number_write(value, text));
}

/* A line, or the head, of a file. */
struct line {
    const struct score_write *writer;
    bool is_first;
    bool is_known; /* the outcome has taken the row */
};

/* Behind the first cell of a line. */
static void write_comma(struct line *line)
{
    if (!line->is_first)
        buffer_append_byte(line->writer->out, ',');
    line->is_first = false;
}

static void write_csv_name(void *context, const struct predict_outcome *outcome,
                           const struct predict_table_column *column)
{
    struct line *line = context;
    struct buffer *out = line->writer->out, cell = BUFFER_EMPTY;
    write_comma(line);
    predict_table_write_name(outcome, column, &cell);
    if (cell.failed)
        out->failed = true;
    else
        csv_write_cell(out, cell.bytes, cell.n_bytes);
    buffer_free(&cell);
}

static void write_csv_head(const struct score_write *writer)
{
    struct line line = {.writer = writer, .is_first = true};
    for (size_t i = 0; i < writer->columns->n; i++) {
        const char *name = score_columns_name(writer->columns, i);
        write_comma(&line);
        csv_write_cell(writer->out, name, strlen(name));
    }
    predict_table_each(writer->outcome, write_csv_name, &line);
    if (writer->tells_errors)
        buffer_append_string(writer->out, ",error");
    buffer_append_byte(writer->out, '\n');
}

static void write_csv_output(void *context, const struct predict_outcome *outcome,
                             const struct predict_table_column *column)
{
    struct line *line = context;
    write_comma(line);
    if (!line->is_known)
        return;
    if (column->number) {
        write_number(line->writer, column->number(outcome, column->class, column->part));
        return;
    }
    const char *text = column->text(outcome, column->part);
    csv_write_cell(line->writer->out, text, strlen(text));
}

static void write_csv_copy(const struct score_write *writer, size_t i, size_t row)
{
    size_t n_bytes;
    if (!score_columns_has_text(writer->columns, i)) {
        write_number(writer, score_columns_number(writer->columns, i, row));
        return;
    }
    const char *text = score_columns_text(writer->columns, i, row, &n_bytes);
    if (text)
        csv_write_cell(writer->out, text, n_bytes);
}

static void write_csv_row(const struct score_write *writer, size_t row,
                          enum error_code code)
{
    struct line line = {writer, true, code == ERROR_NONE};
    for (size_t i = 0; i < writer->columns->n; i++) {
        write_comma(&line);
        write_csv_copy(writer, i, row);
    }
    predict_table_each(writer->outcome, write_csv_output, &line);
    if (writer->tells_errors)
        buffer_printf(writer->out, ",%s", code == ERROR_NONE ? "" : error_word(code));
    buffer_append_byte(writer->out, '\n');
}

/* ---- NDJSON ---- */

static void write_json_copy(const struct score_write *writer, struct json_writer *json,
                            size_t i, size_t row)
{
    size_t n_bytes;
    json_write_key(json, score_columns_name(writer->columns, i));
    if (!score_columns_has_text(writer->columns, i)) {
        json_write_number(json, score_columns_number(writer->columns, i, row));
        return;
    }
    const char *text = score_columns_text(writer->columns, i, row, &n_bytes);
    if (text)
        json_write_text(json, text, n_bytes);
    else
        json_write_null(json);
}

static void write_json_row(const struct score_write *writer, size_t row,
                           enum error_code code, const char *detail, const char *column)
{
    struct json_writer json = json_write_start(writer->out);
    json_write_begin_object(&json);
    for (size_t i = 0; i < writer->columns->n; i++)
        write_json_copy(writer, &json, i, row);
    if (code == ERROR_NONE) {
        predict_record_write(&json, writer->outcome);
    } else {
        json_write_key(&json, "error");
        predict_record_write_error(&json, code, detail, column);
    }
    json_write_end_object(&json);
    buffer_append_byte(writer->out, '\n');
}

/* ---- .npy: the numbers as the machine has them, which is little-endian ---- */

#define NPY_HEAD_BYTES 128U

static void count_output(void *context, const struct predict_outcome *outcome,
                         const struct predict_table_column *column)
{
    size_t *n = context;
    (void)outcome;
    *n += column->number != NULL;
}

/* NEP 1: magic, version, the head's length, the head with blanks up to a multiple of 64.
 */
static void write_npy_head(const struct score_write *writer, uint64_t n_rows)
{
    char head[NPY_HEAD_BYTES];
    size_t n_columns = writer->columns->n;
    predict_table_each(writer->outcome, count_output, &n_columns);
    memset(head, ' ', sizeof(head));
    memcpy(head, "\x93NUMPY\x01\x00", 8);
    head[8] = (char)(NPY_HEAD_BYTES - 10);
    head[9] = 0;
    int n = snprintf(head + 10, sizeof(head) - 10,
                     "{'descr': '<f8', 'fortran_order': False, 'shape': (%llu, %zu), }",
                     (unsigned long long)n_rows, n_columns);
    head[10 + n] = ' ';
    head[NPY_HEAD_BYTES - 1] = '\n';
    buffer_append(writer->out, head, sizeof(head));
}

static void write_npy_number(const struct score_write *writer, double value)
{
    buffer_append(writer->out, &value, sizeof(value));
}

static void write_npy_output(void *context, const struct predict_outcome *outcome,
                             const struct predict_table_column *column)
{
    const struct line *line = context;
    if (column->number)
        write_npy_number(line->writer,
                         line->is_known
                             ? column->number(outcome, column->class, column->part)
                             : (double)NAN);
}

static void write_npy_row(const struct score_write *writer, size_t row, bool is_known)
{
    struct line line = {writer, false, is_known};
    for (size_t i = 0; i < writer->columns->n; i++)
        write_npy_number(writer, score_columns_number(writer->columns, i, row));
    predict_table_each(writer->outcome, write_npy_output, &line);
}

/* ---- the formats ---- */

void score_write_head(const struct score_write *writer, uint64_t n_rows)
{
    if (writer->format == SCORE_CSV)
        write_csv_head(writer);
    else if (writer->format == SCORE_NPY)
        write_npy_head(writer, n_rows);
}

void score_write_row(const struct score_write *writer, size_t row, enum error_code code,
                     const char *detail, const char *column)
{
    if (writer->format == SCORE_NDJSON)
        write_json_row(writer, row, code, detail, column);
    else if (writer->format == SCORE_CSV)
        write_csv_row(writer, row, code);
    else
        write_npy_row(writer, row, code == ERROR_NONE);
}
