#include "api/predict_columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/predict_cells.h"
#include "api/predict_kept.h"
#include "core/base/memory.h"
#include "core/kernel/finite.h"

#define BLOCK 512 /* numbers of JSON that are read at once */

struct predict_columns_entry {
    size_t row;
    uint32_t input;
    double value;
};

static void point(const void *context, size_t input, size_t row,
                  char pointer[PROBLEM_POINTER_BYTES])
{
    const struct predict_columns *columns = context;
    columns->point(columns->context, input, row, pointer);
}

void predict_columns_start(struct predict_columns *columns, const struct model *model,
                           struct predict_body *parsed, struct problem_list *problems,
                           predict_columns_point_fn *point_of, const void *context)
{
    *columns = (struct predict_columns){
        .encoding = model->encoding,
        .parsed = parsed,
        .point = point_of,
        .context = context,
        .rows = {.encoding = model->encoding,
                 .parsed = parsed,
                 .problems = problems,
                 .point = point,
                 .point_context = columns},
    };
}

void predict_columns_free(struct predict_columns *columns)
{
    predict_rows_free(&columns->rows);
    memory_free(columns->given);
    memory_free(columns->entries);
}

/* ---- which columns there are ---- */

int predict_columns_give(struct predict_columns *columns, size_t input, struct error *err)
{
    if (!columns->given)
        columns->given =
            memory_new(columns->encoding->n_inputs, sizeof(*columns->given), err);
    if (!columns->given)
        return -1;
    if (columns->given[input])
        return 0;
    columns->given[input] = true;
    return 1;
}

void predict_columns_give_all(struct predict_columns *columns)
{
    columns->all_given = true;
}

static bool is_given(const struct predict_columns *columns, size_t input)
{
    return columns->all_given || (columns->given && columns->given[input]);
}

static void check_given(struct predict_columns *columns, const char *place)
{
    for (size_t i = 0; i < columns->encoding->n_inputs; i++) {
        const struct input *input = &columns->encoding->inputs[i];
        if (!is_given(columns, i) && !input->is_sparse)
            problem_report(columns->rows.problems, ERROR_MISSING_FIELD, place,
                           "input %s is missing", input->name);
    }
}

static int make_cells(struct predict_columns *columns, struct error *err)
{
    struct predict_body *parsed = columns->parsed;
    size_t row_bytes = columns->encoding->n_inputs * sizeof(double), bytes;
    if (!memory_product(columns->n_rows, row_bytes, &bytes))
        return error_no_memory(err, SIZE_MAX);
    if (budget_reserve(parsed->budget, bytes, err) < 0)
        return -1;
    parsed->reserved_bytes += bytes;
    parsed->cells = memory_resize(NULL, columns->n_rows, row_bytes, err);
    parsed->cells_capacity = parsed->cells ? columns->n_rows : 0;
    return parsed->cells ? 0 : -1;
}

static int fill_absent(struct predict_columns *columns, struct error *err)
{
    for (size_t i = 0; i < columns->encoding->n_inputs; i++)
        for (size_t row = 0; !is_given(columns, i) && row < columns->n_rows; row++)
            if (predict_columns_number(columns, i, row, 0, err) < 0)
                return -1;
    return 0;
}

int predict_columns_begin(struct predict_columns *columns, size_t n_rows,
                          struct budget *budget, const char *place, struct error *err)
{
    size_t n_problems = columns->rows.problems->n;
    columns->parsed->budget = budget;
    columns->n_rows = n_rows;
    check_given(columns, place);
    if (n_rows == 0)
        problem_report(columns->rows.problems, ERROR_NO_ROWS, place,
                       "at least one row is needed");
    if (columns->rows.problems->n > n_problems)
        return -1;
    if (columns->encoding->is_sparse)
        return 0;
    return make_cells(columns, err) < 0 ? -1 : fill_absent(columns, err);
}

/* ---- cells ---- */

static struct predict_spot at_row(struct predict_columns *columns, size_t input,
                                  size_t row)
{
    columns->parsed->n_rows = row; /* which the place of a problem is made of */
    return (struct predict_spot){NULL, NULL, input};
}

static double *cell_at(struct predict_columns *columns, size_t input, size_t row)
{
    if (columns->encoding->is_sparse)
        return &columns->rows.cell;
    return columns->parsed->cells + row * columns->encoding->n_inputs + input;
}

