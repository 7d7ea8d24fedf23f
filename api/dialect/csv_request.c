/*
 * Two passes over the text: the first finds the header and counts rows and cells, the
 * second reads them.
 */
#include "api/dialect/csv_request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/predict_columns.h"
#include "api/predict_detail.h"
#include "core/base/memory.h"
#include "core/text/csv.h"
#include "core/text/number.h"

struct reading {
    struct predict_columns columns;
    struct problem_list *problems;
    size_t n_cells;        /* of a line */
    size_t *input_of_cell; /* [n_cells] SIZE_MAX: passed over; NULL without a header */
    uint64_t first;        /* line that is a row */
    size_t n_rows;
};

static const struct encoding *encoding_of(const struct reading *reading)
{
    return reading->columns.encoding;
}

static void point(const void *context, size_t input, size_t row,
                  char place[PROBLEM_POINTER_BYTES])
{
    const struct reading *reading = context;
    const char *name =
        input == SIZE_MAX ? NULL : encoding_of(reading)->inputs[input].name;
    if (row == SIZE_MAX)
        snprintf(place, PROBLEM_POINTER_BYTES, "column %.80s", name ? name : "");
    else
        snprintf(place, PROBLEM_POINTER_BYTES, "row %zu%s%.80s", row + 1,
                 name ? ", column " : "", name ? name : "");
}

/* ---- the header ---- */

static size_t find_input(const struct reading *reading, const struct csv_cell *cell)
{
    return encoding_find_input(encoding_of(reading), cell->text, cell->n_bytes);
}

static bool is_header(const struct reading *reading, const struct csv_cell *cells,
                      size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (find_input(reading, &cells[i]) != SIZE_MAX)
            return true;
    return false;
}

static void refuse_name(struct reading *reading, enum error_code code, size_t at)
{
    char place[PROBLEM_POINTER_BYTES];
    snprintf(place, sizeof(place), "column %zu", at + 1);
    problem_report(reading->problems, code, place, "%s",
                   code == ERROR_UNKNOWN_COLUMN ? predict_detail(code, SIZE_MAX)
                                                : "the header names an input twice");
}

static int take_name(struct reading *reading, const struct csv_cell *cell, size_t at,
                     struct error *err)
{
    size_t input = cell->n_bytes > 0 ? find_input(reading, cell) : SIZE_MAX;
    reading->input_of_cell[at] = input;
    if (input == SIZE_MAX) {
        if (cell->n_bytes > 0)
            refuse_name(reading, ERROR_UNKNOWN_COLUMN, at);
        return 0;
    }
    int is_new = predict_columns_give(&reading->columns, input, err);
    if (is_new == 0)
        refuse_name(reading, ERROR_DUPLICATE_COLUMN, at);
    return is_new < 0 ? -1 : 0;
}

static int take_header(struct reading *reading, const struct csv_cell *cells, size_t n,
                       struct error *err)
{
    reading->input_of_cell = memory_new(n, sizeof(*reading->input_of_cell), err);
    if (!reading->input_of_cell)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (take_name(reading, &cells[i], i, err) < 0)
            return -1;
    reading->n_cells = n;
    reading->first = 2;
    return 0;
}

/* ---- the first pass ---- */

static int count_row(void *context, uint64_t line, const struct csv_cell *cells, size_t n,
                     struct error *err)
{
    struct reading *reading = context;
    char place[PROBLEM_POINTER_BYTES];
    if (line == 1 && is_header(reading, cells, n))
        return take_header(reading, cells, n, err);
    if (n != reading->n_cells)
        problem_report(reading->problems, ERROR_WRONG_WIDTH,
                       (point(reading, SIZE_MAX, reading->n_rows, place), place),
                       "the row has %zu cells where %zu are needed", n, reading->n_cells);
    reading->n_rows++;
    return 0;
}

/* ---- the second pass ---- */

static bool is_missing(const struct csv_cell *cell)
{
    static const char *const words[] = {"", "NA", "NaN", "?"};
    for (size_t i = 0; i < 4 && !cell->quoted; i++)
        if (strlen(words[i]) == cell->n_bytes &&
            memcmp(words[i], cell->text, cell->n_bytes) == 0)
            return true;
    return false;
}

/* A category may be written as another number than that of its level's text: 3.0. */
static bool is_number(const struct input *input, const struct csv_cell *cell,
                      double *value)
{
    bool is_level = input->type == COLUMN_CATEGORICAL &&
                    input_find_level(input, cell->text, cell->n_bytes) != SIZE_MAX;
    return !is_level && number_parse(cell->text, cell->n_bytes, value);
}

static int read_cell(struct reading *reading, const struct csv_cell *cell, size_t input,
                     size_t row, struct error *err)
{
    struct predict_columns *columns = &reading->columns;
    double value;
    if (is_missing(cell))
        return predict_columns_missing(columns, input, row, err);
    if (is_number(&encoding_of(reading)->inputs[input], cell, &value))
        return predict_columns_number(columns, input, row, value, err);
    return predict_columns_text(columns, input, row, cell->text, cell->n_bytes, err);
}

static int read_row(void *context, uint64_t line, const struct csv_cell *cells, size_t n,
                    struct error *err)
{
    struct reading *reading = context;
    if (line < reading->first)
        return 0;
    for (size_t i = 0; i < n; i++) {
        size_t input = reading->input_of_cell ? reading->input_of_cell[i] : i;
        if (input != SIZE_MAX && read_cell(reading, &cells[i], input,
                                           (size_t)(line - reading->first), err) < 0)
            return -1;
    }
    return 0;
}

/* ---- both ---- */

static int scan(struct reading *reading, const struct request *request,
                csv_row_fn *on_row, struct error *err)
{
    const struct csv_options options = {.delimiter = ',', .quote = '"'};
    struct csv_scanner *scanner = csv_new(&options, on_row, reading, err);
    if (!scanner)
        return -1;
    int result = csv_push(scanner, request->body, request->body_bytes, err);
    if (result == 0)
        result = csv_finish(scanner, err);
    csv_free(scanner);
    return result;
}

static int read_all(struct reading *reading, struct scoring *scoring, struct error *err)
{
    const struct request *request = &scoring->exchange->request;
    if (scan(reading, request, count_row, err) < 0)
        return -1;
    if (!reading->input_of_cell)
        predict_columns_give_all(&reading->columns);
    if (reading->problems->n > 0)
        return 0;
    if (predict_columns_begin(&reading->columns, reading->n_rows, scoring->serving.budget,
                              "", err) < 0 ||
        scan(reading, request, read_row, err) < 0)
        return -1;
    return predict_columns_finish(&reading->columns, err);
}

int csv_request_read(struct scoring *scoring, bool *has_header, struct error *err)
{
    const struct model *model = scoring->serving.found.model;
    struct reading reading = {
        .problems = &scoring->problems, .n_cells = model->encoding->n_inputs, .first = 1};
    predict_columns_start(&reading.columns, model, &scoring->body, &scoring->problems,
                          point, &reading);
    int result = read_all(&reading, scoring, err);
    *has_header = reading.input_of_cell != NULL;
    memory_free(reading.input_of_cell);
    predict_columns_free(&reading.columns);
    return result;
}
