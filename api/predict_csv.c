#include "api/predict_csv.h"

#include <stdio.h>
#include <string.h>

#include "api/predict_cells.h"
#include "api/predict_detail.h"
#include "api/predict_kept.h"
#include "core/base/memory.h"
#include "core/text/csv.h"
#include "core/text/number.h"

struct reading {
    struct predict_rows rows;
    const struct encoding *encoding;
    struct problem_list *problems;
    uint64_t row;   /* being read, from 1: the header's */
    bool takes_any; /* predict_csv_read_any */
    bool has_header;
    size_t n_columns; /* of the header; 0 before it */
    bool is_usable;   /* each column is an input */
    size_t *input_of; /* [n_columns] SIZE_MAX: passed over */
    size_t n_absent;  /* sparse inputs without a column, where cells are kept whole */
    size_t *absent;   /* [n_absent] */
};

/* ---- places ---- */

static void point(const void *context, size_t input, size_t row, char *pointer)
{
    const struct reading *reading = context;
    (void)row;
    if (input == SIZE_MAX)
        snprintf(pointer, PROBLEM_POINTER_BYTES, "row %llu",
                 (unsigned long long)reading->row);
    else
        snprintf(pointer, PROBLEM_POINTER_BYTES, "row %llu, column %.80s",
                 (unsigned long long)reading->row, reading->encoding->inputs[input].name);
}

static struct predict_spot spot_of(size_t input)
{
    return (struct predict_spot){"", NULL, input};
}

/* ---- the header ---- */

static void read_name(struct reading *reading, const struct csv_cell *cell, size_t column)
{
    char place[PROBLEM_POINTER_BYTES];
    size_t input = encoding_find_input(reading->encoding, cell->text, cell->n_bytes);
    reading->input_of[column] = input;
    snprintf(place, sizeof(place), "row %llu, column %.*s",
             (unsigned long long)reading->row,
             cell->n_bytes < 80 ? (int)cell->n_bytes : 80, cell->text);
    if (input == SIZE_MAX && reading->takes_any && cell->n_bytes == 0)
        return;
    if (input == SIZE_MAX) {
        reading->is_usable = false;
        problem_report(reading->problems, ERROR_UNKNOWN_COLUMN, place, "%s",
                       predict_detail(ERROR_UNKNOWN_COLUMN, SIZE_MAX));
        return;
    }
    if (reading->rows.seen[input]) {
        reading->is_usable = false;
        problem_report(reading->problems, ERROR_DUPLICATE_COLUMN, place,
                       "the header has the input %.100s twice",
                       reading->encoding->inputs[input].name);
    }
    reading->rows.seen[input] = true;
}

static void check_absent(struct reading *reading)
{
    char place[PROBLEM_POINTER_BYTES];
    for (size_t i = 0; i < reading->encoding->n_inputs; i++) {
        if (reading->rows.seen[i])
            continue;
        if (reading->encoding->inputs[i].is_sparse) {
            if (!reading->encoding->is_sparse)
                reading->absent[reading->n_absent++] = i;
            continue;
        }
        reading->is_usable = false;
        point(reading, i, 0, place);
        problem_report(reading->problems, ERROR_MISSING_FIELD, place,
                       "the header lacks the input %.100s",
                       reading->encoding->inputs[i].name);
    }
}

static int read_header(struct reading *reading, const struct csv_cell *cells, size_t n,
                       struct error *err)
{
    size_t n_inputs = reading->encoding->n_inputs;
    reading->input_of = memory_new(n, sizeof(*reading->input_of), err);
    if (!reading->rows.seen)
        reading->rows.seen = memory_new(n_inputs, sizeof(*reading->rows.seen), err);
    reading->absent = memory_new(reading->encoding->is_sparse ? 0 : n_inputs,
                                 sizeof(*reading->absent), err);
    if (!reading->input_of || !reading->rows.seen || !reading->absent)
        return -1;
    reading->n_columns = n;
    reading->is_usable = reading->has_header = true;
    for (size_t j = 0; j < n; j++)
        read_name(reading, &cells[j], j);
    check_absent(reading);
    return 0;
}

