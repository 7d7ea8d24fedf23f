/*
 * Any bytes as the body of a predict request: malformed exactly where the scanner says
 * so, else as many rows as the JSON library finds, an answer that is JSON, and a budget
 * that is whole again. The first byte chooses the model, and whether the bytes are JSON,
 * CSV, lines of JSON or lines in LIBSVM's form.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api/predict_answer.h"
#include "api/predict_csv.h"
#include "api/predict_libsvm.h"
#include "api/predict_ndjson.h"
#include "core/data/ingest.h"
#include "core/data/table.h"
#include "core/text/json_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(int holds)
{
    if (!holds)
        abort();
}

/* Of a table with a number, which must be there, and levels, of which one is of missing
 * cells and others may be unseen; or of one with three sparse columns. */
static struct encoding *make_encoding(bool sparse)
{
    static const char csv[] = "age,ses\n20,low\n30,\n40,high\n";
    static const char lines[] = "1 1:1 2:1 3:1\n";
    static const struct input_request inputs[] = {
        {.name = "age", .type = -1},
        {.name = "ses", .type = -1, .missing = MISSING_LEVEL, .unseen = UNSEEN_IGNORE}};
    static const struct input_request indices[] = {
        {.name = "1", .type = -1}, {.name = "2", .type = -1}, {.name = "3", .type = -1}};
    struct buffer bytes = BUFFER_EMPTY;
    struct summary summary = {0};
    int fd = memfd_create("scratch", MFD_CLOEXEC);
    struct ingest *ingest =
        ingest_new(ingest_format_of(sparse ? "text/x-libsvm" : "text/csv"),
                   &ingest_defaults, buffer_sink(&bytes), fd, NULL);
    const char *text = sparse ? lines : csv;
    check(ingest && ingest_push(ingest, text, strlen(text), NULL) == 0);
    check(ingest_finish(ingest, &summary, NULL) == 0);
    struct table *table = table_open(bytes.bytes, bytes.n_bytes, NULL);
    check(table != NULL);
    struct encoding *encoding = encoding_build(table, sparse ? indices : inputs,
                                               sparse ? 3 : 2, NULL, NULL, NULL);
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
    static char *classes[] = {"no", "yes", "\xc3\xa4\"\\"};
    static double weights[] = {0.5, 2, -3, 1e300, 0, -1, -0.25, 4, 1}, intercepts[3];
    static struct encoding *encodings[2];
    static struct model models[] = {
        {.n_references = 1, .family = FAMILY_BINOMIAL, .n_classes = 2, .positive = 1},
        {.n_references = 1, .family = FAMILY_MULTINOMIAL, .n_classes = 3}};
    struct model *model = &models[choice & 1];
    struct encoding **encoding = &encodings[choice >> 1 & 1];
    *encoding = *encoding ? *encoding : make_encoding(choice >> 1 & 1);
    model->encoding = *encoding;
    model->classes = classes;
    model->weights = weights;
    model->intercepts = intercepts;
    return model;
}

/* The library finds the same rows, and a model's answer to each. */
static void check_rows(const char *text, size_t n, const struct predict_body *parsed)
{
    json_t *tree = json_loadb(text, n, 0, NULL);
    if (tree) { /* it knows no \u0000 */
        json_t *rows = json_object_get(tree, "rows");
        rows = rows ? rows : json_object_get(tree, "instances");
        check(json_array_size(rows) == parsed->n_rows);
        json_decref(tree);
    }
    check(parsed->n_good + parsed->n_bad == parsed->n_rows);
    check(parsed->n_bad == 0 || parsed->options.on_error_row);
}

static void check_answer(struct model *model, const struct predict_body *parsed,
                         struct budget *budget)
{
    struct buffer out = BUFFER_EMPTY;
    struct error err = {0};
    struct serving serving = {.name = "m",
                              .found = {.model = model_retain(model), .version = 1},
                              .budget = budget};
    check(serving_score(&serving, parsed, &err) == 0);
    check(predict_answer_write(&serving, parsed, &out, &err) == 0);
    check(json_scan_check(out.bytes, out.n_bytes, &err) == 0);
    serving_close(&serving);
    buffer_free(&out);
}

static void check_refusal(const char *text, size_t n, const struct error *err,
                          const struct problem_list *problems)
{
    struct error syntax = {0};
    check(error_is_set(err) || problems->n > 0);
    if (json_scan_check(text, n, &syntax) < 0)
        check(err->code == syntax.code);
    else
        check(!error_is_set(err) || err->code == ERROR_OUT_OF_RANGE ||
              err->code == ERROR_DUPLICATE_KEY);
}

/* Of text: CSV, lines of JSON, LIBSVM. */
static void read_text(struct model *model, uint8_t choice, const char *text, size_t n)
{
    static int (*const readers[])(const struct model *, const char *, size_t,
                                  struct budget *, struct predict_body *,
                                  struct problem_list *, struct error *) = {
        predict_libsvm_read, predict_csv_read, predict_ndjson_read, predict_csv_read};
    struct problem_list problems = {0};
    struct predict_body parsed = {0};
    struct error err = {0};
    struct budget budget;
    budget_start(&budget, (size_t)1 << 30);
    parsed.options = (struct predict_options){
        .outputs = PREDICT_LABEL, .threshold = .5, .on_error_row = (choice & 32) != 0};
    if (readers[choice >> 3 & 3](model, text, n, &budget, &parsed, &problems, &err) == 0)
        check_answer(model, &parsed, &budget);
    else
        check(problems.n > 0 || error_is_set(&err));
    predict_body_free(&parsed);
    problem_list_free(&problems);
    check(budget_used(&budget) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n > 0 && bytes[0] & 4) {
        read_text(model_of(bytes[0]), bytes[0], (const char *)bytes + 1, n - 1);
        return 0;
    }
    if (n == 0)
        return 0;
    struct model *model = model_of(bytes[0]);
    const char *text = (const char *)bytes + 1;
    struct problem_list problems = {0};
    struct predict_body parsed = {0};
    struct error err = {0};
    struct budget budget;
    budget_start(&budget, (size_t)1 << 30);
    if (predict_body_read(model, text, n - 1, &budget, &parsed, &problems, &err) == 0) {
        check(json_scan_check(text, n - 1, NULL) == 0);
        check_rows(text, n - 1, &parsed);
        check_answer(model, &parsed, &budget);
    } else {
        check_refusal(text, n - 1, &err, &problems);
    }
    predict_body_free(&parsed);
    problem_list_free(&problems);
    check(budget_used(&budget) == 0);
    return 0;
}
