#include "api/dialect/v2_data.h"

#include <endian.h>
#include <string.h>

#define BLOCK 512 /* numbers that are read at once */

struct reading {
    const struct v2_tensor *tensor;
    struct predict_columns *columns;
    size_t n_elements; /* of the shape */
    size_t at;         /* the next one */
};

void v2_data_point(const struct v2_tensor *tensor, size_t input, size_t row,
                   char pointer[PROBLEM_POINTER_BYTES])
{
    v2_tensor_point(tensor, tensor->has_data ? "data" : NULL, pointer);
    if (row != SIZE_MAX)
        problem_pointer_at(pointer, pointer,
                           row * tensor->n_inputs + (input - tensor->first_input));
}

static size_t input_of(const struct reading *reading, size_t at)
{
    return reading->tensor->first_input + at % reading->tensor->n_inputs;
}

static size_t row_of(const struct reading *reading, size_t at)
{
    return at / reading->tensor->n_inputs;
}

/* Of an element: what is wrong with it, before the name of the datatype. */
static void refuse(const struct reading *reading, size_t at, enum error_code code,
                   const char *what)
{
    char pointer[PROBLEM_POINTER_BYTES];
    v2_data_point(reading->tensor, input_of(reading, at), row_of(reading, at), pointer);
    problem_report(reading->columns->rows.problems, code, pointer, "%s %s", what,
                   v2_datatype_name(reading->tensor->datatype));
}

/* n doubles at any address, as the next elements. */
static int put(struct reading *reading, const void *values, size_t n, struct error *err)
{
    const struct v2_tensor *tensor = reading->tensor;
    size_t at = reading->at;
    reading->at += n;
    if (tensor->n_inputs == reading->columns->encoding->n_inputs)
        return predict_columns_span(reading->columns, at, values, n, err);
    return predict_columns_run(reading->columns, tensor->first_input, at, values, n, err);
}

/* ---- JSON ---- */

/* The first number that the datatype does not have is told. */
static void check_numbers(const struct reading *reading, const double *values, size_t n)
{
    if (v2_datatype_has(reading->tensor->datatype, .5)) /* and so any number */
        return;
    for (size_t i = 0; i < n; i++)
        if (!v2_datatype_has(reading->tensor->datatype, values[i])) {
            refuse(reading, reading->at + i, ERROR_OUT_OF_RANGE, "the number is none of");
            return;
        }
}

static int read_text(struct reading *reading, struct json_scan *scan, struct error *err)
{
    struct json_text text;
    size_t n;
    if (json_scan_string(scan, &text, err) < 0)
        return -1;
    if (reading->tensor->datatype != V2_BYTES) {
        refuse(reading, reading->at, ERROR_NOT_A_NUMBER, "a text is none of");
        return 0;
    }
    const char *plain = predict_rows_plain(&reading->columns->rows, &text, &n, err);
    if (!plain)
        return -1;
    return predict_columns_text(reading->columns, input_of(reading, reading->at),
                                row_of(reading, reading->at), plain, n, err);
}

/* Of a number 1 or 0, else the level of that text. */
static int put_bool(struct reading *reading, bool value, struct error *err)
{
    size_t input = input_of(reading, reading->at), row = row_of(reading, reading->at);
    const char *text = value ? "true" : "false";
    if (reading->columns->encoding->inputs[input].type == COLUMN_NUMERIC)
        return predict_columns_number(reading->columns, input, row, value, err);
    return predict_columns_text(reading->columns, input, row, text, strlen(text), err);
}

static int read_bool(struct reading *reading, struct json_scan *scan, struct error *err)
{
    enum json_kind which;
    if (json_scan_literal(scan, &which, err) < 0)
        return -1;
    if (reading->tensor->datatype == V2_BOOL)
        return put_bool(reading, which == JSON_KIND_TRUE, err);
    refuse(reading, reading->at, ERROR_INVALID_TYPE,
           "true and false are of BOOL, not of");
    return 0;
}