static bool names_an_input(const struct reading *reading, const struct csv_cell *cells,
                           size_t n)
{
    for (size_t j = 0; j < n; j++)
        if (encoding_find_input(reading->encoding, cells[j].text, cells[j].n_bytes) !=
            SIZE_MAX)
            return true;
    return false;
}

/* Each column is the input of its place. */
static int do_without_header(struct reading *reading, struct error *err)
{
    size_t n_inputs = reading->encoding->n_inputs;
    reading->input_of = memory_new(n_inputs, sizeof(*reading->input_of), err);
    if (!reading->input_of)
        return -1;
    for (size_t j = 0; j < n_inputs; j++)
        reading->input_of[j] = j;
    reading->n_columns = n_inputs;
    reading->is_usable = true;
    return 0;
}

/* ---- cells ---- */

/* As uploads have it where they name none. */
static bool is_missing(const struct csv_cell *cell)
{
    static const char *const texts[] = {"NA", "NaN", "?"};
    for (size_t i = 0; !cell->quoted && i < sizeof(texts) / sizeof(*texts); i++)
        if (strlen(texts[i]) == cell->n_bytes &&
            memcmp(texts[i], cell->text, cell->n_bytes) == 0)
            return true;
    return cell->n_bytes == 0;
}

/* A level by its text, or by its number. */
static void read_level(struct reading *reading, const struct csv_cell *cell, size_t input,
                       double *value)
{
    const struct predict_spot spot = spot_of(input);
    const struct input *of = &reading->encoding->inputs[input];
    double number;
    if (input_find_level(of, cell->text, cell->n_bytes) == SIZE_MAX) {
        if (is_missing(cell)) {
            predict_cells_missing(&reading->rows, input, value, &spot);
            return;
        }
        if (number_parse(cell->text, cell->n_bytes, &number)) {
            predict_cells_number(&reading->rows, input, number, value, &spot);
            return;
        }
    }
    predict_cells_text(&reading->rows, input, cell->text, cell->n_bytes, value, &spot);
}

static void read_cell(struct reading *reading, const struct csv_cell *cell, size_t input,
                      double *value)
{
    const struct predict_spot spot = spot_of(input);
    if (reading->encoding->inputs[input].type != COLUMN_NUMERIC)
        read_level(reading, cell, input, value);
    else if (number_parse(cell->text, cell->n_bytes, value))
        predict_cells_number(&reading->rows, input, *value, value, &spot);
    else if (is_missing(cell))
        predict_cells_missing(&reading->rows, input, value, &spot);
    else
        predict_cells_refuse(&reading->rows, ERROR_NOT_A_NUMBER, input, &spot);
}

/* ---- rows ---- */

static int end_row(struct reading *reading, struct error *err)
{
    struct predict_rows *rows = &reading->rows;
    if (rows->code != ERROR_NONE)
        return predict_kept_bad(rows->parsed, rows->code, rows->input, err);
    predict_kept_good(rows->parsed);
    return 0;
}

static int read_whole(struct reading *reading, const struct csv_cell *cells,
                      struct error *err)
{
    struct predict_rows *rows = &reading->rows;
    double *values = predict_kept_cells(rows->parsed, reading->encoding->n_inputs, err);
    if (!values)
        return -1;
    for (size_t j = 0; j < reading->n_columns; j++)
        if (reading->input_of[j] != SIZE_MAX)
            read_cell(reading, &cells[j], reading->input_of[j],
                      &values[reading->input_of[j]]);
    for (size_t i = 0; i < reading->n_absent; i++) {
        const struct predict_spot spot = spot_of(reading->absent[i]);
        predict_cells_number(rows, reading->absent[i], 0, &values[reading->absent[i]],
                             &spot);
    }
    if (reading->encoding->n_expressions > 0)
        predict_cells_check_values(rows, values, "");
    return end_row(reading, err);
}

