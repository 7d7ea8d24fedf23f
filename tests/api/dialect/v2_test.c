/*
 * Requests and answers as the documents have them: "Inference Request JSON Object" of
 * kserve/open-inference-protocol, and extension_binary_data.md,
 * extension_classification.md of triton-inference-server/server.
 */
#include "api/dialect/v2.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "core/data/gzip.h"
#include "tests/support/odds_models.h"
#include "tests/support/loopback_fixture.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static struct answer infer_bytes(const char *headers, const void *body, size_t n)
{
    return loopback_call_bytes(&loopback, "POST /v2/models/m/infer", headers, body, n);
}

static struct answer infer(const char *body)
{
    return infer_bytes("Content-Type: application/json", body, strlen(body));
}

static void must_be(struct answer answer, const char *expected)
{
    ck_assert_msg(answer.status == 200, "%d %s", answer.status, answer.body);
    ck_assert_str_eq(answer.body, expected);
    ck_assert_str_eq(answer.content_type, "application/json");
    answer_free(&answer);
}

static void must_refuse(struct answer answer, int status, const char *text)
{
    ck_assert_msg(answer.status == status, "%s: %d %s", text, answer.status, answer.body);
    ck_assert_str_eq(answer.content_type, "application/json");
    ck_assert_msg(strstr(answer_string(&answer, "error"), text) != NULL, "%s: %s", text,
                  answer.body);
    ck_assert_uint_eq(json_object_size(answer.json), 1);
    answer_free(&answer);
}

/* The odds of yes are 1:3 where s is a, 1:1 where it is b. */
static void train_categorical(void)
{
    struct answer answer = loopback_call(
        &loopback, "POST /v1/jobs", "Content-Type: application/json\nPrefer: wait=30",
        "{\"model\":\"m\",\"target\":\"y\",\"data\":{\"columns\":[\"y\",\"s\"],"
        "\"rows\":[[\"no\",\"a\"],[\"no\",\"a\"],[\"no\",\"a\"],[\"yes\",\"a\"],[\"yes\","
        "\"b\"],[\"no\",\"b\"]]}}");
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    answer_free(&answer);
}

/* ---- JSON ---- */

#define INPUT(shape, type, data)                                                         \
    "{\"inputs\":[{\"name\":\"input\",\"shape\":" shape ",\"datatype\":\"" type          \
    "\",\"data\":" data "}]}"

START_TEST(rows_of_a_numeric_model_are_one_tensor)
{
    static const char *const bodies[] = {
        INPUT("[2,1]", "FP64", "[0,1]"),      INPUT("[2,1]", "FP64", "[[0],[1]]"),
        INPUT("[2,1]", "FP32", "[0.0,1e0]"),  INPUT("[2,1]", "INT8", "[0,1]"),
        INPUT("[2,1]", "BOOL", "[false,1]"),  INPUT("[2]", "UINT64", "[0,1]"),
        INPUT("[ 2, 1 ]", "BF16", " [0,1]\n")};
    odds_models_binomial(&loopback, "m");
    for (size_t i = 0; i < LENGTH(bodies); i++) {
        struct answer answer = infer(bodies[i]);
        ck_assert_msg(answer.status == 200, "%s: %s", bodies[i], answer.body);
        ck_assert_str_eq(answer_string(&answer, "model_name"), "m");
        ck_assert_str_eq(answer_string(&answer, "model_version"), "1");
        ck_assert_str_eq(answer_string(&answer, "outputs/0/name"), "label");
        ck_assert_str_eq(answer_string(&answer, "outputs/0/datatype"), "BYTES");
        ck_assert_str_eq(answer_string(&answer, "outputs/0/data/1"), "1");
        ck_assert(answer_number(&answer, "outputs/0/shape/0") == 2);
        ck_assert_str_eq(answer_string(&answer, "outputs/1/name"), "probability");
        ck_assert_str_eq(answer_string(&answer, "outputs/1/datatype"), "FP64");
        ck_assert(answer_number(&answer, "outputs/1/shape/1") == 2);
        odds_models_near(&answer, "outputs/1/data/1", .25);
        odds_models_near(&answer, "outputs/1/data/3", .75);
        ck_assert_str_eq(answer_string(&answer, "outputs/2/name"), "log_odds");
        odds_models_near(&answer, "outputs/2/data/0", -log(3));
        answer_free(&answer);
    }
}
END_TEST