static int read_number(struct reading *reading, struct json_scan *scan, struct error *err)
{
    double value;
    if (json_scan_number(scan, &value, err) < 0)
        return -1;
    check_numbers(reading, &value, 1);
    return predict_columns_number(reading->columns, input_of(reading, reading->at),
                                  row_of(reading, reading->at), value, err);
}

/* Behind which comes the next one; null is a missing value. */
static int read_value(struct reading *reading, struct json_scan *scan, struct error *err)
{
    switch (json_scan_peek(scan)) {
    case JSON_KIND_NUMBER:
        return read_number(reading, scan, err);
    case JSON_KIND_STRING:
        return read_text(reading, scan, err);
    case JSON_KIND_TRUE:
    case JSON_KIND_FALSE:
        return read_bool(reading, scan, err);
    case JSON_KIND_NULL:
        if (json_scan_skip(scan, err) < 0)
            return -1;
        return predict_columns_missing(reading->columns, input_of(reading, reading->at),
                                       row_of(reading, reading->at), err);
    default:
        refuse(reading, reading->at, ERROR_INVALID_TYPE, "this is no element of");
        return json_scan_skip(scan, err);
    }
}

static int read_element(struct reading *reading, struct json_scan *scan,
                        struct error *err)
{
    int result = reading->at < reading->n_elements ? read_value(reading, scan, err)
                                                   : json_scan_skip(scan, err);
    reading->at++;
    return result;
}

/* What is left of the array, up to `end`. */
static int read_elements(struct reading *reading, struct json_scan *scan, size_t end,
                         struct error *err)
{
    double values[BLOCK];
    size_t n_read;
    int more = 1;
    while (more == 1) {
        size_t most = reading->at < end ? end - reading->at : 0;
        more = json_scan_next_numbers(scan, values, most < BLOCK ? most : BLOCK, &n_read,
                                      err);
        if (more < 0)
            return -1;
        check_numbers(reading, values, n_read);
        if (put(reading, values, n_read, err) < 0 ||
            (more == 1 && read_element(reading, scan, err) < 0))
            return -1;
    }
    return 0;
}

static void refuse_count(struct reading *reading, size_t n)
{
    char pointer[PROBLEM_POINTER_BYTES];
    v2_tensor_point(reading->tensor, "data", pointer);
    problem_report(reading->columns->rows.problems, ERROR_WRONG_WIDTH, pointer,
                   "there are %zu elements where the shape has %zu", n,
                   reading->n_elements);
}

/* Of a matrix whose rows are arrays. */
static int read_row(struct reading *reading, struct json_scan *scan, struct error *err)
{
    const struct v2_tensor *tensor = reading->tensor;
    size_t start = reading->at, end = start + tensor->n_inputs;
    char pointer[PROBLEM_POINTER_BYTES];
    bool is_array = json_scan_peek(scan) == JSON_KIND_ARRAY;
    if (!is_array || start >= reading->n_elements) {
        reading->at = end;
        if (json_scan_skip(scan, err) < 0)
            return -1;
    } else if (json_scan_enter_array(scan, err) < 0 ||
               read_elements(reading, scan, end, err) < 0) {
        return -1;
    }
    if (is_array && reading->at == end)
        return 0;
    reading->at = end;
    v2_tensor_point(tensor, "data", pointer);
    problem_pointer_at(pointer, pointer, start / tensor->n_inputs);
    problem_report(reading->columns->rows.problems, ERROR_WRONG_WIDTH, pointer,
                   "an array of %zu elements is needed, as in the rows before",
                   tensor->n_inputs);
    return 0;
}

static int read_rows(struct reading *reading, struct json_scan *scan, struct error *err)
{
    int more;
    while ((more = json_scan_next_element(scan, err)) == 1)
        if (read_row(reading, scan, err) < 0)
            return -1;
    return more;
}

