#include "api/score_write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/dataset_open.h"
#include "api/predict_record.h"
#include "core/model/predict.h"
#include "core/text/csv.h"
#include "core/text/number.h"

/* ---- outputs, in their order ---- */

/* Told of each column of the outputs: its name, and of which class (SIZE_MAX: of none).
 */
typedef void output_fn(const struct score_write *writer, void *context,
                       enum predict_output output, const char *name, size_t class);

static void each_class(const struct score_write *writer, enum predict_output output,
                       const char *name, output_fn *tell, void *context)
{
    for (size_t k = 0; k < writer->model->n_classes; k++)
        tell(writer, context, output, name, k);
}

static void each_output(const struct score_write *writer, output_fn *tell, void *context)
{
    unsigned outputs = writer->request->options.outputs;
    if (outputs & PREDICT_LABEL)
        tell(writer, context, PREDICT_LABEL, "label", SIZE_MAX);
    if (outputs & PREDICT_PROBABILITY)
        each_class(writer, PREDICT_PROBABILITY, "probability", tell, context);
    if (outputs & PREDICT_LOGITS)
        each_class(writer, PREDICT_LOGITS, "logits", tell, context);
    if (outputs & PREDICT_PREDICTION)
        tell(writer, context, PREDICT_PREDICTION, "prediction", SIZE_MAX);
    if (outputs & PREDICT_LOG_ODDS)
        tell(writer, context, PREDICT_LOG_ODDS, "log_odds", SIZE_MAX);
    if (outputs & PREDICT_LINEAR_PREDICTOR)
        tell(writer, context, PREDICT_LINEAR_PREDICTOR, "linear_predictor", SIZE_MAX);
}

/* The number of an output, of any but the label. */
static double value_of(const struct score_write *writer, const double *scores,
                       enum predict_output output, size_t class)
{
    return output == PREDICT_PROBABILITY ? writer->probabilities[class]
           : output == PREDICT_LOGITS    ? scores[class]
                                         : scores[0];
}

static void find_probabilities(const struct score_write *writer, const double *scores)
{
    if (writer->request->options.outputs & PREDICT_PROBABILITY)
        predict_probabilities(writer->model, scores, writer->probabilities);
}

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

static void compare(const struct score_write *writer, void *context,
                    enum predict_output output, const char *name, size_t class)
{
    struct clash *clash = context;
    (void)writer, (void)output, (void)class;
    clash->is_found = clash->is_found || is_name(clash->name, name);
}

static bool clashes(const struct score_write *writer, const char *name)
{
    struct clash clash = {name, false};
    each_output(writer, compare, &clash);
    if (writer->request->options.on_error_row)
        clash.is_found = clash.is_found || is_name(name, "error");
    if (writer->request->format == SCORE_NDJSON)
        clash.is_found = clash.is_found || is_name(name, "tie");
    return clash.is_found;
}

void score_write_check(const struct score_write *writer, struct problem_list *problems)
{
    char pointer[PROBLEM_POINTER_BYTES];
    if (writer->request->format == SCORE_NPY)
        return;
    for (size_t i = 0; i < writer->columns->n; i++)
        if (clashes(writer, writer->request->columns[i]))
            problem_report(problems, ERROR_INVALID,
                           problem_pointer_at(pointer, "/columns", i),
                           "column %.100s has the name of an output that is asked for",
                           writer->request->columns[i]);
}

/* ---- CSV ---- */

static void write_number(const struct score_write *writer, double value)
{
    char text[NUMBER_TEXT_BYTES];
    if (isfinite(value))
        buffer_append(writer->out, text, number_write(value, text));
}

/* Behind the first cell of a line. */
static void write_comma(const struct score_write *writer, bool *is_first)
{
    if (!*is_first)
        buffer_append_byte(writer->out, ',');
    *is_first = false;
}

static void write_csv_name(const struct score_write *writer, void *context,
                           enum predict_output output, const char *name, size_t class)
{
    struct buffer cell = BUFFER_EMPTY;
    (void)output;
    write_comma(writer, context);
    buffer_append_string(&cell, name);
    if (class != SIZE_MAX)
        buffer_printf(&cell, "[%s]", writer->model->classes[class]);
    if (cell.failed)
        writer->out->failed = true;
    else
        csv_write_cell(writer->out, cell.bytes, cell.n_bytes);
    buffer_free(&cell);
}