START_TEST(columns_are_tensors_by_their_names)
{
    static const char *const bodies[] = {
        "{\"inputs\":[{\"name\":\"x\",\"shape\":[2],\"datatype\":\"FP64\",\"data\":[0,1]}"
        ","
        "{\"name\":\"s\",\"shape\":[2,1],\"datatype\":\"BYTES\",\"data\":[\"a\",\"b\"]}]"
        "}",
        "{\"inputs\":[{\"data\":[[\"a\"],[\"\\u0062\"]],\"datatype\":\"BYTES\",\"shape\":"
        "[2,1],\"name\":\"\\u0073\"},{\"name\":\"x\",\"shape\":[2,1],\"datatype\":"
        "\"INT64\",\"data\":[[0],[1]]}]}"};
    double first[2];
    odds_models_mixed(&loopback, "m");
    for (size_t i = 0; i < LENGTH(bodies); i++) {
        struct answer answer = infer(bodies[i]);
        ck_assert_msg(answer.status == 200, "%s: %s", bodies[i], answer.body);
        for (size_t row = 0; row < 2; row++) {
            double value =
                answer_number(&answer, row ? "outputs/2/data/1" : "outputs/2/data/0");
            first[row] = i == 0 ? value : first[row];
            ck_assert(value == first[row]);
        }
        answer_free(&answer);
    }
}
END_TEST

START_TEST(an_id_comes_back_and_outputs_are_those_asked_for)
{
    odds_models_binomial(&loopback, "m");
    must_be(infer("{\"id\":\"4\\u0032\\\"\",\"unknown\":[{}],\"outputs\":[{\"name\":"
                  "\"label\",\"parameters\":{\"binary_data\":false}}],\"parameters\":{"
                  "\"priority\":3,\"my_custom_parameter\":42},\"inputs\":[{\"name\":"
                  "\"input\",\"shape\":[2,1],\"datatype\":\"FP64\",\"data\":[0,1]}]}"),
            "{\"model_name\":\"m\",\"model_version\":\"1\",\"id\":\"4\\u0032\\\"\","
            "\"outputs\":[{\"name\":\"label\",\"datatype\":\"BYTES\",\"shape\":[2],"
            "\"data\":[\"0\",\"1\"]}]}");
    struct answer answer = loopback_json(&loopback, "POST /v2/models/m/versions/1/infer",
                                         INPUT("[1,1]", "FP64", "[0]"));
    ck_assert_int_eq(answer.status, 200);
    answer_free(&answer);
}
END_TEST

START_TEST(null_and_nan_are_missing_values)
{
    odds_models_binomial(&loopback, "m");
    must_refuse(infer(INPUT("[2,1]", "FP64", "[0,NaN]")), 400,
                "the value is missing and the model does not know what to do without it "
                "(input x) (/inputs/0/data/1)");
    must_refuse(infer(INPUT("[2,1]", "FP64", "[null,1]")), 400, "/inputs/0/data/0");
}
END_TEST

/* "For example, if an output tensor is [ 1, 5, 10, 4 ] … the top-2 classifications by
 * index are [ 2, 1 ]"; "<value>:<index>[:<label>]". */
START_TEST(classification_tells_the_greatest_values_as_texts)
{
    odds_models_binomial(&loopback, "m");
    for (unsigned n = 1; n <= 3; n++) {
        char body[512], value[64];
        snprintf(
            body, sizeof(body),
            "{\"outputs\":[{\"name\":\"probability\",\"parameters\":{"
            "\"classification\":%u}},{\"name\":\"log_odds\",\"parameters\":{"
            "\"classification\":1}}],\"inputs\":[{\"name\":\"input\",\"shape\":[2,1],"
            "\"datatype\":\"FP64\",\"data\":[0,1]}]}",
            n);
        struct answer answer = infer(body);
        ck_assert_msg(answer.status == 200, "%s", answer.body);
        unsigned width = n < 2 ? n : 2;
        ck_assert_str_eq(answer_string(&answer, "outputs/0/datatype"), "BYTES");
        ck_assert(answer_number(&answer, "outputs/0/shape/0") == 2);
        ck_assert(answer_number(&answer, "outputs/0/shape/1") == width);
        ck_assert_uint_eq(json_array_size(answer_at(&answer, "outputs/0/data")),
                          2 * width);
        snprintf(value, sizeof(value), "%s", answer_string(&answer, "outputs/0/data/0"));
        ck_assert_double_eq_tol(strtod(value, NULL), .75, 1e-9);
        ck_assert_str_eq(strchr(value, ':'), ":0:0");
        snprintf(
            value, sizeof(value), "%s",
            answer_string(&answer, width == 1 ? "outputs/0/data/1" : "outputs/0/data/2"));
        ck_assert_str_eq(strchr(value, ':'), ":1:1");
        ck_assert_str_eq(strchr(answer_string(&answer, "outputs/1/data/1"), ':'), ":0");
        answer_free(&answer);
    }
}
END_TEST

