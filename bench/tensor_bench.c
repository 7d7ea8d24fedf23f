/*
 * What a batch of the Open Inference Protocol with binary FP64 takes, beside a copy of
 * its body into memory of its own: reading it into cells, reading and scoring it, and all
 * of it with the answer in binary. Best of many runs, in one thread. (The same with JSON
 * numbers, for comparison.)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "api/dialect/v2_answer.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/data/ingest.h"
#include "core/data/table.h"
#include "core/text/number.h"

#define N_INPUTS 30
#define SECONDS 1.0

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void need(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    exit(1);
}

/* ---- a model ---- */

/* Of the inputs x0, x1, …, as two rows of CSV have them. */
static struct encoding *make_encoding(void)
{
    struct input_request requests[N_INPUTS];
    char names[N_INPUTS][8];
    struct buffer csv = BUFFER_EMPTY, bytes = BUFFER_EMPTY;
    struct summary summary = {0};
    for (int i = 0; i < N_INPUTS; i++) {
        snprintf(names[i], sizeof(names[i]), "x%d", i);
        requests[i] = (struct input_request){.name = names[i], .type = -1};
        buffer_printf(&csv, "%s%s", i ? "," : "", names[i]);
    }
    for (int i = 0; i < 2 * N_INPUTS; i++)
        buffer_printf(&csv, "%c%d", i % N_INPUTS ? ',' : '\n', i * i);
    buffer_append_byte(&csv, '\n');
    int fd = memfd_create("scratch", MFD_CLOEXEC);
    struct ingest *ingest = ingest_new(ingest_format_of("text/csv"), &ingest_defaults,
                                       buffer_sink(&bytes), fd, NULL);
    need(ingest && ingest_push(ingest, csv.bytes, csv.n_bytes, NULL) == 0 &&
             ingest_finish(ingest, &summary, NULL) == 0,
         "there is no table");
    struct table *table = table_open(bytes.bytes, bytes.n_bytes, NULL);
    need(table != NULL, "there is no table");
    struct encoding *encoding =
        encoding_build(table, requests, N_INPUTS, NULL, NULL, NULL);
    need(encoding != NULL, "there is no model");
    table_close(table);
    ingest_free(ingest);
    summary_free(&summary);
    buffer_free(&bytes);
    buffer_free(&csv);
    close(fd);
    return encoding;
}

static struct model *make_model(void)
{
    static double weights[N_INPUTS], intercept = 0.5;
    static char zero[] = "0", one[] = "1";
    static char *classes[] = {zero, one};
    static struct model model = {.n_references = 1,
                                 .family = FAMILY_BINOMIAL,
                                 .n_classes = 2,
                                 .positive = 1,
                                 .classes = classes,
                                 .weights = weights,
                                 .intercepts = &intercept};
    for (int i = 0; i < N_INPUTS; i++)
        weights[i] = 0.01 * i;
    model.encoding = make_encoding();
    return &model;
}

/* ---- bodies ---- */

struct body {
    struct buffer bytes;
    size_t header_bytes;
};

static struct body make_body(size_t n_rows, bool is_binary)
{
    struct body body = {0};
    struct random random = random_start(1, 0);
    char number[NUMBER_TEXT_BYTES];
    size_t n = n_rows * N_INPUTS;
    buffer_printf(&body.bytes,
                  "{\"parameters\":{\"binary_data_output\":true},\"inputs\":[{\"name\":"
                  "\"input\",\"datatype\":\"FP64\",\"shape\":[%zu,%d],",
                  n_rows, N_INPUTS);
    if (is_binary)
        buffer_printf(&body.bytes, "\"parameters\":{\"binary_data_size\":%zu}}]}", 8 * n);
    else
        buffer_append_string(&body.bytes, "\"data\":[");
    body.header_bytes = body.bytes.n_bytes;
    for (size_t i = 0; i < n; i++) {
        double value = random_normal(&random);
        if (is_binary) {
            buffer_append(&body.bytes, &value, sizeof(value));
            continue;
        }
        buffer_append(&body.bytes, number, number_write(value, number));
        buffer_append_string(&body.bytes, i + 1 < n ? "," : "]}]}");
    }
    if (!is_binary)
        body.header_bytes = body.bytes.n_bytes;
    need(!body.bytes.failed, "there is no memory");
    return body;
}

/* ---- what is measured ---- */

enum work { COPY, READ, SCORE, ANSWER, N_WORKS };
static const char *const words[N_WORKS] = {"copy", "read", "read, score",
                                           "read, score, answer"};

static void copy(const struct body *body)
{
    char *copied = memory_resize(NULL, body->bytes.n_bytes, 1, NULL);
    need(copied != NULL, "there is no memory");
    memcpy(copied, body->bytes.bytes, body->bytes.n_bytes);
    __asm__ volatile("" : : "r"(copied) : "memory");
    memory_free(copied);
}

static void answer(struct model *model, const struct body *body, struct budget *budget,
                   enum work work)
{
    struct v2_request request = {0};
    struct problem_list problems = {0};
    struct error err = {0};
    struct response response = {0};
    struct serving serving = {
        .name = "m", .found = {.model = model_retain(model)}, .budget = budget};
    need(v2_request_read(model, body->bytes.bytes, body->bytes.n_bytes,
                         body->header_bytes, budget, &request, &problems, &err) == 0,
         "the body is refused");
    if (work >= SCORE)
        need(serving_score(&serving, &request.body, &err) == 0, "no scores");
    if (work >= ANSWER)
        need(v2_answer_write(&serving, &request, &response, &err) == 0, "no answer");
    response_free(&response);
    v2_request_free(&request);
    serving_close(&serving);
}

static double best_seconds(struct model *model, const struct body *body,
                           struct budget *budget, enum work work)
{
    double best = 1e9;
    for (double end = now() + SECONDS; now() < end;) {
        double start = now();
        if (work == COPY)
            copy(body);
        else
            answer(model, body, budget, work);
        double seconds = now() - start;
        best = seconds < best ? seconds : best;
    }
    return best;
}

static void measure(struct model *model, size_t n_rows, bool is_binary)
{
    struct budget budget;
    struct body body = make_body(n_rows, is_binary);
    budget_start(&budget, (size_t)4 << 30);
    double copied = 0;
    printf("%zu x %d, %s, %.3f MB\n", n_rows, N_INPUTS,
           is_binary ? "binary FP64" : "JSON", 1e-6 * (double)body.bytes.n_bytes);
    for (enum work work = COPY; work < N_WORKS; work++) {
        double seconds = best_seconds(model, &body, &budget, work);
        copied = work == COPY ? seconds : copied;
        printf("  %-20s %9.1f us  %5.2f copies  %6.0f MB/s\n", words[work], 1e6 * seconds,
               seconds / copied, 1e-6 * (double)body.bytes.n_bytes / seconds);
    }
    buffer_free(&body.bytes);
}

int main(void)
{
    struct model *model = make_model();
    for (int is_binary = 1; is_binary >= 0; is_binary--) {
        measure(model, 1000, is_binary);
        measure(model, 60000, is_binary);
    }
    return 0;
}
