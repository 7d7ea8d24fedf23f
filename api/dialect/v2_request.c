/*
 * First the tensors are described, so that it is known which there are and how many rows
 * they have, before there is memory for any; then their data is read, each once.
 */
#include "api/dialect/v2_request.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "api/dialect/scoring.h"
#include "api/dialect/v2_data.h"
#include "core/base/memory.h"
#include "core/text/number.h"

#define LENGTH_HEADER "Inference-Header-Content-Length"

enum member { ID, PARAMETERS, INPUTS, OUTPUTS, N_MEMBERS };
static const char *const member_names[N_MEMBERS] = {"id", "parameters", "inputs",
                                                    "outputs"};

struct reading {
    const struct model *model;
    struct v2_request *request;
    struct problem_list *problems;
    struct json_scan at[N_MEMBERS];
    bool has[N_MEMBERS];
    bool is_binary; /* all outputs, where they do not say otherwise */
    const char *binary;
    size_t binary_bytes; /* that are left for the tensors to come */
    struct v2_tensor *tensors;
    size_t n_tensors, capacity;
    struct predict_columns columns;
};

int v2_request_header_bytes(const char *header, size_t body_bytes, size_t *n,
                            struct error *err)
{
    int64_t value;
    *n = body_bytes;
    if (!header)
        return 0;
    if (!number_parse_integer(header, strlen(header), 0, INT64_MAX, &value) ||
        (uint64_t)value > body_bytes) {
        error_set(err, ERROR_INVALID,
                  "a whole number from 0 to the %zu bytes of the body is needed",
                  body_bytes);
        error_place(err, "header %s", LENGTH_HEADER);
        return -1;
    }
    *n = (size_t)value;
    return 0;
}

/* ---- members ---- */

static int find_member(struct reading *reading, struct json_scan *scan,
                       const struct json_text *key, struct error *err)
{
    size_t m = 0;
    while (m < N_MEMBERS && !json_scan_text_is(key, member_names[m]))
        m++;
    if (m == N_MEMBERS)
        return json_scan_skip(scan, err);
    if (reading->has[m]) {
        error_set(err, ERROR_DUPLICATE_KEY, "%s is given twice", member_names[m]);
        error_place(err, "byte %zu", (size_t)(key->text - scan->text) - 1);
        return -1;
    }
    reading->has[m] = true;
    (void)json_scan_peek(scan); /* blanks are passed */
    reading->at[m] = *scan;
    return m == INPUTS ? json_scan_pass(scan, err) : json_scan_skip(scan, err);
}

static int find_members(struct reading *reading, struct json_scan *scan,
                        struct error *err)
{
    struct json_text key;
    int more;
    if (json_scan_peek(scan) != JSON_KIND_OBJECT) {
        problem_report(reading->problems, ERROR_INVALID_TYPE, "", "an object is needed");
        return json_scan_skip(scan, err) < 0 ? -1 : json_scan_finish(scan, err);
    }
    if (json_scan_enter_object(scan, err) < 0)
        return -1;
    while ((more = json_scan_next_key(scan, &key, err)) == 1) {
        if (find_member(reading, scan, &key, err) < 0)
            return -1;
        if (reading->has[ID] && !reading->request->id) {
            reading->request->id = scan->text + reading->at[ID].at;
            reading->request->id_bytes = scan->at - reading->at[ID].at;
        }
    }
    return more < 0 ? -1 : json_scan_finish(scan, err);
}

/* What a client sends back to itself. */
static void check_id(struct reading *reading)
{
    if (reading->has[ID] && json_scan_peek(&reading->at[ID]) != JSON_KIND_STRING)
        problem_report(reading->problems, ERROR_INVALID_TYPE, "/id",
                       "a string is needed");
}

/* Others are for other servers, or tell how to schedule what is done at once. */
static int read_parameters(struct reading *reading, struct error *err)
{
    struct json_scan scan = reading->at[PARAMETERS];
    struct json_text key;
    int more;
    if (!reading->has[PARAMETERS])
        return 0;
    if (json_scan_peek(&scan) != JSON_KIND_OBJECT) {
        problem_report(reading->problems, ERROR_INVALID_TYPE, "/parameters",
                       "an object is needed");
        return 0;
    }
    if (json_scan_enter_object(&scan, err) < 0)
        return -1;
    while ((more = json_scan_next_key(&scan, &key, err)) == 1) {
        enum json_kind kind = json_scan_peek(&scan);
        if (json_scan_text_is(&key, "binary_data_output")) {
            reading->is_binary = kind == JSON_KIND_TRUE;
            if (kind != JSON_KIND_TRUE && kind != JSON_KIND_FALSE)
                problem_report(reading->problems, ERROR_INVALID_TYPE,
                               "/parameters/binary_data_output",
                               "true or false is needed");
        }
        if (json_scan_skip(&scan, err) < 0)
            return -1;
    }
    return more;
}

