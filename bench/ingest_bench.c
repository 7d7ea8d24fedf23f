/*
 * How fast text becomes a table, in megabytes of text for each second of one core's time:
 * CSV of numbers and LIBSVM text, generated, from memory to a scratch file in memory and
 * to nowhere. Checksums, disk and network are not in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/base/random.h"
#include "core/data/ingest.h"
#include "core/text/number.h"

#define TEXT_BYTES (64U << 20)
#define PIECE_BYTES 65536U
#define N_RUNS 3

static double cpu_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int drop(void *context, const void *bytes, size_t n, struct error *err)
{
    (void)context, (void)bytes, (void)n, (void)err;
    return 0;
}

/* ---- texts ---- */

static void write_csv(struct buffer *text, struct random *random)
{
    buffer_append_string(text, "a,b,c,d,e,f,g,h\n");
    while (text->n_bytes < TEXT_BYTES)
        for (int j = 0; j < 8; j++)
            buffer_printf(text, "%.6g%c", random_normal(random), j < 7 ? ',' : '\n');
}

/* As programs write doubles that are to be read back: in the fewest digits, or in 17. */
static void write_doubles(struct buffer *text, struct random *random, bool shortest)
{
    char number[NUMBER_TEXT_BYTES];
    buffer_append_string(text, "a,b,c,d,e,f,g,h\n");
    while (text->n_bytes < TEXT_BYTES)
        for (int j = 0; j < 8; j++) {
            double value = random_normal(random);
            if (shortest)
                buffer_append(text, number, number_write(value, number));
            else
                buffer_printf(text, "%.17g", value);
            buffer_append_byte(text, j < 7 ? ',' : '\n');
        }
}

/* Some seventy of `n_columns`, as counts of words or as numbers of six digits. */
static void write_sparse(struct buffer *text, struct random *random, uint64_t n_columns,
                         bool counts)
{
    while (text->n_bytes < TEXT_BYTES) {
        uint64_t index = 0;
        buffer_append_string(text, random_below(random, 2) ? "1" : "-1");
        while ((index += 1 + random_below(random, n_columns / 35)) < n_columns) {
            if (counts)
                buffer_printf(text, " %llu:%d", (unsigned long long)index,
                              random_below(random, 5) ? 1 : 12);
            else
                buffer_printf(text, " %llu:%.6g", (unsigned long long)index,
                              random_uniform(random));
        }
        buffer_append_byte(text, '\n');
    }
}

/* The same eight numbers a row as objects, or as rows of one document. */
static void write_json(struct buffer *text, struct random *random, bool lines)
{
    if (!lines)
        buffer_append_string(text,
                             "{\"columns\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\","
                             "\"h\"],\"rows\":[");
    for (bool is_first = true; text->n_bytes < TEXT_BYTES; is_first = false) {
        buffer_append_string(text, lines ? "{" : is_first ? "[" : ",[");
        for (int j = 0; j < 8; j++) {
            if (lines)
                buffer_printf(text, "%s\"%c\":", j > 0 ? "," : "", 'a' + j);
            else if (j > 0)
                buffer_append_byte(text, ',');
            buffer_printf(text, "%.6g", random_normal(random));
        }
        buffer_append_string(text, lines ? "}\n" : "]");
    }
    buffer_append_string(text, lines ? "" : "]}");
}

/* An array of eight columns. */
static void write_npy(struct buffer *file, struct random *random, bool fortran)
{
    buffer_append(file, "\x93NUMPY\x01\0\x76\0", 10);
    buffer_printf(file, "%-117s\n",
                  fortran ? "{'descr':'<f8','fortran_order':True,'shape':(1048576,8)}"
                          : "{'descr':'<f8','fortran_order':False,'shape':(1048576,8)}");
    for (size_t i = 0; i < TEXT_BYTES / sizeof(double); i++) {
        double value = random_normal(random);
        buffer_append(file, &value, sizeof(value));
    }
}

/* ---- runs ---- */

static int read_once(const char *type, const struct buffer *text)
{
    struct summary summary = {0};
    struct error err = {0};
    int fd = memfd_create("scratch", MFD_CLOEXEC), result = 0;
    struct ingest *ingest = ingest_new(ingest_format_of(type), &ingest_defaults,
                                       (struct byte_sink){drop, NULL}, fd, &err);
    for (size_t at = 0; ingest && result == 0 && at < text->n_bytes; at += PIECE_BYTES) {
        size_t left = text->n_bytes - at;
        result = ingest_push(ingest, text->bytes + at,
                             left < PIECE_BYTES ? left : PIECE_BYTES, &err);
    }
    if (!ingest || result < 0 || ingest_finish(ingest, &summary, &err) < 0) {
        fprintf(stderr, "%s (%s)\n", err.message, err.place);
        result = -1;
    }
    ingest_free(ingest);
    summary_free(&summary);
    close(fd);
    return result;
}

static int measure(const char *what, const char *type, const struct buffer *text)
{
    double best = 0;
    for (int i = 0; i < N_RUNS; i++) {
        double start = cpu_seconds();
        if (read_once(type, text) < 0)
            return -1;
        double speed = (double)text->n_bytes / 1e6 / (cpu_seconds() - start);
        best = speed > best ? speed : best;
    }
    printf("%-28s %6.0f MB/s\n", what, best);
    return 0;
}

int main(void)
{
    struct random random = random_start(1, 0);
    struct buffer csv = BUFFER_EMPTY, words = BUFFER_EMPTY, numbers = BUFFER_EMPTY;
    struct buffer shortest = BUFFER_EMPTY, longest = BUFFER_EMPTY;
    struct buffer lines = BUFFER_EMPTY, json = BUFFER_EMPTY;
    struct buffer npy = BUFFER_EMPTY, fortran = BUFFER_EMPTY;
    write_csv(&csv, &random);
    write_doubles(&shortest, &random, true);
    write_doubles(&longest, &random, false);
    write_sparse(&words, &random, 50000, true);
    write_sparse(&numbers, &random, 50000, false);
    write_json(&lines, &random, true);
    write_json(&json, &random, false);
    write_npy(&npy, &random, false);
    write_npy(&fortran, &random, true);
    const struct {
        const char *what, *type;
        struct buffer *text;
    } files[] = {
        {"CSV, 8 numbers a row", "text/csv", &csv},
        {"CSV, 8 doubles, shortest", "text/csv", &shortest},
        {"CSV, 8 doubles, 17 digits", "text/csv", &longest},
        {"LIBSVM, counts of words", "text/x-libsvm", &words},
        {"LIBSVM, numbers of 6 digits", "text/x-libsvm", &numbers},
        {"NDJSON, 8 numbers a row", "application/x-ndjson", &lines},
        {"JSON, 8 numbers a row", "application/json", &json},
        {"npy, 8 columns of f8", "application/x-npy", &npy},
        {"npy in Fortran order", "application/x-npy", &fortran},
    };
    int result = 0;
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        if (result == 0)
            result = measure(files[i].what, files[i].type, files[i].text);
        buffer_free(files[i].text);
    }
    return result == 0 ? 0 : 1;
}
