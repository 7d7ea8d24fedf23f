/*
 * Any bytes as the body of an inference request of the Open Inference Protocol: it is
 * refused with something told, or its rows are scored and its answer is JSON with as much
 * binary data behind it as it says. The first byte chooses the model, the second and
 * third how much of the rest is JSON (65535: all).
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api/dialect/v2_answer.h"
#include "core/data/ingest.h"
#include "core/data/table.h"
#include "core/text/json_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(int holds)
{
    if (!holds)
        abort();
}

/* Of two numbers; of a number and levels, of which one is of missing cells and others may
 * be unseen; of three sparse columns. */
static const struct {
    const char *type, *text;
    size_t n_inputs;
    struct input_request inputs[3];
} tables[] = {
    {"text/csv",
     "a,b\n1,2\n3,5\n",
     2,
     {{.name = "a", .type = -1}, {.name = "b", .type = -1}}},
    {"text/csv",
     "age,ses\n20,low\n30,\n40,high\n",
     2,
     {{.name = "age", .type = -1},
      {.name = "ses", .type = -1, .missing = MISSING_LEVEL, .unseen = UNSEEN_IGNORE}}},
    {"text/x-libsvm",
     "1 1:1 2:1 3:1\n",
     3,
     {{.name = "1", .type = -1}, {.name = "2", .type = -1}, {.name = "3", .type = -1}}},
};
#define N_TABLES (sizeof(tables) / sizeof(*tables))

static struct encoding *make_encoding(size_t which)
{
    struct buffer bytes = BUFFER_EMPTY;
    struct summary summary = {0};
    int fd = memfd_create("scratch", MFD_CLOEXEC);
    struct ingest *ingest = ingest_new(ingest_format_of(tables[which].type),
                                       &ingest_defaults, buffer_sink(&bytes), fd, NULL);
    const char *text = tables[which].text;
    check(ingest && ingest_push(ingest, text, strlen(text), NULL) == 0);
    check(ingest_finish(ingest, &summary, NULL) == 0);
    struct table *table = table_open(bytes.bytes, bytes.n_bytes, NULL);
    check(table != NULL);
    struct encoding *encoding = encoding_build(table, tables[which].inputs,
                                               tables[which].n_inputs, NULL, NULL, NULL);
    check(encoding != NULL);
    table_close(table);
    ingest_free(ingest);
    summary_free(&summary);
    buffer_free(&bytes);
    close(fd);
    return encoding;
}

/* Made at the first call: what predicting needs, and no more. */
static struct model *model_of(uint8_t choice)
{
    static char no[] = "no", yes[] = "yes", odd[] = "\xc3\xa4\"\\";
    static char *classes[] = {no, yes, odd};
    static double weights[] = {0.5, 2, -3, 1e300, 0, -1, -0.25, 4, 1}, intercepts[3];
    static struct encoding *encodings[N_TABLES];
    static struct model models[] = {
        {.n_references = 1, .family = FAMILY_BINOMIAL, .n_classes = 2, .positive = 1},
        {.n_references = 1, .family = FAMILY_MULTINOMIAL, .n_classes = 3},
        {.n_references = 1, .family = FAMILY_GAUSSIAN}};
    struct model *model = &models[choice % 3];
    struct encoding **encoding = &encodings[choice / 3 % N_TABLES];
    *encoding = *encoding ? *encoding : make_encoding(choice / 3 % N_TABLES);
    model->encoding = *encoding;
    model->classes = classes;
    model->weights = weights;
    model->intercepts = intercepts;
    return model;
}

static size_t binary_bytes(const json_t *outputs)
{
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(outputs); i++) {
        const json_t *parameters =
            json_object_get(json_array_get(outputs, i), "parameters");
        n += (size_t)json_integer_value(json_object_get(parameters, "binary_data_size"));
    }
    return n;
}

static void check_answer(struct model *model, const struct v2_request *request,
                         struct budget *budget)
{
    struct response response = {0};
    struct error err = {0};
    struct serving serving = {.name = "m",
                              .found = {.model = model_retain(model), .version = 1},
                              .budget = budget};
    check(serving_score(&serving, &request->body, &err) == 0);
    check(v2_answer_write(&serving, request, &response, &err) == 0);
    size_t n_json = response.body.n_bytes;
    if (response.n_headers > 0)
        n_json = strtoul(response.headers[0].value, NULL, 10);
    check(n_json <= response.body.n_bytes);
    json_t *json = json_loadb(response.body.bytes, n_json, JSON_ALLOW_NUL, NULL);
    check(json != NULL);
    check(binary_bytes(json_object_get(json, "outputs")) ==
          response.body.n_bytes - n_json);
    json_decref(json);
    response_free(&response);
    serving_close(&serving);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 3)
        return 0;
    struct model *model = model_of(bytes[0]);
    const char *body = (const char *)bytes + 3;
    size_t header_bytes = (size_t)bytes[1] * 256 + bytes[2];
    size_t n_body = n - 3;
    struct v2_request request = {0};
    struct problem_list problems = {0};
    struct error err = {0};
    struct budget budget;
    budget_start(&budget, (size_t)1 << 30);
    if (header_bytes > n_body)
        header_bytes = n_body;
    if (v2_request_read(model, body, n_body, header_bytes, &budget, &request, &problems,
                        &err) == 0) {
        struct json_scan scan = json_scan_start(body, header_bytes);
        scan.takes_nan = true;
        check(header_bytes == 0 ||
              (json_scan_skip(&scan, NULL) == 0 && json_scan_finish(&scan, NULL) == 0));
        check(request.body.n_good > 0 && request.body.n_good == request.body.n_rows);
        check_answer(model, &request, &budget);
    } else {
        check(error_is_set(&err) || problems.n > 0);
    }
    v2_request_free(&request);
    problem_list_free(&problems);
    check(budget_used(&budget) == 0);
    return 0;
}