static int read_json(struct reading *reading, struct error *err)
{
    const struct v2_tensor *tensor = reading->tensor;
    struct json_scan scan = tensor->data;
    if (json_scan_enter_array(&scan, err) < 0)
        return -1;
    bool is_nested = tensor->n_dimensions > 1 && json_scan_peek(&scan) == JSON_KIND_ARRAY;
    if ((is_nested ? read_rows(reading, &scan, err)
                   : read_elements(reading, &scan, reading->n_elements, err)) < 0)
        return -1;
    if (reading->at != reading->n_elements)
        refuse_count(reading, reading->at);
    return 0;
}

/* ---- binary ---- */

static void refuse_texts(const struct reading *reading)
{
    char pointer[PROBLEM_POINTER_BYTES];
    v2_tensor_point(reading->tensor, "parameters", pointer);
    problem_report(reading->columns->rows.problems, ERROR_WRONG_WIDTH, pointer,
                   "%zu bytes are not those of %zu texts, each behind its length",
                   reading->tensor->binary_bytes, reading->n_elements);
}

/* The next text and its length before it; NULL if it goes beyond the end. */
static const char *next_text(const char **at, const char *end, size_t *n)
{
    uint32_t length;
    if ((size_t)(end - *at) < sizeof(length))
        return NULL;
    memcpy(&length, *at, sizeof(length));
    length = le32toh(length);
    const char *text = *at + sizeof(length);
    if ((size_t)(end - text) < length)
        return NULL;
    *n = length;
    *at = text + length;
    return text;
}

static int read_texts(struct reading *reading, struct error *err)
{
    const struct v2_tensor *tensor = reading->tensor;
    const char *at = tensor->binary, *end = at + tensor->binary_bytes, *text;
    size_t n;
    for (; reading->at < reading->n_elements && (text = next_text(&at, end, &n));
         reading->at++)
        if (predict_columns_text(reading->columns, input_of(reading, reading->at),
                                 row_of(reading, reading->at), text, n, err) < 0)
            return -1;
    if (reading->at < reading->n_elements || at < end)
        refuse_texts(reading);
    return 0;
}

static bool are_doubles(const struct v2_tensor *tensor)
{
    return tensor->datatype == V2_FP64 && le32toh(1) == 1;
}

static int put_bools(struct reading *reading, const double *values, size_t n,
                     struct error *err)
{
    for (size_t i = 0; i < n; i++, reading->at++)
        if (put_bool(reading, values[i] != 0, err) < 0)
            return -1;
    return 0;
}

static int read_block(struct reading *reading, const char *bytes, size_t n,
                      struct error *err)
{
    const struct v2_tensor *tensor = reading->tensor;
    double values[BLOCK];
    size_t n_exact = v2_datatype_read(tensor->datatype, bytes, n, values);
    bool is_bool = tensor->datatype == V2_BOOL;
    if ((is_bool ? put_bools(reading, values, n_exact, err)
                 : put(reading, values, n_exact, err)) < 0)
        return -1;
    if (n_exact == n)
        return 0;
    refuse(reading, reading->at, ERROR_OUT_OF_RANGE,
           is_bool ? "only the bytes 0 and 1 are of"
                   : "no double tells exactly this number of");
    reading->at += n - n_exact;
    return 0;
}

static int read_binary(struct reading *reading, struct error *err)
{
    const struct v2_tensor *tensor = reading->tensor;
    size_t size = v2_datatype_bytes(tensor->datatype);
    if (are_doubles(tensor))
        return put(reading, tensor->binary, reading->n_elements, err);
    while (reading->at < reading->n_elements) {
        size_t n = reading->n_elements - reading->at;
        if (read_block(reading, tensor->binary + reading->at * size,
                       n < BLOCK ? n : BLOCK, err) < 0)
            return -1;
    }
    return 0;
}

int v2_data_read(const struct v2_tensor *tensor, struct predict_columns *columns,
                 struct error *err)
{
    struct reading reading = {.tensor = tensor,
                              .columns = columns,
                              .n_elements = tensor->dimensions[0] * tensor->n_inputs};
    if (tensor->has_data)
        return read_json(&reading, err);
    if (tensor->datatype == V2_BYTES)
        return read_texts(&reading, err);
    return read_binary(&reading, err);
}