/* ---- binary ---- */

static struct buffer body_of(const char *json, const void *binary, size_t n)
{
    struct buffer body = BUFFER_EMPTY;
    buffer_append_string(&body, json);
    buffer_append(&body, binary, n);
    ck_assert(!body.failed);
    return body;
}

static struct answer infer_binary(const char *json, const void *binary, size_t n)
{
    char headers[128];
    struct buffer body = body_of(json, binary, n);
    snprintf(headers, sizeof(headers),
             "Content-Type: application/octet-stream\nInference-Header-Content-Length: "
             "%zu",
             strlen(json));
    struct answer answer = infer_bytes(headers, body.bytes, body.n_bytes);
    buffer_free(&body);
    return answer;
}

#define TENSOR(name, shape, type, size)                                                  \
    "{\"name\":\"" name "\",\"shape\":" shape ",\"datatype\":\"" type                    \
    "\",\"parameters\":{\"binary_data_size\":" size "}}"
#define BINARY(shape, type, size) "{\"inputs\":[" TENSOR("input", shape, type, size) "]}"
#define BINARY_OUT(shape, type, size)                                                    \
    "{\"parameters\":{\"binary_data_output\":true},\"inputs\":[" TENSOR("input", shape,  \
                                                                        type, size) "]}"

static const struct {
    const char *json, *bytes;
    size_t n_bytes;
} numbers[] = {
    {BINARY("[2,1]", "BOOL", "2"), "\0\1", 2},
    {BINARY("[2,1]", "UINT8", "2"), "\0\1", 2},
    {BINARY("[2,1]", "INT8", "2"), "\0\1", 2},
    {BINARY("[2,1]", "UINT16", "4"), "\0\0\1\0", 4},
    {BINARY("[2,1]", "INT16", "4"), "\0\0\1\0", 4},
    {BINARY("[2,1]", "UINT32", "8"), "\0\0\0\0\1\0\0\0", 8},
    {BINARY("[2,1]", "INT32", "8"), "\0\0\0\0\1\0\0\0", 8},
    {BINARY("[2,1]", "UINT64", "16"), "\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 16},
    {BINARY("[2,1]", "INT64", "16"), "\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 16},
    {BINARY("[2,1]", "FP16", "4"), "\0\0\0\x3c", 4},
    {BINARY("[2,1]", "BF16", "4"), "\0\0\x80\x3f", 4},
    {BINARY("[2,1]", "FP32", "8"), "\0\0\0\0\0\0\x80\x3f", 8},
    {BINARY("[2,1]", "FP64", "16"), "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xf0\x3f", 16},
};

START_TEST(numbers_of_every_datatype_may_be_binary)
{
    odds_models_binomial(&loopback, "m");
    struct answer answer =
        infer_binary(numbers[_i].json, numbers[_i].bytes, numbers[_i].n_bytes);
    ck_assert_msg(answer.status == 200, "%s: %s", numbers[_i].json, answer.body);
    odds_models_near(&answer, "outputs/2/data/0", -log(3));
    odds_models_near(&answer, "outputs/2/data/1", log(3));
    answer_free(&answer);
}
END_TEST

/* "the HTTP body … will contain the JSON … followed by the binary tensor data in the same
 * order as the order of the input or output tensors are specified in the JSON". */
START_TEST(answers_may_be_binary)
{
    double values[3];
    odds_models_binomial(&loopback, "m");
    struct answer answer = infer_binary(BINARY_OUT("[1,1]", "UINT8", "1"), "\0", 1);
    ck_assert_int_eq(answer.status, 200);
    ck_assert_str_eq(answer.content_type, "application/octet-stream");
    static const char json[] =
        "{\"model_name\":\"m\",\"model_version\":\"1\",\"outputs\":["
        "{\"name\":\"label\",\"datatype\":\"BYTES\",\"shape\":[1],\"parameters\":{"
        "\"binary_data_size\":5}},{\"name\":\"probability\",\"datatype\":\"FP64\","
        "\"shape\":[1,2],\"parameters\":{\"binary_data_size\":16}},{\"name\":"
        "\"log_odds\",\"datatype\":\"FP64\",\"shape\":[1],\"parameters\":{"
        "\"binary_data_size\":8}}]}";
    size_t n = sizeof(json) - 1;
    ck_assert_uint_eq(answer.body_bytes, n + 5 + 16 + 8);
    ck_assert_mem_eq(answer.body, json, n);
    ck_assert_uint_eq(
        (size_t)atoi(answer_header(&answer, "Inference-Header-Content-Length")), n);
    ck_assert_mem_eq(answer.body + n,
                     "\1\0\0\0"
                     "0",
                     5);
    memcpy(values, answer.body + n + 5, sizeof(values));
    ck_assert_double_eq_tol(values[0], .75, 1e-9);
    ck_assert_double_eq_tol(values[1], .25, 1e-9);
    ck_assert_double_eq_tol(values[2], -log(3), 1e-9);
    answer_free(&answer);
}
END_TEST

START_TEST(several_tensors_lie_behind_each_other_and_beside_json)
{
    static const char *const jsons[] = {
        "{\"inputs\":[" TENSOR("x", "[2]", "FP32", "8") "," TENSOR("s", "[2,1]", "BYTES",
                                                                   "10") "]}",
        "{\"inputs\":[{\"name\":\"x\",\"shape\":[2],\"datatype\":\"FP32\",\"data\":[0,1]}"
        "," TENSOR("s", "[2]", "BYTES", "10") "]}"};
    static const char binary[] = "\0\0\0\0\0\0\x80\x3f\1\0\0\0"
                                 "a\1\0\0\0"
                                 "b";
    double first = 0;
    odds_models_mixed(&loopback, "m");
    for (size_t i = 0; i < 2; i++) {
        size_t skipped = i == 0 ? 0 : 8;
        struct answer answer =
            infer_binary(jsons[i], binary + skipped, sizeof(binary) - 1 - skipped);
        ck_assert_msg(answer.status == 200, "%s", answer.body);
        double value = answer_number(&answer, "outputs/2/data/1");
        ck_assert(i == 0 || value == first);
        first = value;
        answer_free(&answer);
    }
}
END_TEST

/* "To send a raw binary request, the Inference-Header-Content-Length header must be
 * provided with value 0 … all the model output will be requested to be returned in binary
 * tensor form". */
START_TEST(a_raw_request_is_the_numbers_alone)
{
    const double rows[] = {0, 1, 0.5};
    odds_models_binomial(&loopback, "m");
    struct answer answer = infer_binary("", rows, sizeof(rows));
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_ptr_nonnull(strstr(answer.body, "\"shape\":[3,2]"));
    ck_assert_str_eq(answer.content_type, "application/octet-stream");
    double log_odds;
    memcpy(&log_odds, answer.body + answer.body_bytes - 16, sizeof(log_odds));
    ck_assert_double_eq_tol(log_odds, log(3), 1e-9);
    answer_free(&answer);
    must_refuse(infer_binary("", rows, 12), 400, "12 bytes are no rows of 1 numbers");
    must_refuse(infer_binary("", "", 0), 400, "byte 0");
    must_refuse(infer_bytes("Content-Type: application/json\n"
                            "Inference-Header-Content-Length: 0",
                            "{\"a\": 1}", 8),
                400, "this one says it is JSON");
}
END_TEST

START_TEST(a_raw_request_of_texts_is_one_text)
{
    train_categorical();
    struct answer answer = infer_binary("", "a", 1);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    answer_free(&answer);
    must_refuse(infer_binary("", "nothing", 7), 400, "the level was not seen");
    odds_models_mixed(&loopback, "m");
    must_refuse(infer_binary("", "a", 1), 400, "one input tensor; this one has 2");
}
END_TEST

/* ---- what is wrong ---- */

static const struct {
    const char *body, *text;
} wrong[] = {
    {"", "byte 0"},
    {"[]", "an object is needed"},
    {"{}", "an array of tensors is needed (/inputs)"},
    {"{\"inputs\":{}}", "an array of tensors is needed"},
    {"{\"inputs\":[]}", "input x is missing (/inputs)"},
    {"{\"inputs\":[],\"inputs\":[]}", "inputs is given twice (byte 13)"},
    {"{\"inputs\":[7]}", "an object is needed (/inputs/0)"},
    {"{\"inputs\":[{}]}", "(/inputs/0/name)"},
    {"{\"inputs\":[{\"name\":\"x\",\"name\":\"x\"}]}", "name is given twice"},
    {"{\"id\":7,\"inputs\":[]}", "a string is needed (/id)"},
    {INPUT("[1,1]", "FP65", "[0]"), "there is no such datatype"},
    {INPUT("[1,1]", "BYTES", "[\"0\"]"), "numbers are needed, FP64 for example"},
    {INPUT("[-1,1]", "FP64", "[0]"), "a dimension is a whole number from 0 on"},
    {INPUT("[1.5,1]", "FP64", "[0]"), "a dimension is a whole number"},
    {INPUT("[\"1\"]", "FP64", "[0]"), "a dimension is a whole number"},
    {INPUT("[18446744073709551617,1]", "FP64", "[0]"), "a dimension is a whole number"},
    {INPUT("[9223372036854775807,1]", "FP64", "[0]"), "so many elements"},
    {INPUT("[1,2]", "FP64", "[0,1]"), "the shape is [-1] or [-1,1]"},
    {INPUT("[1,1,1]", "FP64", "[0]"), "the shape is [-1]"},
    {INPUT("[]", "FP64", "[0]"), "the shape is [-1]"},
    {INPUT("[0,1]", "FP64", "[]"), "at least one row is needed"},
    {INPUT("[2,1]", "FP64", "[10.5]"), "there are 1 elements where the shape has 2"},
    {INPUT("[2,1]", "FP64", "[0,1,2]"), "there are 3 elements where the shape has 2"},
    {INPUT("[2,1]", "FP64", "[[0],1]"), "(/inputs/0/data/1)"},
    {INPUT("[2,1]", "FP64", "[[0],[1,2]]"), "(/inputs/0/data/1)"},
    {INPUT("[2,1]", "FP64", "[[0],[]]"), "(/inputs/0/data/1)"},
    {INPUT("[2,1]", "FP64", "[[0],[1],[2]]"), "there are 3 elements where"},
    {INPUT("[1152921504606846975,1]", "FP64", "[0]"), "fewer elements than"},
    {INPUT("[5,1]", "FP64", "[0,0,0,0]"), "there are fewer elements than the shape's 5"},
    {INPUT("[2,1]", "FP64", "[0,[1]]"), "this is no element of FP64"},
    {INPUT("[2,1]", "FP64", "[0,{}]"), "this is no element of FP64"},
    {INPUT("[2,1]", "FP64", "[0,\"1\"]"), "a text is none of FP64"},
    {INPUT("[2,1]", "FP64", "[0,true]"), "true and false are of BOOL, not of FP64"},
    {INPUT("[2,1]", "UINT8", "[0,256]"), "the number is none of UINT8"},
    {INPUT("[2,1]", "UINT8", "[-1,0]"), "(/inputs/0/data/0)"},
    {INPUT("[2,1]", "INT32", "[0,0.5]"), "the number is none of INT32"},
    {INPUT("[2,1]", "INT64", "[0,9007199254740993]"), "the number is none of INT64"},
    {INPUT("[2,1]", "BOOL", "[0,2]"), "the number is none of BOOL"},
    {INPUT("[2,1]", "FP64", "[0,1e309]"), "beyond"},
    {INPUT("[2,1]", "FP64", "[0,Infinity]"), "byte"},
    {INPUT("[2,1]", "FP64", "7"), "an array is needed (/inputs/0/data)"},
    {"{\"inputs\":[{\"name\":\"input\",\"shape\":[1,1],\"datatype\":\"FP64\"}]}",
     "data is needed"},
    {"{\"inputs\":[{\"name\":\"input\",\"shape\":[1,1],\"datatype\":\"FP64\",\"data\":[0]"
     ","
     "\"parameters\":{\"binary_data_size\":8}}]}",
     "either is needed, not both"},
    {"{\"inputs\":[{\"name\":\"input\",\"shape\":[1,1],\"datatype\":\"FP64\","
     "\"parameters\":{\"shared_memory_region\":\"r\"}}]}",
     "shared memory is not supported"},
    {"{\"inputs\":[{\"name\":\"input\",\"shape\":[1,1],\"datatype\":\"FP64\","
     "\"parameters\":{\"binary_data_size\":8}}]}",
     "the body ends before the binary data"},
    {"{\"inputs\":[{\"name\":\"y\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[0]}]}",
     "the model has no such input"},
    {"{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[0]},"
     "{\"name\":\"input\",\"shape\":[1,1],\"datatype\":\"FP64\",\"data\":[0]}]}",
     "the input is given twice (/inputs/1/name)"},
    {"{\"outputs\":[{\"name\":\"logits\"}],"
     "\"inputs\":[]}",
     "the model has no such output; its metadata lists them (/outputs/0/name)"},
    {"{\"outputs\":[{\"name\":\"label\"},{\"name\":\"label\"}],\"inputs\":[]}",
     "asked for twice"},
    {"{\"outputs\":[{\"name\":\"label\",\"parameters\":{\"classification\":1}}],"
     "\"inputs\":[]}",
     "classification is of numbers"},
    {"{\"outputs\":[{\"name\":\"label\",\"parameters\":{\"classification\":-1}}],"
     "\"inputs\":[]}",
     "classification is a whole number"},
    {"{\"outputs\":[{\"name\":\"label\",\"parameters\":{\"binary_data\":1}}],"
     "\"inputs\":[]}",
     "binary_data is true or false"},
    {"{\"outputs\":[{}],\"inputs\":[]}", "the name of an output is needed"},
    {"{\"outputs\":[{\"name\":\"label\",\"parameters\":{\"shared_memory_region\":\"r\"}}]"
     ",\"inputs\":[]}",
     "shared memory is not supported"},
    {"{\"outputs\":7,\"inputs\":[]}", "an array is needed (/outputs)"},
    {"{\"parameters\":7,\"inputs\":[]}", "an object is needed (/parameters)"},
    {"{\"parameters\":{\"binary_data_output\":1},\"inputs\":[]}",
     "/parameters/binary_data_output"},
    {"{\"inputs\":[{\"name\":\"input\",\"shape\":[1,1],\"datatype\":\"FP64\",\"data\":[0]"
     "}]",
     "byte"},
    {"{\"inputs\":[{\"name\":\"input\",\"shape\":[1,1],\"datatype\":\"FP64\",\"data\":[0}"
     "]"
     "}",
     "byte"},
};

START_TEST(what_is_wrong_is_told_in_the_protocols_shape)
{
    odds_models_binomial(&loopback, "m");
    must_refuse(infer(wrong[_i].body), 400, wrong[_i].text);
}
END_TEST

static const struct {
    const char *json, *bytes;
    size_t n_bytes;
    const char *text;
} wrong_binary[] = {
    {BINARY("[2,1]", "FP64", "16"), "12345678", 8, "the body ends before"},
    {BINARY("[2,1]", "FP64", "8"), "12345678", 8, "8 bytes where the shape has 16"},
    {BINARY("[1,1]", "FP64", "8"), "123456789", 9, "there are 1 bytes behind"},
    {BINARY("[1,1]", "FP64", "-8"), "12345678", 8, "binary_data_size is a whole"},
    {BINARY("[1,1]", "FP64", "8"), "\0\0\0\0\0\0\xf0\x7f", 8,
     "a finite number is needed here (input x) (/inputs/0/0)"},
    {BINARY("[1,1]", "FP64", "8"), "\0\0\0\0\0\0\xf8\x7f", 8, "the value is missing"},
    {BINARY("[1,1]", "FP16", "2"), "\0\x7c", 2, "a finite number is needed"},
    {BINARY("[2,1]", "BOOL", "2"), "\1\2", 2, "only the bytes 0 and 1 are of BOOL"},
    {BINARY("[1,1]", "INT64", "8"), "\1\0\0\0\0\0\x20\0", 8,
     "no double tells exactly this number of INT64"},
    {BINARY("[1,1]", "UINT64", "8"), "\xff\xff\xff\xff\xff\xff\xff\xff", 8,
     "no double tells exactly"},
    {BINARY("[9223372036854775807,1]", "FP64", "8"), "12345678", 8, "so many elements"},
    {BINARY("[1152921504606846975,1]", "FP64", "8"), "12345678", 8, "8 bytes where"},
};

START_TEST(wrong_binary_data_is_told)
{
    odds_models_binomial(&loopback, "m");
    must_refuse(infer_binary(wrong_binary[_i].json, wrong_binary[_i].bytes,
                             wrong_binary[_i].n_bytes),
                400, wrong_binary[_i].text);
}
END_TEST

START_TEST(texts_end_where_their_lengths_say)
{
    static const struct {
        const char *bytes;
        size_t n;
    } texts[] = {{"\2\0\0\0"
                  "a",
                  5},
                 {"\xff\xff\xff\xff"
                  "a",
                  5},
                 {"\0\0\0\0"
                  "a",
                  5},
                 {"\1\0\0", 3},
                 {"\1\0\0\0"
                  "aa",
                  6},
                 {"\1\0\0\0"
                  "a\0\0",
                  7}};
    train_categorical();
    for (size_t i = 0; i < LENGTH(texts); i++) {
        char json[256];
        snprintf(json, sizeof(json),
                 "{\"inputs\":[{\"name\":\"s\",\"shape\":[1],\"datatype\":\"BYTES\","
                 "\"parameters\":{\"binary_data_size\":%zu}}]}",
                 texts[i].n);
        struct answer answer = infer_binary(json, texts[i].bytes, texts[i].n);
        ck_assert_msg(answer.status == 400, "%zu: %s", i, answer.body);
        answer_free(&answer);
    }
}
END_TEST

START_TEST(the_length_of_the_json_lies_within_the_body)
{
    static const char body[] = INPUT("[1,1]", "FP64", "[0]");
    static const char *const lengths[] = {"99999", "-1", "x", "", "1e2"};
    odds_models_binomial(&loopback, "m");
    for (size_t i = 0; i < LENGTH(lengths); i++) {
        char headers[128];
        snprintf(headers, sizeof(headers), "Inference-Header-Content-Length: %s",
                 lengths[i]);
        must_refuse(infer_bytes(headers, body, sizeof(body) - 1), 400,
                    "(header Inference-Header-Content-Length)");
    }
    must_refuse(
        infer_bytes("Inference-Header-Content-Length: 20", body, sizeof(body) - 1), 400,
        "byte 20");
}
END_TEST

START_TEST(nesting_and_many_problems_stay_within_limits)
{
    struct buffer body = BUFFER_EMPTY;
    odds_models_binomial(&loopback, "m");
    buffer_append_string(&body, "{\"inputs\":[{\"name\":\"input\",\"shape\":[1,1],"
                                "\"datatype\":\"FP64\",\"data\":");
    for (int i = 0; i < 100000; i++)
        buffer_append_byte(&body, '[');
    must_refuse(infer(body.bytes), 400, "byte");
    buffer_clear(&body);
    buffer_append_string(&body, "{\"inputs\":[");
    for (int i = 0; i < 20000; i++)
        buffer_append_string(&body, i ? ",{}" : "{}");
    buffer_append_string(&body, "]}");
    must_refuse(infer(body.bytes), 400, "the name of an input is needed");
    buffer_free(&body);
}
END_TEST

START_TEST(models_and_versions_that_are_not_there_are_404)
{
    static const char body[] = INPUT("[1,1]", "FP64", "[0]");
    odds_models_binomial(&loopback, "m");
    must_refuse(loopback_json(&loopback, "POST /v2/models/none/infer", body), 404,
                "there is no model none");
    must_refuse(loopback_json(&loopback, "POST /v2/models/m/versions/2/infer", body), 404,
                "version");
    must_refuse(loopback_json(&loopback, "POST /v2/models/m/versions/x/infer", body), 404,
                "version");
    struct answer answer = infer_bytes("Content-Type: image/png", body, sizeof(body) - 1);
    must_refuse(answer, 415, "application/json");
}
END_TEST

/* ---- packed ---- */

static struct answer infer_packed(const char *encoding, const char *accept,
                                  const struct buffer *packed)
{
    char headers[256];
    snprintf(headers, sizeof(headers), "Content-Encoding: %s\nAccept-Encoding: %s",
             encoding, accept);
    return infer_bytes(headers, packed->bytes, packed->n_bytes);
}

static struct buffer packed_body(enum gunzip_format format, const char *body)
{
    struct buffer packed = BUFFER_EMPTY;
    ck_assert_int_eq(gzip_pack(format, body, strlen(body), &packed, NULL), 0);
    return packed;
}

static void must_unpack(const struct answer *answer, enum gunzip_format format)
{
    struct buffer body = BUFFER_EMPTY;
    struct gunzip *gunzip = gunzip_new(format, buffer_sink(&body), 10000, NULL);
    ck_assert_int_eq(gunzip_push(gunzip, answer->body, answer->body_bytes, NULL), 0);
    ck_assert_int_eq(gunzip_finish(gunzip, NULL), 0);
    ck_assert_ptr_nonnull(strstr(body.bytes, "\"model_name\":\"m\""));
    gunzip_free(gunzip);
    buffer_free(&body);
}

START_TEST(bodies_come_and_go_packed)
{
    static const struct {
        const char *accept, *answered;
    } accepted[] = {{"gzip", "gzip"},          {"deflate", "deflate"},
                    {"gzip, deflate", "gzip"}, {"gzip;q=0.5, deflate", "deflate"},
                    {"identity", NULL},        {"br", NULL},
                    {"gzip;q=0", NULL}};
    odds_models_binomial(&loopback, "m");
    for (int i = 0; i < 2; i++) {
        enum gunzip_format format = i ? GUNZIP_DEFLATE : GUNZIP_GZIP;
        struct buffer packed = packed_body(format, INPUT("[1,1]", "FP64", "[0]"));
        for (size_t j = 0; j < LENGTH(accepted); j++) {
            struct answer answer =
                infer_packed(i ? "deflate" : "GZIP", accepted[j].accept, &packed);
            const char *encoding = answer_header(&answer, "Content-Encoding");
            ck_assert_msg(answer.status == 200, "%s", answer.body);
            ck_assert_str_eq(answer_header(&answer, "Vary"), "Accept-Encoding");
            ck_assert((encoding == NULL) == (accepted[j].answered == NULL));
            if (encoding) {
                ck_assert_str_eq(encoding, accepted[j].answered);
                must_unpack(&answer, encoding[0] == 'g' ? GUNZIP_GZIP : GUNZIP_DEFLATE);
            }
            answer_free(&answer);
        }
        buffer_free(&packed);
    }
}
END_TEST

START_TEST(what_is_badly_packed_is_refused)
{
    odds_models_binomial(&loopback, "m");
    struct buffer packed = packed_body(GUNZIP_GZIP, INPUT("[1,1]", "FP64", "[0]"));
    must_refuse(infer_packed("deflate", "", &packed), 400, "not gzip or deflate");
    must_refuse(infer_packed("br", "", &packed), 415, "gzip, deflate or identity");
    packed.n_bytes -= 3;
    must_refuse(infer_packed("gzip", "", &packed), 400, "cut off");
    buffer_free(&packed);
}
END_TEST

/* 100 MB of blanks in 100 KB. */
START_TEST(a_bomb_stays_within_the_limit_of_a_body)
{
    size_t n = (size_t)100 << 20;
    char *blanks = memory_new(n, 1, NULL);
    struct buffer packed = BUFFER_EMPTY;
    memset(blanks, ' ', n);
    ck_assert_int_eq(gzip_pack(GUNZIP_GZIP, blanks, n, &packed, NULL), 0);
    memory_free(blanks);
    odds_models_binomial(&loopback, "m");
    must_refuse(infer_packed("gzip", "", &packed), 413, "it unpacks to more than");
    loopback.service->budget.limit = budget_used(&loopback.service->budget) + (1 << 20);
    must_refuse(infer_packed("gzip", "", &packed), 413, "--memory");
    buffer_free(&packed);
}
END_TEST

/* ---- memory ---- */

static const struct {
    const char *headers, *body;
    int status;
} askings[] = {
    {"Accept-Encoding: gzip",
     "{\"id\":\"1\",\"outputs\":[{\"name\":\"probability\",\"parameters\":{"
     "\"classification\":2}},{\"name\":\"label\",\"parameters\":{\"binary_data\":true}}],"
     "\"inputs\":[{\"name\":\"s\",\"shape\":[2],\"datatype\":\"BYTES\",\"data\":[\"a\","
     "\"\\u0062\"]},{\"name\":\"x\",\"shape\":[2],\"datatype\":\"FP64\",\"data\":[0,1]}]"
     "}",
     200},
    {"Accept-Encoding: identity", "{\"inputs\":[{\"name\":\"z\"}]}", 400},
};

START_TEST(every_allocation_may_fail)
{
    odds_models_mixed(&loopback, "m");
    for (size_t i = 0; i < LENGTH(askings); i++)
        odds_models_fail_allocations(&loopback, "POST /v2/models/m/infer",
                                     askings[i].headers, askings[i].body,
                                     askings[i].status);
}
END_TEST

TCase *v2_test(void)
{
    TCase *tests = tcase_create("v2");
    tcase_add_checked_fixture(tests, loopback_fixture_setup, loopback_fixture_teardown);
    tcase_add_test(tests, rows_of_a_numeric_model_are_one_tensor);
    tcase_add_test(tests, columns_are_tensors_by_their_names);
    tcase_add_test(tests, an_id_comes_back_and_outputs_are_those_asked_for);
    tcase_add_test(tests, null_and_nan_are_missing_values);
    tcase_add_test(tests, classification_tells_the_greatest_values_as_texts);
    tcase_add_loop_test(tests, numbers_of_every_datatype_may_be_binary, 0,
                        LENGTH(numbers));
    tcase_add_test(tests, answers_may_be_binary);
    tcase_add_test(tests, several_tensors_lie_behind_each_other_and_beside_json);
    tcase_add_test(tests, a_raw_request_is_the_numbers_alone);
    tcase_add_test(tests, a_raw_request_of_texts_is_one_text);
    tcase_add_loop_test(tests, what_is_wrong_is_told_in_the_protocols_shape, 0,
                        LENGTH(wrong));
    tcase_add_loop_test(tests, wrong_binary_data_is_told, 0, LENGTH(wrong_binary));
    tcase_add_test(tests, texts_end_where_their_lengths_say);
    tcase_add_test(tests, the_length_of_the_json_lies_within_the_body);
    tcase_add_test(tests, nesting_and_many_problems_stay_within_limits);
    tcase_add_test(tests, models_and_versions_that_are_not_there_are_404);
    tcase_add_test(tests, bodies_come_and_go_packed);
    tcase_add_test(tests, what_is_badly_packed_is_refused);
    tcase_add_test(tests, a_bomb_stays_within_the_limit_of_a_body);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
