/*
 * Two passes over the text: the first notes where each member lies, so that they may come
 * in any order, and passes over the rows by their brackets; the second reads them. What
 * is read is checked on the way; where anything is wrong, the whole text is checked
 * first, so that malformed text is told as that.
 */
#include "api/predict_body.h"

#include <math.h>

#include "api/predict_detail.h"
#include "api/predict_kept.h"
#include "api/predict_rows.h"
#include "core/base/memory.h"

struct reading {
    const struct encoding *encoding;
    struct predict_members members;
    struct predict_rows rows;
    struct problem_list *problems;
    bool has_offset; /* one that the model takes */
};

/* Of rows, columns or instances. */
static const char *pointer_to(const struct reading *reading, enum predict_member member)
{
    static const char *const usual[] = {[PREDICT_MEMBER_ROWS] = "/rows",
                                        [PREDICT_MEMBER_COLUMNS] = "/columns",
                                        [PREDICT_MEMBER_INSTANCES] = "/instances"};
    const char *pointer = reading->members.pointers[member];
    return pointer ? pointer : usual[member];
}

/* ---- columns ---- */

/* Which input, and which column beside them, the name at the scan is; SIZE_MAX for none
 * such, and a problem if it is neither. */
static int read_name(struct reading *reading, struct json_scan *scan, const char *pointer,
                     size_t *input, size_t *beside, struct error *err)
{
    struct json_text text;
    size_t n;
    *input = *beside = SIZE_MAX;
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
    *beside = predict_rows_find_beside(&reading->rows, name, n);
    if (*input == SIZE_MAX && *beside == SIZE_MAX)
        problem_report(reading->problems, ERROR_UNKNOWN_COLUMN, pointer, "%s",
                       predict_detail(ERROR_UNKNOWN_COLUMN, SIZE_MAX));
    return 0;
}

static size_t most_cells(const struct reading *reading)
{
    const struct predict_beside *beside = reading->rows.beside;
    return reading->encoding->n_inputs + (beside ? beside->n : 0);
}

/* By one of the columns before this one. */
static bool is_named(const struct reading *reading, size_t at, size_t input,
                     size_t beside)
{
    bool is_named = input != SIZE_MAX && reading->rows.seen[input];
    for (size_t i = 0; beside != SIZE_MAX && i < at && i < most_cells(reading); i++)
        is_named = is_named || reading->rows.beside_of_cell[i] == beside;
    return is_named;
}

static int read_column(struct reading *reading, struct json_scan *scan, size_t at,
                       struct error *err)
{
    char pointer[PROBLEM_POINTER_BYTES];
    size_t input, beside;
    problem_pointer_at(pointer, pointer_to(reading, PREDICT_MEMBER_COLUMNS), at);
    if (read_name(reading, scan, pointer, &input, &beside, err) < 0)
        return -1;
    if (is_named(reading, at, input, beside))
        problem_report(reading->problems, ERROR_DUPLICATE_COLUMN, pointer,
                       "column %s is named twice",
                       input != SIZE_MAX ? reading->encoding->inputs[input].name
                                         : reading->rows.beside->names[beside]);
    if (input != SIZE_MAX)
        reading->rows.seen[input] = true;
    if (at < most_cells(reading)) {
        reading->rows.input_of_cell[at] = input;
        reading->rows.beside_of_cell[at] = beside;
        reading->rows.n_cells = at + 1;
    }
    return 0;
}

static void report_missing_columns(struct reading *reading)
{
    for (size_t i = 0; i < reading->encoding->n_inputs; i++)
        if (!reading->rows.seen[i])
            problem_report(reading->problems, ERROR_MISSING_FIELD,
                           pointer_to(reading, PREDICT_MEMBER_COLUMNS),
                           "input %s is missing", reading->encoding->inputs[i].name);
}

/* Without a problem, each input has one cell of a row afterwards. */
static int read_columns(struct reading *reading, struct error *err)
{
    struct json_scan scan = reading->members.at[PREDICT_MEMBER_COLUMNS];
    int more;
    if (json_scan_peek(&scan) != JSON_KIND_ARRAY) {
        problem_report(reading->problems, ERROR_INVALID_TYPE,
                       pointer_to(reading, PREDICT_MEMBER_COLUMNS),
                       "an array of names is needed");
        return 0;
    }
    if (predict_rows_name_cells(&reading->rows, err) < 0 ||
        predict_rows_note_seen(&reading->rows, err) < 0 ||
        json_scan_enter_array(&scan, err) < 0)
        return -1;
    for (size_t n = 0; (more = json_scan_next_element(&scan, err)) == 1; n++)
        if (read_column(reading, &scan, n, err) < 0)
            return -1;
    report_missing_columns(reading);
    return more;
}

/* ---- the offset ---- */

/* What is no number is told once its row is read. */
static int read_one_offset(struct predict_body *parsed, struct json_scan *scan,
                           struct error *err)
{
    double value = (double)NAN;
    bool is_number = json_scan_peek(scan) == JSON_KIND_NUMBER;
    if ((is_number ? json_scan_number(scan, &value, err) : json_scan_skip(scan, err)) < 0)
        return -1;
    if (parsed->n_offset == parsed->offset_capacity) {
        double *offset = predict_kept_grow(
            parsed, parsed->offset, &parsed->offset_capacity, 1, sizeof(*offset), err);
        if (!offset)
            return -1;
        parsed->offset = offset;
    }
    parsed->offset[parsed->n_offset++] = value;
    return 0;
}