static int read_outputs(struct reading *reading, struct error *err)
{
    struct v2_outputs *outputs = &reading->request->outputs;
    unsigned usual = reading->request->body.options.outputs;
    v2_output_take(reading->model, usual, outputs);
    if (reading->has[OUTPUTS] &&
        v2_output_read(reading->model, usual, reading->at[OUTPUTS], outputs,
                       reading->problems, err) < 0)
        return -1;
    for (size_t i = 0; i < outputs->n; i++)
        if (!outputs->of[i].has_binary)
            outputs->of[i].is_binary = reading->is_binary;
    return 0;
}

/* ---- tensors ---- */

static int keep_tensor(struct reading *reading, const struct v2_tensor *tensor,
                       struct error *err)
{
    if (reading->n_tensors == reading->capacity) {
        size_t larger = reading->capacity ? reading->capacity * 2 : 4;
        struct v2_tensor *moved =
            memory_resize(reading->tensors, larger, sizeof(*moved), err);
        if (!moved)
            return -1;
        reading->tensors = moved;
        reading->capacity = larger;
    }
    reading->tensors[reading->n_tensors++] = *tensor;
    return 0;
}

static void refuse(struct reading *reading, const struct v2_tensor *tensor,
                   enum error_code code, const char *member, const char *message)
{
    char pointer[PROBLEM_POINTER_BYTES];
    v2_tensor_point(tensor, member, pointer);
    problem_report(reading->problems, code, pointer, "%s", message);
}

/* No input twice: so there are no more tensors than inputs. */
static int give(struct reading *reading, const struct v2_tensor *tensor,
                struct error *err)
{
    bool has_all = reading->columns.all_given, is_first = reading->n_tensors == 0;
    bool is_whole = tensor->n_inputs == reading->model->encoding->n_inputs;
    int is_new = 0;
    if (is_whole && is_first) {
        predict_columns_give_all(&reading->columns);
        is_new = 1;
    } else if (!is_whole && !has_all) {
        is_new = predict_columns_give(&reading->columns, tensor->first_input, err);
    }
    if (is_new == 0)
        refuse(reading, tensor, ERROR_DUPLICATE_COLUMN, "name",
               "the input is given twice");
    return is_new;
}

/* Its bytes are taken from those behind the JSON, in order. */
static bool take_binary(struct reading *reading, struct v2_tensor *tensor)
{
    if (!tensor->has_binary)
        return true;
    if (tensor->binary_bytes > reading->binary_bytes) {
        refuse(reading, tensor, ERROR_WRONG_WIDTH, "parameters",
               "the body ends before the binary data; " LENGTH_HEADER
               " tells where it begins");
        return false;
    }
    tensor->binary = reading->binary;
    reading->binary += tensor->binary_bytes;
    reading->binary_bytes -= tensor->binary_bytes;
    return true;
}

static void check_rows(struct reading *reading, const struct v2_tensor *tensor)
{
    const struct v2_tensor *first = reading->tensors;
    if (tensor->dimensions[0] != first->dimensions[0])
        refuse(reading, tensor, ERROR_WRONG_WIDTH, "shape",
               "all tensors need the same number of rows");
}

static int add_tensor(struct reading *reading, size_t position, struct json_scan *scan,
                      struct error *err)
{
    struct v2_tensor tensor = {0};
    int is_fine =
        v2_tensor_read(reading->model, position, scan, &tensor, reading->problems, err);
    if (is_fine == 1)
        is_fine = take_binary(reading, &tensor) ? give(reading, &tensor, err) : 0;
    if (is_fine == 1 && keep_tensor(reading, &tensor, err) < 0)
        return -1;
    if (is_fine == 1)
        check_rows(reading, &tensor);
    return is_fine < 0 ? -1 : 0;
}

static int read_tensors(struct reading *reading, struct error *err)
{
    struct json_scan scan = reading->at[INPUTS];
    int more;
    if (!reading->has[INPUTS] || json_scan_peek(&scan) != JSON_KIND_ARRAY) {
        problem_report(reading->problems,
                       reading->has[INPUTS] ? ERROR_INVALID_TYPE : ERROR_MISSING_FIELD,
                       "/inputs", "an array of tensors is needed");
        return 0;
    }
    if (json_scan_enter_array(&scan, err) < 0)
        return -1;
    for (size_t i = 0; (more = json_scan_next_element(&scan, err)) == 1; i++)
        if (add_tensor(reading, i, &scan, err) < 0)
            return -1;
    if (more == 0 && reading->binary_bytes > 0 && reading->problems->n == 0)
        problem_report(reading->problems, ERROR_WRONG_WIDTH, "",
                       "there are %zu bytes behind the data of the last tensor",
                       reading->binary_bytes);
    return more;
}