static int read_entries(struct reading *reading, const struct csv_cell *cells,
                        struct error *err)
{
    struct predict_rows *rows = &reading->rows;
    if (predict_kept_begin_entries(rows->parsed, err) < 0)
        return -1;
    for (size_t j = 0; j < reading->n_columns; j++) {
        size_t input = reading->input_of[j];
        double value = 0;
        if (input != SIZE_MAX)
            read_cell(reading, &cells[j], input, &value);
        if (value != 0 &&
            predict_kept_add_entry(rows->parsed, (uint32_t)input, value, err) < 0)
            return -1;
    }
    predict_kept_end_entries(rows->parsed); /* the header has none twice */
    return end_row(reading, err);
}

static int refuse_width(struct reading *reading, size_t n, struct error *err)
{
    char place[PROBLEM_POINTER_BYTES];
    point(reading, SIZE_MAX, 0, place);
    if (predict_cells_mark(&reading->rows, ERROR_WRONG_WIDTH, SIZE_MAX))
        problem_report(reading->problems, ERROR_WRONG_WIDTH, place,
                       "the row has %zu cells where %zu are needed", n,
                       reading->n_columns);
    return end_row(reading, err);
}

static int on_row(void *context, uint64_t row, const struct csv_cell *cells, size_t n,
                  struct error *err)
{
    struct reading *reading = context;
    reading->row = row;
    if (reading->n_columns == 0) {
        if (!reading->takes_any || names_an_input(reading, cells, n))
            return read_header(reading, cells, n, err);
        if (do_without_header(reading, err) < 0)
            return -1;
    }
    if (!reading->is_usable)
        return 0; /* nobody knows what the cells are */
    reading->rows.code = ERROR_NONE;
    if (n != reading->n_columns)
        return refuse_width(reading, n, err);
    return reading->encoding->is_sparse ? read_entries(reading, cells, err)
                                        : read_whole(reading, cells, err);
}

/* ---- the whole ---- */

static int scan(struct reading *reading, const char *body, size_t n_bytes,
                struct error *err)
{
    const struct csv_options options = {',', '"'};
    struct csv_scanner *scanner = csv_new(&options, on_row, reading, err);
    if (!scanner)
        return -1;
    int result = csv_push(scanner, body, n_bytes, err);
    if (result == 0)
        result = csv_finish(scanner, err);
    csv_free(scanner);
    if (result == 0 && reading->rows.parsed->n_rows == 0 && reading->problems->n == 0)
        problem_report(reading->problems, ERROR_NO_ROWS, "",
                       "%sat least one row %s needed",
                       reading->takes_any ? "" : "a header line and ",
                       reading->takes_any ? "is" : "are");
    return result;
}

static int read_all(const struct model *model, const char *body, size_t n_bytes,
                    struct budget *budget, struct predict_body *parsed, bool *has_header,
                    struct problem_list *problems, struct error *err)
{
    struct reading reading = {.encoding = model->encoding,
                              .problems = problems,
                              .takes_any = has_header != NULL};
    parsed->budget = budget;
    int result = predict_rows_begin(&reading.rows, model, parsed, NULL, problems, err);
    reading.rows.point = point;
    reading.rows.point_context = &reading;
    if (result == 0)
        result = scan(&reading, body, n_bytes, err);
    if (has_header)
        *has_header = reading.has_header;
    predict_rows_free(&reading.rows);
    memory_free(reading.input_of);
    memory_free(reading.absent);
    if (result == 0 && problems->n == 0)
        return 0;
    predict_body_free(parsed);
    return -1;
}

int predict_csv_read(const struct model *model, const char *body, size_t n_bytes,
                     struct budget *budget, struct predict_body *parsed,
                     struct problem_list *problems, struct error *err)
{
    return read_all(model, body, n_bytes, budget, parsed, NULL, problems, err);
}

int predict_csv_read_any(const struct model *model, const char *body, size_t n_bytes,
                         struct budget *budget, struct predict_body *parsed,
                         bool *has_header, struct problem_list *problems,
                         struct error *err)
{
    return read_all(model, body, n_bytes, budget, parsed, has_header, problems, err);
}
