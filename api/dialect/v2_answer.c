#include "api/dialect/v2_answer.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/dialect/v2_datatype.h"
#include "core/base/memory.h"
#include "core/model/predict.h"
#include "core/text/number.h"

/* A value of a row, and which of them it is. */
struct ranked {
    double value;
    size_t index;
};

struct answer {
    const struct serving *serving;
    const struct model *model;
    const struct v2_request *request;
    struct json_writer json;
    struct buffer binary;
    double *probabilities; /* [n_classes], of the row at hand */
    struct ranked *ranked; /* [n_classes], and at least 1 */
};

/* ---- values ---- */

/* Of one row, `width` many. */
static const double *values_of(struct answer *answer, const struct v2_output *output,
                               size_t row, size_t *width)
{
    const double *scores = serving_scores_of(answer->serving, row);
    *width = output->tensor->by_class ? answer->model->n_classes : 1;
    if (output->tensor->output != PREDICT_PROBABILITY)
        return scores;
    predict_probabilities(answer->model, scores, answer->probabilities);
    return answer->probabilities;
}

static const char *label_of(const struct answer *answer, size_t row)
{
    bool tie;
    return answer->model
        ->classes[predict_label(answer->model, serving_scores_of(answer->serving, row),
                                answer->request->body.options.threshold, &tie)];
}