static int read_data(struct reading *reading, struct budget *budget, struct error *err)
{
    size_t n_rows = reading->n_tensors > 0 ? reading->tensors[0].dimensions[0] : 0;
    if (predict_columns_begin(&reading->columns, n_rows, budget, "/inputs", err) < 0)
        return -1;
    for (size_t i = 0; i < reading->n_tensors; i++)
        if (v2_data_read(&reading->tensors[i], &reading->columns, err) < 0)
            return -1;
    return predict_columns_finish(&reading->columns, err);
}

static int read_json(struct reading *reading, struct json_scan *scan,
                     struct budget *budget, struct error *err)
{
    if (find_members(reading, scan, err) < 0)
        return -1;
    check_id(reading);
    if (reading->problems->n > 0)
        return 0;
    if (read_parameters(reading, err) < 0 || read_outputs(reading, err) < 0 ||
        read_tensors(reading, err) < 0)
        return -1;
    return reading->problems->n > 0 ? 0 : read_data(reading, budget, err);
}

/* ---- raw ---- */

/* "Only has 1 input. If the input data type is non-BYTE, the number of variable size
 * dimensions is at most 1. If the data type is BYTE, the shape must be [1]." */
static int read_raw(struct reading *reading, struct budget *budget, struct error *err)
{
    const struct encoding *encoding = reading->model->encoding;
    size_t row_bytes = encoding->n_inputs * sizeof(double);
    bool is_text = encoding->n_inputs == 1 && !v2_tensor_is_whole(reading->model);
    struct v2_tensor tensor = {.n_inputs = encoding->n_inputs,
                               .datatype = V2_FP64,
                               .n_dimensions = 2,
                               .has_binary = true,
                               .binary = reading->binary,
                               .binary_bytes = reading->binary_bytes};
    reading->is_binary = true;
    if (read_outputs(reading, err) < 0)
        return -1;
    predict_columns_give_all(&reading->columns);
    if (is_text) {
        if (predict_columns_begin(&reading->columns, 1, budget, "", err) < 0 ||
            predict_columns_text(&reading->columns, 0, 0, tensor.binary,
                                 tensor.binary_bytes, err) < 0)
            return -1;
        return predict_columns_finish(&reading->columns, err);
    }
    if (!v2_tensor_is_whole(reading->model)) {
        problem_report(reading->problems, ERROR_INVALID, "",
                       "a raw binary request is for a model with one input tensor; this "
                       "one has %zu",
                       encoding->n_inputs);
        return 0;
    }
    if (tensor.binary_bytes % row_bytes != 0) {
        problem_report(reading->problems, ERROR_WRONG_WIDTH, "",
                       "%zu bytes are no rows of %zu numbers of FP64",
                       tensor.binary_bytes, encoding->n_inputs);
        return 0;
    }
    tensor.dimensions[0] = tensor.binary_bytes / row_bytes;
    tensor.dimensions[1] = tensor.n_inputs;
    if (keep_tensor(reading, &tensor, err) < 0)
        return -1;
    return read_data(reading, budget, err);
}

/* ---- the whole ---- */

static void point(const void *context, size_t input, size_t row,
                  char pointer[PROBLEM_POINTER_BYTES])
{
    const struct reading *reading = context;
    for (size_t i = 0; i < reading->n_tensors; i++) {
        const struct v2_tensor *tensor = &reading->tensors[i];
        if (input - tensor->first_input < tensor->n_inputs) {
            v2_data_point(tensor, input, row, pointer);
            return;
        }
    }
    snprintf(pointer, PROBLEM_POINTER_BYTES, "row %zu", row + 1); /* of an expression */
}

/* Clients write NaN where there is none. */
static struct json_scan scan_of(const char *body, size_t header_bytes)
{
    struct json_scan scan = json_scan_start(body, header_bytes);
    scan.takes_nan = true;
    return scan;
}

int v2_request_read(const struct model *model, const char *body, size_t n_bytes,
                    size_t header_bytes, struct budget *budget,
                    struct v2_request *request, struct problem_list *problems,
                    struct error *err)
{
    struct reading reading = {.model = model,
                              .request = request,
                              .problems = problems,
                              .binary = body + header_bytes,
                              .binary_bytes = n_bytes - header_bytes};
    struct json_scan scan = scan_of(body, header_bytes);
    bool is_raw = header_bytes == 0 && n_bytes > 0;
    predict_columns_start(&reading.columns, model, &request->body, problems, point,
                          &reading);
    int result = scoring_options_read(model, &request->body.options, err);
    if (result == 0)
        result = is_raw ? read_raw(&reading, budget, err)
                        : read_json(&reading, &scan, budget, err);
    predict_columns_free(&reading.columns);
    memory_free(reading.tensors);
    if (result == 0 && problems->n == 0)
        return 0;
    if (header_bytes > 0)
        predict_body_check(scan_of(body, header_bytes), err);
    v2_request_free(request);
    return -1;
}

void v2_request_free(struct v2_request *request)
{
    predict_body_free(&request->body);
    *request = (struct v2_request){0};
}