static void write_csv_head(const struct score_write *writer)
{
    bool is_first = true;
    for (size_t i = 0; i < writer->columns->n; i++) {
        const char *name = score_columns_name(writer->columns, i);
        write_comma(writer, &is_first);
        csv_write_cell(writer->out, name, strlen(name));
    }
    each_output(writer, write_csv_name, &is_first);
    if (writer->request->options.on_error_row)
        buffer_append_string(writer->out, ",error");
    buffer_append_byte(writer->out, '\n');
}

/* Of one row. */
struct line {
    bool is_first;
    const double *scores; /* NULL: there are none */
};

static void write_csv_output(const struct score_write *writer, void *context,
                             enum predict_output output, const char *name, size_t class)
{
    struct line *line = context;
    (void)name;
    write_comma(writer, &line->is_first);
    if (!line->scores)
        return;
    if (output != PREDICT_LABEL) {
        write_number(writer, value_of(writer, line->scores, output, class));
        return;
    }
    bool tie;
    const char *label = writer->model->classes[predict_label(
        writer->model, line->scores, writer->request->options.threshold, &tie)];
    csv_write_cell(writer->out, label, strlen(label));
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
                          const double *scores, enum error_code code)
{
    struct line line = {true, scores};
    for (size_t i = 0; i < writer->columns->n; i++) {
        write_comma(writer, &line.is_first);
        write_csv_copy(writer, i, row);
    }
    each_output(writer, write_csv_output, &line);
    if (writer->request->options.on_error_row)
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
                           const double *scores, enum error_code code, const char *column)
{
    struct json_writer json = json_write_start(writer->out);
    const struct predict_options *options = &writer->request->options;
    json_write_begin_object(&json);
    for (size_t i = 0; i < writer->columns->n; i++)
        write_json_copy(writer, &json, i, row);
    if (scores) {
        predict_record_write(&json, writer->model, options->outputs, options->threshold,
                             scores, writer->probabilities);
    } else {
        json_write_key(&json, "error");
        predict_record_write_error(&json, code, dataset_open_detail(code), column);
    }
    json_write_end_object(&json);
    buffer_append_byte(writer->out, '\n');
}

/* ---- .npy: the numbers as the machine has them, which is little-endian ---- */

#define NPY_HEAD_BYTES 128U

static void count_output(const struct score_write *writer, void *context,
                         enum predict_output output, const char *name, size_t class)
{
    size_t *n = context;
    (void)writer, (void)output, (void)name, (void)class;
    ++*n;
}

/* NEP 1: magic, version, the head's length, the head with blanks up to a multiple of 64.
 */
static void write_npy_head(const struct score_write *writer, uint64_t n_rows)
{
    char head[NPY_HEAD_BYTES];
    size_t n_columns = writer->columns->n;
    each_output(writer, count_output, &n_columns);
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

static void write_npy_output(const struct score_write *writer, void *context,
                             enum predict_output output, const char *name, size_t class)
{
    const double *scores = context;
    (void)name;
    write_npy_number(writer,
                     scores ? value_of(writer, scores, output, class) : (double)NAN);
}

static void write_npy_row(const struct score_write *writer, size_t row,
                          const double *scores)
{
    for (size_t i = 0; i < writer->columns->n; i++)
        write_npy_number(writer, score_columns_number(writer->columns, i, row));
    /* They are only read. */
    each_output(writer, write_npy_output, (void *)(uintptr_t)scores);
}

/* ---- the formats ---- */

void score_write_head(const struct score_write *writer, uint64_t n_rows)
{
    if (writer->request->format == SCORE_CSV)
        write_csv_head(writer);
    else if (writer->request->format == SCORE_NPY)
        write_npy_head(writer, n_rows);
}

void score_write_row(const struct score_write *writer, size_t row, const double *scores,
                     enum error_code code, const char *column)
{
    const double *known = code == ERROR_NONE ? scores : NULL;
    if (writer->request->format == SCORE_NDJSON) {
        write_json_row(writer, row, known, code, column);
        return;
    }
    if (known)
        find_probabilities(writer, known);
    if (writer->request->format == SCORE_CSV)
        write_csv_row(writer, row, known, code);
    else
        write_npy_row(writer, row, known);
}
