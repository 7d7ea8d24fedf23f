#include "tests/support/csv_table.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int csv_table_scratch(void)
{
    int fd = memfd_create("scratch", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    return fd;
}

/* What is read, and how. */
struct source {
    const char *media_type;
    const char *text;
    size_t n_bytes, n_piece;
    const struct ingest_options *options;
};

static int push_pieces(struct ingest *ingest, const struct source *source,
                       struct error *err)
{
    int result = 0;
    for (size_t at = 0, n; result == 0 && at < source->n_bytes; at += n) {
        size_t n_left = source->n_bytes - at;
        n = n_left < source->n_piece ? n_left : source->n_piece;
        result = ingest_push(ingest, source->text + at, n, err);
    }
    return result;
}

static int ingest_source(struct csv_table *table, const struct source *source, int fd,
                         struct error *err)
{
    struct ingest *ingest =
        ingest_new(ingest_format_of(source->media_type), source->options,
                   buffer_sink(&table->bytes), fd, err);
    int result = ingest && push_pieces(ingest, source, err) == 0
                     ? ingest_finish(ingest, &table->summary, err)
                     : -1;
    ingest_free(ingest);
    return result;
}

static int try_source(struct csv_table *table, const struct source *source,
                      struct error *err)
{
    int fd = csv_table_scratch();
    if (ingest_source(table, source, fd, err) == 0)
        table->table = table_open(table->bytes.bytes, table->bytes.n_bytes, err);
    close(fd);
    if (table->table)
        return 0;
    csv_table_free(table);
    return -1;
}

int csv_table_try(struct csv_table *table, const char *csv, size_t n_bytes,
                  const struct ingest_options *options, struct error *err)
{
    const struct source source = {"text/csv", csv, n_bytes, SIZE_MAX,
                                  options ? options : &ingest_defaults};
    return try_source(table, &source, err);
}

int csv_table_try_type(struct csv_table *table, const char *media_type, const char *text,
                       size_t n_bytes, size_t n_piece, struct error *err)
{
    const struct source source = {media_type, text, n_bytes, n_piece, &ingest_defaults};
    return try_source(table, &source, err);
}

int csv_table_try_libsvm(struct csv_table *table, const char *text, size_t n_bytes,
                         struct error *err)
{
    return csv_table_try_type(table, "text/x-libsvm", text, n_bytes, SIZE_MAX, err);
}

void csv_table_read_libsvm(struct csv_table *table, const char *text)
{
    struct error err = {0};
    if (csv_table_try_libsvm(table, text, strlen(text), &err) < 0)
        ck_abort_msg("%s (%s)", err.message, err.place);
}

void csv_table_read(struct csv_table *table, const char *csv)
{
    struct error err = {0};
    if (csv_table_try(table, csv, strlen(csv), NULL, &err) < 0)
        ck_abort_msg("%s (%s)", err.message, err.place);
}

static bool read_whole(const char *path, struct buffer *out)
{
    const char *folder = getenv("LOGITD_TEST_DATA");
    char full[512];
    snprintf(full, sizeof(full), "%s/%s", folder ? folder : "../shared/data", path);
    FILE *file = fopen(full, "rb");
    char piece[4096];
    size_t n;
    if (!file)
        return false;
    while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
        buffer_append(out, piece, n);
    fclose(file);
    return true;
}

bool csv_table_read_file(struct csv_table *table, const char *path,
                         const struct ingest_options *options)
{
    struct buffer text = BUFFER_EMPTY;
    struct error err = {0};
    if (!read_whole(path, &text))
        return false;
    if (csv_table_try(table, text.bytes, text.n_bytes, options, &err) < 0)
        ck_abort_msg("%s: %s (%s)", path, err.message, err.place);
    buffer_free(&text);
    return true;
}

void csv_table_free(struct csv_table *table)
{
    table_close(table->table);
    summary_free(&table->summary);
    buffer_free(&table->bytes);
    *table = (struct csv_table){0};
}
