/*
 * The file of a model of which any bytes were changed or cut off: it is refused, or it is
 * a model, which predicts, is told as JSON, and is written and read again as the same
 * bytes. An input's first byte chooses the model; then come changes of four bytes each:
 * where, as two bytes that are scaled to the file's size, what is added to the byte
 * there, and the byte that is added to the one behind it. An odd last byte cuts the file.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api/model_json.h"
#include "core/base/memory.h"
#include "core/data/ingest.h"
#include "core/model/fit.h"
#include "core/model/model_file.h"
#include "core/model/predict.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define N_MODELS 4U
/* A model that changes made large says nothing new and takes its time. */
#define MOST_CELLS 100000U

static void check(int holds)
{
    if (!holds)
        abort();
}

/* ---- the files ---- */

static const char csv[] = "y,kind,x,s\n"
                          "0,a,1,low\n1,b,2,low\n0,c,3,high\n1,a,4,high\n0,b,5,low\n"
                          "1,c,7,\n0,a,6,high\n1,b,8,high\n0,c,9,low\n1,a,10,low\n";
static const char lines[] = "0 1:1 2:1\n1 1:2 3:1\n0 2:1\n1 1:1 3:2\n0 1:1 2:2\n1 3:1\n";

static struct fit_request request_of(size_t which)
{
    static const struct fit_column columns[] = {
        {.name = "s", .type = -1, .missing = MISSING_LEVEL, .unseen = UNSEEN_IGNORE}};
    static const char *const formulas[N_MODELS] = {
        "y ~ x*s + C(kind, ref=\"b\") + log(x)", "kind ~ x + s", "x ~ kind", NULL};
    struct fit_request request = fit_defaults;
    request.formula = formulas[which];
    request.target = which == 3 ? "label" : NULL;
    request.columns = columns;
    request.n_columns = which < 2;
    request.l2 = 0.1;
    request.statistics = 1;
    return request;
}

static void write_file(size_t which, struct buffer *file)
{
    const char *text = which == 3 ? lines : csv;
    struct buffer bytes = BUFFER_EMPTY;
    struct summary summary = {0};
    struct budget budget;
    int fd = memfd_create("scratch", MFD_CLOEXEC);
    struct ingest *ingest =
        ingest_new(ingest_format_of(which == 3 ? "text/x-libsvm" : "text/csv"),
                   &ingest_defaults, buffer_sink(&bytes), fd, NULL);
    check(ingest && ingest_push(ingest, text, strlen(text), NULL) == 0);
    check(ingest_finish(ingest, &summary, NULL) == 0);
    struct table *table = table_open(bytes.bytes, bytes.n_bytes, NULL);
    struct pool *pool = pool_new(1, 0, NULL);
    const struct fit_request request = request_of(which);
    budget_start(&budget, (size_t)1 << 30);
    const struct fit_room room = {.budget = &budget};
    struct model *model = fit_run(&request, table, &room, pool, NULL, NULL);
    check(model != NULL);
    model_file_write(model, file);
    model_release(model);
    pool_free(pool);
    table_close(table);
    ingest_free(ingest);
    summary_free(&summary);
    buffer_free(&bytes);
    close(fd);
}

static const struct buffer *file_of(uint8_t choice)
{
    static struct buffer files[N_MODELS];
    size_t which = choice % N_MODELS;
    if (files[which].n_bytes == 0)
        write_file(which, &files[which]);
    return &files[which];
}

/* ---- what a model that was read must do ---- */

static void predict(const struct model *model)
{
    size_t n_inputs = model->encoding->n_inputs;
    double *cells = memory_new(n_inputs, sizeof(*cells), NULL);
    double *scores = memory_new(model_n_scores(model), sizeof(*scores), NULL);
    check(cells && scores);
    if (encoding_find_unusable(model->encoding, cells) == SIZE_MAX)
        predict_scores(model, cells, 1, NULL, scores);
    memory_free(cells);
    memory_free(scores);
}

/* Texts that were changed may be no UTF-8, and the JSON is none then; a store's checksums
 * are there for that. */
static void tell(const struct model *model)
{
    struct buffer out = BUFFER_EMPTY;
    struct json_writer json = json_write_start(&out);
    json_write_begin_object(&json);
    model_json_write_members(&json, model, MODEL_JSON_COVARIANCE | MODEL_JSON_INPUTS);
    json_write_end_object(&json);
    buffer_free(&out);
}

static void write_again(const struct model *model)
{
    struct buffer first = BUFFER_EMPTY, second = BUFFER_EMPTY;
    model_file_write(model, &first);
    struct model *again = model_file_read(first.bytes, first.n_bytes, NULL);
    check(again != NULL);
    model_file_write(again, &second);
    check(first.n_bytes == second.n_bytes &&
          memcmp(first.bytes, second.bytes, first.n_bytes) == 0);
    model_release(again);
    buffer_free(&first);
    buffer_free(&second);
}

/* ---- one input ---- */

static void change(unsigned char *file, size_t n_file, const uint8_t *change)
{
    size_t at = ((size_t)change[0] << 8 | change[1]) * n_file >> 16;
    file[at] = (unsigned char)(file[at] + change[2]);
    if (at + 1 < n_file)
        file[at + 1] = (unsigned char)(file[at + 1] + change[3]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n == 0)
        return 0;
    const struct buffer *file = file_of(bytes[0]);
    size_t n_file = file->n_bytes;
    unsigned char *changed = malloc(n_file);
    struct error err = {0};
    check(changed != NULL);
    memcpy(changed, file->bytes, n_file);
    for (size_t at = 1; at + 4 <= n; at += 4)
        change(changed, n_file, bytes + at);
    if (n % 4 == 2)
        n_file = n_file * bytes[n - 1] >> 8;
    struct model *model = model_file_read(changed, n_file, &err);
    check((model != NULL) != error_is_set(&err));
    if (model && model->encoding->n_columns < MOST_CELLS) {
        predict(model);
        tell(model);
        write_again(model);
    }
    model_release(model);
    free(changed);
    return 0;
}
