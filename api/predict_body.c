/*
 * Two passes over the text: the first notes where each member lies, so that they may come
 * in any order, and passes over the rows by their brackets; the second reads them. What
 * is read is checked on the way; where anything is wrong, the whole text is checked
 * first, so that malformed text is told as that.
 */
#include "api/predict_body.h"

#include "api/predict_rows.h"
#include "core/base/memory.h"

struct reading {
    const struct encoding *encoding;
    struct predict_members members;
    struct predict_rows rows;
    struct problem_list *problems;
};

/* ---- columns ---- */

/* Which input the name at the scan is; SIZE_MAX, and a problem, if it is none. */
static int read_name(struct reading *reading, struct json_scan *scan, const char *pointer,
                     size_t *input, struct error *err)
{
    struct json_text text;
    size_t n;
    *input = SIZE_MAX;
    if (json_scan_peek(scan) != JSON_KIND_STRING) {
        problem_report(reading->problems, ERROR_INVALID_TYPE, pointer,
                       "a column's name is needed");
        return json_scan_skip(scan, err);
    }
    if (json_scan_string(scan, &text, err) < 0)
        return -1;
    const char *name = predict_rows_plain(&reading->rows, &text, &n, err);
    if (!name)
        return -1;
    *input = encoding_find_input(reading->encoding, name, n);
    if (*input == SIZE_MAX)
        problem_report(reading->problems, ERROR_UNKNOWN_COLUMN, pointer, "%s",
                       predict_rows_detail(ERROR_UNKNOWN_COLUMN, SIZE_MAX));
    return 0;
}

static int read_column(struct reading *reading, struct json_scan *scan, size_t at,
                       struct error *err)
{
    char pointer[PROBLEM_POINTER_BYTES];
    size_t input;
    problem_pointer_at(pointer, "/columns", at);
    if (read_name(reading, scan, pointer, &input, err) < 0)
        return -1;
    if (input == SIZE_MAX)
        return 0;
    if (reading->rows.seen[input])
        problem_report(reading->problems, ERROR_DUPLICATE_COLUMN, pointer,
                       "column %s is named twice", reading->encoding->inputs[input].name);
    reading->rows.seen[input] = true;
    if (at < reading->encoding->n_inputs)
        reading->rows.input_of_cell[at] = input;
    return 0;
}

static void report_missing_columns(struct reading *reading)
{
    for (size_t i = 0; i < reading->encoding->n_inputs; i++)
        if (!reading->rows.seen[i])
            problem_report(reading->problems, ERROR_MISSING_FIELD, "/columns",
                           "input %s is missing", reading->encoding->inputs[i].name);
}

/* Without a problem, each input has one cell of a row afterwards. */
static int read_columns(struct reading *reading, struct error *err)
{
    struct json_scan scan = reading->members.at[PREDICT_MEMBER_COLUMNS];
    int more;
    if (json_scan_peek(&scan) != JSON_KIND_ARRAY) {
        problem_report(reading->problems, ERROR_INVALID_TYPE, "/columns",
                       "an array of names is needed");
        return 0;
    }
    if (json_scan_enter_array(&scan, err) < 0)
        return -1;
    for (size_t n = 0; (more = json_scan_next_element(&scan, err)) == 1; n++)
        if (read_column(reading, &scan, n, err) < 0)
            return -1;
    report_missing_columns(reading);
    return more;
}

/* ---- rows ---- */

typedef int read_fn(struct predict_rows *rows, struct json_scan *scan, struct error *err);

static int read_list(struct reading *reading, enum predict_member member,
                     const char *pointer, read_fn *read, struct error *err)
{
    struct json_scan scan = reading->members.at[member];
    int more;
    if (json_scan_peek(&scan) != JSON_KIND_ARRAY) {
        problem_report(reading->problems, ERROR_INVALID_TYPE, pointer,
                       "an array is needed");
        return 0;
    }
    if (json_scan_enter_array(&scan, err) < 0)
        return -1;
    while ((more = json_scan_next_element(&scan, err)) == 1)
        if (read(&reading->rows, &scan, err) < 0)
            return -1;
    if (more == 0 && reading->rows.parsed->n_rows == 0)
        problem_report(reading->problems, ERROR_NO_ROWS, pointer,
                       "at least one row is needed");
    return more;
}

static int read_rows(struct reading *reading, struct error *err)
{
    size_t n_problems = reading->problems->n;
    if (predict_rows_prepare_arrays(&reading->rows, err) < 0)
        return -1;
    if (reading->members.has[PREDICT_MEMBER_COLUMNS]) {
        if (read_columns(reading, err) < 0)
            return -1;
        if (reading->problems->n > n_problems)
            return 0; /* nobody knows what the cells are */
        predict_rows_find_runs(&reading->rows);
    }
    return read_list(reading, PREDICT_MEMBER_ROWS, "/rows", predict_rows_read_array, err);
}

/* ---- the whole ---- */

static int read_rows_or_instances(struct reading *reading, struct error *err)
{
    const bool *has = reading->members.has;
    if (has[PREDICT_MEMBER_ROWS] && has[PREDICT_MEMBER_INSTANCES])
        problem_report(reading->problems, ERROR_INVALID, "/instances",
                       "either \"rows\" or \"instances\" is needed, not both");
    else if (has[PREDICT_MEMBER_ROWS])
        return read_rows(reading, err);
    else if (!has[PREDICT_MEMBER_INSTANCES])
        problem_report(reading->problems, ERROR_MISSING_FIELD, "",
                       "one of \"rows\" and \"instances\" is needed");
    else if (has[PREDICT_MEMBER_COLUMNS])
        problem_report(reading->problems, ERROR_INVALID, "/columns",
                       "columns go with rows");
    else
        return read_list(reading, PREDICT_MEMBER_INSTANCES, "/instances",
                         predict_rows_read_instance, err);
    return 0;
}

static int read_all(struct reading *reading, const struct model *model, const char *body,
                    size_t n_bytes, struct error *err)
{
    struct predict_body *parsed = reading->rows.parsed;
    if (predict_options_find(body, n_bytes, &reading->members, reading->problems, err) <
            0 ||
        predict_options_read(model, &reading->members, &parsed->options,
                             reading->problems, err) < 0)
        return -1;
    return reading->members.is_object ? read_rows_or_instances(reading, err) : 0;
}

/* Text that is malformed anywhere is told as that, at its first such byte. */
static void check_text(const char *body, size_t n_bytes, struct error *err)
{
    struct error syntax = {0};
    if (error_kind(err->code) == ERROR_KIND_BUSY ||
        json_scan_check(body, n_bytes, &syntax) == 0)
        return;
    *err = syntax;
}

int predict_body_read(const struct model *model, const char *body, size_t n_bytes,
                      struct budget *budget, struct predict_body *parsed,
                      struct problem_list *problems, struct error *err)
{
    struct reading reading = {.encoding = model->encoding, .problems = problems};
    parsed->budget = budget;
    int result = predict_rows_begin(&reading.rows, model, parsed, problems, err);
    if (result == 0)
        result = read_all(&reading, model, body, n_bytes, err);
    predict_rows_free(&reading.rows);
    if (result == 0 && problems->n == 0)
        return 0;
    check_text(body, n_bytes, err);
    predict_body_free(parsed);
    return -1;
}

void predict_body_free(struct predict_body *parsed)
{
    memory_free(parsed->cells);
    memory_free(parsed->entries);
    memory_free(parsed->ends);
    memory_free(parsed->bad);
    if (parsed->budget)
        budget_release(parsed->budget, parsed->reserved_bytes);
    *parsed = (struct predict_body){0};
}