static int read_offset(struct reading *reading, const struct model *model,
                       struct error *err)
{
    struct json_scan scan = reading->members.at[PREDICT_MEMBER_OFFSET];
    bool takes_offset = model_n_scores(model) == 1;
    int more;
    if (!reading->members.has[PREDICT_MEMBER_OFFSET])
        return 0;
    if (!takes_offset || json_scan_peek(&scan) != JSON_KIND_ARRAY) {
        problem_report(reading->problems,
                       takes_offset ? ERROR_INVALID_TYPE : ERROR_INVALID, "/offset", "%s",
                       takes_offset ? "an array with a number for each row is needed"
                                    : "a model of several classes takes no offset");
        return 0;
    }
    reading->has_offset = true;
    if (json_scan_enter_array(&scan, err) < 0)
        return -1;
    while ((more = json_scan_next_element(&scan, err)) == 1)
        if (read_one_offset(reading->rows.parsed, &scan, err) < 0)
            return -1;
    return more;
}

static void check_offset(const struct reading *reading)
{
    const struct predict_body *parsed = reading->rows.parsed;
    if (reading->has_offset && parsed->n_offset != parsed->n_rows)
        problem_report(reading->problems, ERROR_WRONG_WIDTH, "/offset",
                       "there are %zu offsets where there are %zu rows", parsed->n_offset,
                       parsed->n_rows);
}

/* ---- rows ---- */

typedef int read_fn(struct predict_rows *rows, struct json_scan *scan, struct error *err);

static int read_shared(struct reading *reading, struct error *err)
{
    const struct predict_members *members = &reading->members;
    if (!members->shared)
        return 0;
    struct json_scan scan = *members->shared;
    return predict_rows_read_shared(&reading->rows, &scan, members->shared_pointer, err);
}

static int read_list(struct reading *reading, enum predict_member member, read_fn *read,
                     struct error *err)
{
    struct json_scan scan = reading->members.at[member];
    const char *pointer = pointer_to(reading, member);
    reading->rows.list =
        reading->members.takes_any ? pointer : reading->members.pointers[member];
    int more;
    if (json_scan_peek(&scan) != JSON_KIND_ARRAY) {
        problem_report(reading->problems, ERROR_INVALID_TYPE, pointer,
                       "an array is needed");
        return 0;
    }
    if (json_scan_enter_array(&scan, err) < 0)
        return -1;
    if (read_shared(reading, err) < 0)
        return -1;
    while ((more = json_scan_next_element(&scan, err)) == 1)
        if (read(&reading->rows, &scan, err) < 0)
            return -1;
    if (more == 0 && reading->rows.parsed->n_rows == 0)
        problem_report(reading->problems, ERROR_NO_ROWS, pointer,
                       "at least one row is needed");
    else if (more == 0)
        check_offset(reading);
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
    return read_list(reading, PREDICT_MEMBER_ROWS, predict_rows_read_array, err);
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
        return read_list(reading, PREDICT_MEMBER_INSTANCES,
                         reading->members.takes_any ? predict_rows_read_any
                                                    : predict_rows_read_instance,
                         err);
    return 0;
}

static int read_all(struct reading *reading, const struct model *model,
                    const struct predict_beside *beside, struct predict_body *parsed,
                    struct error *err)
{
    int result =
        predict_rows_begin(&reading->rows, model, parsed, beside, reading->problems, err);
    reading->rows.takes_arrays = reading->members.takes_arrays;
    if (result == 0)
        result = read_offset(reading, model, err);
    if (result == 0)
        result = read_rows_or_instances(reading, err);
    predict_rows_free(&reading->rows);
    return result;
}

void predict_body_check(struct json_scan whole, struct error *err)
{
    struct error syntax = {0};
    if (error_kind(err->code) == ERROR_KIND_BUSY ||
        (json_scan_skip(&whole, &syntax) == 0 && json_scan_finish(&whole, &syntax) == 0))
        return;
    *err = syntax;
}

int predict_body_read_rows(const struct model *model,
                           const struct predict_members *members,
                           const struct predict_beside *beside, const char *body,
                           size_t n_bytes, struct budget *budget,
                           struct predict_body *parsed, struct problem_list *problems,
                           struct error *err)
{
    struct reading reading = {
        .encoding = model->encoding, .members = *members, .problems = problems};
    parsed->budget = budget;
    int result = members->is_object ? read_all(&reading, model, beside, parsed, err) : 0;
    if (result == 0 && problems->n == 0)
        return 0;
    struct json_scan whole = json_scan_start(body, n_bytes);
    whole.takes_nan = members->takes_nan;
    predict_body_check(whole, err);
    predict_body_free(parsed);
    return -1;
}

int predict_body_read(const struct model *model, const char *body, size_t n_bytes,
                      struct budget *budget, struct predict_body *parsed,
                      struct problem_list *problems, struct error *err)
{
    struct predict_members members = {0};
    if (predict_options_find(body, n_bytes, &members, problems, err) < 0 ||
        predict_options_read(model, &members, &parsed->options, problems, err) < 0) {
        predict_body_check(json_scan_start(body, n_bytes), err);
        predict_body_free(parsed);
        return -1;
    }
    return predict_body_read_rows(model, &members, NULL, body, n_bytes, budget, parsed,
                                  problems, err);
}

void predict_body_free(struct predict_body *parsed)
{
    memory_free(parsed->cells);
    memory_free(parsed->entries);
    memory_free(parsed->ends);
    memory_free(parsed->offset);
    memory_free(parsed->bad);
    if (parsed->budget)
        budget_release(parsed->budget, parsed->reserved_bytes);
    *parsed = (struct predict_body){0};
}