/* Of a cell that has been set, if it is one of an entry. */
static int keep(struct predict_columns *columns, size_t input, size_t row,
                struct error *err)
{
    double value = columns->rows.cell;
    if (!columns->encoding->is_sparse || value == 0)
        return 0;
    if (columns->n_entries == columns->entries_capacity) {
        struct predict_columns_entry *entries =
            predict_kept_grow(columns->parsed, columns->entries,
                              &columns->entries_capacity, 64, sizeof(*entries), err);
        if (!entries)
            return -1;
        columns->entries = entries;
    }
    columns->entries[columns->n_entries++] =
        (struct predict_columns_entry){row, (uint32_t)input, value};
    return 0;
}

static void refuse_infinite(struct predict_columns *columns, size_t input, size_t row)
{
    char pointer[PROBLEM_POINTER_BYTES];
    const struct predict_spot spot = at_row(columns, input, row);
    if (!predict_cells_mark(&columns->rows, ERROR_NON_FINITE, input))
        return;
    predict_cells_point(&columns->rows, &spot, pointer);
    problem_report(columns->rows.problems, ERROR_NON_FINITE, pointer,
                   "a finite number is needed here (input %s)",
                   columns->encoding->inputs[input].name);
}

int predict_columns_number(struct predict_columns *columns, size_t input, size_t row,
                           double value, struct error *err)
{
    double *cell = cell_at(columns, input, row);
    const struct predict_spot spot = at_row(columns, input, row);
    *cell = 0;
    if (isnan(value))
        predict_cells_missing(&columns->rows, input, cell, &spot);
    else if (isinf(value))
        refuse_infinite(columns, input, row);
    else
        predict_cells_number(&columns->rows, input, value, cell, &spot);
    return keep(columns, input, row, err);
}

int predict_columns_text(struct predict_columns *columns, size_t input, size_t row,
                         const char *text, size_t n, struct error *err)
{
    double *cell = cell_at(columns, input, row);
    const struct predict_spot spot = at_row(columns, input, row);
    *cell = 0;
    predict_cells_text(&columns->rows, input, text, n, cell, &spot);
    return keep(columns, input, row, err);
}

int predict_columns_missing(struct predict_columns *columns, size_t input, size_t row,
                            struct error *err)
{
    return predict_columns_number(columns, input, row, (double)NAN, err);
}

int predict_columns_read(struct predict_columns *columns, struct json_scan *scan,
                         size_t input, size_t row, struct error *err)
{
    double *cell = cell_at(columns, input, row);
    const struct predict_spot spot = at_row(columns, input, row);
    *cell = 0;
    if (predict_cells_read(&columns->rows, scan, input, cell, &spot, err) < 0)
        return -1;
    return keep(columns, input, row, err);
}

/* ---- many at once ---- */

static bool is_plain(const struct predict_columns *columns, size_t input)
{
    return columns->encoding->inputs[input].type == COLUMN_NUMERIC &&
           !columns->encoding->is_sparse;
}

static double value_at(const char *values, size_t i)
{
    double value;
    memcpy(&value, values + i * sizeof(value), sizeof(value));
    return value;
}

static bool are_finite(const char *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(value_at(values, i)))
            return false;
    return true;
}