/* The greatest first; of equals the first. */
static int compare(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static size_t rank(struct answer *answer, const struct v2_output *output, size_t row)
{
    size_t width;
    const double *values = values_of(answer, output, row, &width);
    for (size_t k = 0; k < width; k++)
        answer->ranked[k] = (struct ranked){values[k], k};
    qsort(answer->ranked, width, sizeof(*answer->ranked), compare);
    return output->n_classes < width ? output->n_classes : width;
}

/* "<value>:<index>[:<label>]", as Triton's classification has it. */
static void append_class(const struct answer *answer, const struct v2_output *output,
                         const struct ranked *ranked, struct buffer *out)
{
    char number[NUMBER_TEXT_BYTES];
    buffer_append(out, number, number_write(ranked->value, number));
    buffer_printf(out, ":%zu", ranked->index);
    if (!output->tensor->by_class)
        return;
    buffer_append_byte(out, ':');
    buffer_append_string(out, answer->model->classes[ranked->index]);
}

/* ---- texts, as JSON or binary ---- */

static void write_text(struct answer *answer, const struct v2_output *output,
                       const char *text, size_t n)
{
    uint32_t length = htole32((uint32_t)n);
    if (!output->is_binary) {
        json_write_text(&answer->json, text, n);
        return;
    }
    buffer_append(&answer->binary, &length, sizeof(length));
    buffer_append(&answer->binary, text, n);
}

static void write_classes(struct answer *answer, const struct v2_output *output,
                          size_t row)
{
    struct buffer text = BUFFER_EMPTY;
    size_t n = rank(answer, output, row);
    for (size_t k = 0; k < n; k++) {
        buffer_clear(&text);
        append_class(answer, output, &answer->ranked[k], &text);
        if (!text.failed)
            write_text(answer, output, text.bytes, text.n_bytes);
        answer->binary.failed = answer->binary.failed || text.failed;
    }
    buffer_free(&text);
}

/* ---- one output ---- */

static void write_numbers(struct answer *answer, const struct v2_output *output,
                          size_t row)
{
    size_t width;
    const double *values = values_of(answer, output, row, &width);
    for (size_t k = 0; k < width; k++) {
        uint64_t bits;
        memcpy(&bits, &values[k], sizeof(bits));
        bits = htole64(bits);
        if (output->is_binary)
            buffer_append(&answer->binary, &bits, sizeof(bits));
        else
            json_write_number(&answer->json, values[k]);
    }
}

static void write_values(struct answer *answer, const struct v2_output *output)
{
    for (size_t row = 0; row < answer->serving->n_rows; row++) {
        if (output->n_classes > 0) {
            write_classes(answer, output, row);
        } else if (output->tensor->is_text) {
            const char *label = label_of(answer, row);
            write_text(answer, output, label, strlen(label));
        } else {
            write_numbers(answer, output, row);
        }
    }
}

static void write_shape(struct answer *answer, const struct v2_output *output)
{
    size_t width = output->tensor->by_class ? answer->model->n_classes : 1;
    size_t n =
        output->n_classes > 0 && output->n_classes < width ? output->n_classes : width;
    json_write_key(&answer->json, "shape");
    json_write_begin_array(&answer->json);
    json_write_integer(&answer->json, (int64_t)answer->serving->n_rows);
    if (output->tensor->by_class || output->n_classes > 0)
        json_write_integer(&answer->json, (int64_t)n);
    json_write_end_array(&answer->json);
}

static void write_data(struct answer *answer, const struct v2_output *output)
{
    size_t before = answer->binary.n_bytes;
    if (!output->is_binary) {
        json_write_key(&answer->json, "data");
        json_write_begin_array(&answer->json);
        write_values(answer, output);
        json_write_end_array(&answer->json);
        return;
    }
    write_values(answer, output);
    json_write_key(&answer->json, "parameters");
    json_write_begin_object(&answer->json);
    json_write_member_integer(&answer->json, "binary_data_size",
                              (int64_t)(answer->binary.n_bytes - before));
    json_write_end_object(&answer->json);
}

static void write_output(struct answer *answer, const struct v2_output *output)
{
    bool is_text = output->tensor->is_text || output->n_classes > 0;
    json_write_begin_object(&answer->json);
    json_write_member_string(&answer->json, "name", output->tensor->name);
    json_write_member_string(&answer->json, "datatype",
                             v2_datatype_name(is_text ? V2_BYTES : V2_FP64));
    write_shape(answer, output);
    write_data(answer, output);
    json_write_end_object(&answer->json);
}

/* ---- the whole ---- */

static void write_json(struct answer *answer)
{
    const struct v2_request *request = answer->request;
    char version[24];
    snprintf(version, sizeof(version), "%" PRIu64, answer->serving->found.version);
    json_write_begin_object(&answer->json);
    json_write_member_string(&answer->json, "model_name", answer->serving->name);
    json_write_member_string(&answer->json, "model_version", version);
    if (request->id) {
        json_write_key(&answer->json, "id");
        json_write_raw(&answer->json, request->id, request->id_bytes);
    }
    json_write_key(&answer->json, "outputs");
    json_write_begin_array(&answer->json);
    for (size_t i = 0; i < request->outputs.n; i++)
        write_output(answer, &request->outputs.of[i]);
    json_write_end_array(&answer->json);
    json_write_end_object(&answer->json);
}

static int write_body(struct answer *answer, struct response *response, struct error *err)
{
    size_t n_classes = answer->model->n_classes > 0 ? answer->model->n_classes : 1;
    answer->probabilities = memory_new(n_classes, sizeof(*answer->probabilities), err);
    answer->ranked = memory_new(n_classes, sizeof(*answer->ranked), err);
    if (!answer->probabilities || !answer->ranked)
        return -1;
    write_json(answer);
    size_t json_bytes = response->body.n_bytes;
    if (answer->binary.n_bytes > 0) {
        response->content_type = "application/octet-stream";
        response_header(response, "Inference-Header-Content-Length", "%zu", json_bytes);
        buffer_append(&response->body, answer->binary.bytes, answer->binary.n_bytes);
    }
    if (buffer_check(&answer->binary, err) < 0)
        return -1;
    return buffer_check(&response->body, err);
}

int v2_answer_write(const struct serving *serving, const struct v2_request *request,
                    struct response *response, struct error *err)
{
    size_t n_bytes;
    if (tensors_reserve(serving, &n_bytes, err) < 0)
        return -1;
    response_start_json(response, 200);
    struct answer answer = {.serving = serving,
                            .model = serving->found.model,
                            .request = request,
                            .json = json_write_start(&response->body)};
    int result = write_body(&answer, response, err);
    memory_free(answer.probabilities);
    memory_free(answer.ranked);
    buffer_free(&answer.binary);
    budget_release(serving->budget, n_bytes);
    return result;
}
