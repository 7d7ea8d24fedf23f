/*
 * Two passes over the text: the first finds which inputs there are and how many rows, the
 * second reads them.
 */
#include "api/dialect/named_columns.h"

#include <stdio.h>

#include "api/predict_columns.h"
#include "api/predict_detail.h"
#include "core/base/memory.h"

struct reading {
    struct predict_columns columns;
    const char *pointer;
    struct problem_list *problems;
    struct error *err;
};

static void point(const void *context, size_t input, size_t row,
                  char place[PROBLEM_POINTER_BYTES])
{
    const struct reading *reading = context;
    snprintf(place, PROBLEM_POINTER_BYTES, "%s", reading->pointer);
    if (input != SIZE_MAX)
        problem_pointer(place, place, reading->columns.encoding->inputs[input].name);
    if (row != SIZE_MAX)
        problem_pointer_at(place, place, row);
}

/* SIZE_MAX, told: there is no such input. */
static int find_input(struct reading *reading, const struct json_text *key, size_t *input)
{
    char place[PROBLEM_POINTER_BYTES];
    size_t n;
    const char *name = predict_rows_plain(&reading->columns.rows, key, &n, reading->err);
    if (!name)
        return -1;
    *input = encoding_find_input(reading->columns.encoding, name, n);
    if (*input != SIZE_MAX)
        return 0;
    char *copy = memory_copy_text(name, n, reading->err);
    if (!copy)
        return -1;
    problem_report(reading->problems, ERROR_UNKNOWN_COLUMN,
                   problem_pointer(place, reading->pointer, copy), "%s",
                   predict_detail(ERROR_UNKNOWN_COLUMN, SIZE_MAX));
    memory_free(copy);
    return 0;
}

/* What is done with the value of an input, at the scan. */
typedef int value_fn(struct reading *reading, struct json_scan *scan, size_t input);

static int walk(struct reading *reading, struct json_scan scan, value_fn *take)
{
    struct json_text key;
    size_t input;
    int more;
    if (json_scan_enter_object(&scan, reading->err) < 0)
        return -1;
    while ((more = json_scan_next_key(&scan, &key, reading->err)) == 1) {
        if (find_input(reading, &key, &input) < 0)
            return -1;
        if (input == SIZE_MAX ? json_scan_skip(&scan, reading->err) < 0
                              : take(reading, &scan, input) < 0)
            return -1;
    }
    return more;
}

/* The number of rows is that of the first list. */
static int give(struct reading *reading, struct json_scan *scan, size_t input)
{
    struct predict_columns *columns = &reading->columns;
    if (columns->n_rows == 0 &&
        predict_columns_count(*scan, &columns->n_rows, reading->err) < 0)
        return -1;
    int is_new = predict_columns_give(columns, input, reading->err);
    if (is_new == 0) {
        error_set(reading->err, ERROR_DUPLICATE_KEY, "input %s is given twice",
                  columns->encoding->inputs[input].name);
        error_place(reading->err, "byte %zu", scan->at);
    }
    return is_new <= 0 ? -1 : json_scan_pass(scan, reading->err);
}

static int read_list(struct reading *reading, struct json_scan *scan, size_t input)
{
    return predict_columns_read_list(&reading->columns, scan, input, reading->err);
}

static int read_all(struct reading *reading, struct json_scan scan, struct budget *budget)
{
    struct predict_columns *columns = &reading->columns;
    if (walk(reading, scan, give) < 0)
        return -1;
    if (reading->problems->n > 0)
        return 0;
    if (predict_columns_begin(columns, columns->n_rows, budget, reading->pointer,
                              reading->err) < 0 ||
        walk(reading, scan, read_list) < 0)
        return -1;
    return predict_columns_finish(columns, reading->err);
}

int named_columns_read(struct scoring *scoring, struct json_scan scan,
                       const char *pointer, struct error *err)
{
    struct reading reading = {
        .pointer = pointer, .problems = &scoring->problems, .err = err};
    predict_columns_start(&reading.columns, scoring->serving.found.model, &scoring->body,
                          &scoring->problems, point, &reading);
    int result = read_all(&reading, scan, scoring->serving.budget);
    predict_columns_free(&reading.columns);
    if (result < 0 || scoring->problems.n > 0)
        scoring_check_text(scoring, err);
    return result;
}