int predict_columns_run(struct predict_columns *columns, size_t input, size_t row,
                        const void *values, size_t n, struct error *err)
{
    if (is_plain(columns, input) && are_finite(values, n)) {
        double *cell = cell_at(columns, input, row);
        for (size_t i = 0; i < n; i++, cell += columns->encoding->n_inputs)
            *cell = value_at(values, i);
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        if (predict_columns_number(columns, input, row + i, value_at(values, i), err) < 0)
            return -1;
    return 0;
}

static bool all_plain(const struct predict_columns *columns)
{
    for (size_t i = 0; i < columns->encoding->n_inputs; i++)
        if (!is_plain(columns, i))
            return false;
    return true;
}

int predict_columns_span(struct predict_columns *columns, size_t at, const void *values,
                         size_t n, struct error *err)
{
    size_t n_inputs = columns->encoding->n_inputs;
    if (all_plain(columns) && finite_copy(columns->parsed->cells + at, values, n))
        return 0;
    for (size_t i = 0; i < n; i++)
        if (predict_columns_number(columns, (at + i) % n_inputs, (at + i) / n_inputs,
                                   value_at(values, i), err) < 0)
            return -1;
    return 0;
}

/* ---- lists ---- */

/* The element at the scan, or the one element of the array there. */
static int read_element(struct predict_columns *columns, struct json_scan *scan,
                        size_t input, size_t row, struct error *err)
{
    size_t n;
    if (row >= columns->n_rows)
        return json_scan_skip(scan, err);
    if (json_scan_peek(scan) != JSON_KIND_ARRAY)
        return predict_columns_read(columns, scan, input, row, err);
    if (predict_columns_count(*scan, &n, err) < 0)
        return -1;
    if (n != 1) /* which no cell may be: told as that */
        return predict_columns_read(columns, scan, input, row, err);
    if (json_scan_enter_array(scan, err) < 0 || json_scan_next_element(scan, err) < 0 ||
        predict_columns_read(columns, scan, input, row, err) < 0)
        return -1;
    return json_scan_next_element(scan, err);
}

static void check_count(struct predict_columns *columns, size_t input, size_t n)
{
    char pointer[PROBLEM_POINTER_BYTES];
    if (n == columns->n_rows)
        return;
    columns->point(columns->context, input, SIZE_MAX, pointer);
    problem_report(columns->rows.problems, ERROR_WRONG_WIDTH, pointer,
                   "there are %zu values of input %s where there are %zu rows", n,
                   columns->encoding->inputs[input].name, columns->n_rows);
}

int predict_columns_read_list(struct predict_columns *columns, struct json_scan *scan,
                              size_t input, struct error *err)
{
    double values[BLOCK];
    size_t n = 0, n_read;
    int more = 1;
    if (json_scan_peek(scan) != JSON_KIND_ARRAY) {
        check_count(columns, input, 1);
        return read_element(columns, scan, input, 0, err);
    }
    if (json_scan_enter_array(scan, err) < 0)
        return -1;
    while (more == 1) {
        size_t most = n < columns->n_rows ? columns->n_rows - n : 0;
        more = json_scan_next_numbers(scan, values, most < BLOCK ? most : BLOCK, &n_read,
                                      err);
        if (more < 0 || predict_columns_run(columns, input, n, values, n_read, err) < 0)
            return -1;
        n += n_read;
        if (more == 1 && read_element(columns, scan, input, n++, err) < 0)
            return -1;
    }
    check_count(columns, input, n);
    return 0;
}

int predict_columns_count(struct json_scan scan, size_t *n, struct error *err)
{
    int more;
    *n = 1;
    if (json_scan_peek(&scan) != JSON_KIND_ARRAY)
        return 0;
    *n = 0;
    if (json_scan_enter_array(&scan, err) < 0)
        return -1;
    while ((more = json_scan_next_element(&scan, err)) == 1) {
        if (json_scan_pass(&scan, err) < 0)
            return -1;
        ++*n;
    }
    return more;
}

/* ---- the end ---- */

static int compare(const void *left, const void *right)
{
    const struct predict_columns_entry *a = left, *b = right;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return (a->input > b->input) - (a->input < b->input);
}

static void sort(struct predict_columns *columns)
{
    struct predict_columns_entry *entries = columns->entries;
    for (size_t i = 1; i < columns->n_entries; i++)
        if (compare(&entries[i - 1], &entries[i]) > 0) {
            qsort(entries, columns->n_entries, sizeof(*entries), compare);
            return;
        }
}

static int finish_entries(struct predict_columns *columns, struct error *err)
{
    const struct predict_columns_entry *entry = columns->entries;
    struct predict_body *parsed = columns->parsed;
    size_t n_left = columns->n_entries;
    sort(columns);
    parsed->n_rows = 0;
    for (size_t row = 0; row < columns->n_rows; row++) {
        if (predict_kept_begin_entries(parsed, err) < 0)
            return -1;
        for (; n_left > 0 && entry->row == row; entry++, n_left--)
            if (predict_kept_add_entry(parsed, entry->input, entry->value, err) < 0)
                return -1;
        predict_kept_good(parsed);
    }
    return 0;
}

static void finish_cells(struct predict_columns *columns)
{
    struct predict_body *parsed = columns->parsed;
    size_t n_inputs = columns->encoding->n_inputs;
    bool checks = columns->encoding->n_expressions > 0 && columns->rows.problems->n == 0;
    for (size_t row = 0; checks && row < columns->n_rows; row++) {
        parsed->n_rows = row;
        columns->rows.code = ERROR_NONE;
        predict_cells_check_values(&columns->rows, parsed->cells + row * n_inputs, NULL);
    }
    parsed->n_rows = parsed->n_good = columns->n_rows;
}

int predict_columns_finish(struct predict_columns *columns, struct error *err)
{
    if (columns->encoding->is_sparse)
        return columns->rows.problems->n > 0 ? 0 : finish_entries(columns, err);
    finish_cells(columns);
    return 0;
}
