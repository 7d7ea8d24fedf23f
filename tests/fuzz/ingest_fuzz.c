/*
 * Any bytes as a file: refused, or made into a table that reads back, and the same
 * whatever the pieces. The first byte chooses the format, the second the options of
 * delimited text, the third the size of the pieces.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/data/ingest.h"
#include "core/data/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct ingest_options options_of(uint8_t choice)
{
    static const char delimiters[] = {'\0', ';', ' ', '\t'};
    struct ingest_options options = ingest_defaults;
    options.delimiter = delimiters[choice & 3];
    options.header = (choice & 4) == 0;
    options.quote = choice & 8 ? '\0' : choice & 16 ? '\'' : '"';
    options.n_na = choice & 32 ? 1 : options.n_na;
    return options;
}

static const struct ingest_format *format_of(uint8_t choice)
{
    size_t n = 0;
    while (ingest_format_at(n))
        n++;
    return ingest_format_at(choice % n);
}

static int push_all(struct ingest *ingest, const uint8_t *bytes, size_t n, size_t piece,
                    struct error *err)
{
    for (size_t at = 0; at < n; at += piece) {
        size_t length = n - at < piece ? n - at : piece;
        if (ingest_push(ingest, (const char *)bytes + at, length, err) < 0)
            return -1;
    }
    return 0;
}

static void check(int holds)
{
    if (!holds)
        abort();
}

/* Counts hold against the cells. */
static void check_column(const struct table *table, size_t j)
{
    const struct summary *summary = table_summary(table);
    uint64_t n_missing = 0;
    for (uint64_t row = 0; row < summary->n_rows; row++) {
        double value;
        uint32_t code;
        if (summary->columns[j].type == COLUMN_NUMERIC) {
            table_read_numbers(table, j, row, 1, &value);
            n_missing += value != value;
        } else {
            table_read_codes(table, j, row, 1, &code);
            n_missing += code == TABLE_MISSING_CODE;
        }
    }
    check(n_missing == summary->columns[j].n_missing);
}

static void read_back(const struct buffer *bytes)
{
    struct error err = {0};
    struct table *table = table_open(bytes->bytes, bytes->n_bytes, &err);
    check(table != NULL);
    for (size_t j = 0; j < table_summary(table)->n_columns; j++)
        if (!table_summary(table)->columns[j].is_sparse)
            check_column(table, j);
    table_close(table);
}

static int read_file(const uint8_t *bytes, size_t n, size_t piece, struct buffer *out,
                     struct error *err)
{
    struct summary summary = {0};
    struct ingest_options options = options_of(bytes[1]);
    int fd = memfd_create("scratch", MFD_CLOEXEC);
    struct ingest *ingest =
        ingest_new(format_of(bytes[0]), &options, buffer_sink(out), fd, err);
    check(ingest != NULL);
    int result = push_all(ingest, bytes + 3, n - 3, piece, err);
    if (result == 0)
        result = ingest_finish(ingest, &summary, err);
    check((result == 0) == !error_is_set(err));
    ingest_free(ingest);
    summary_free(&summary);
    close(fd);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 3)
        return 0;
    struct buffer cut = BUFFER_EMPTY, whole = BUFFER_EMPTY;
    struct error err = {0}, other = {0};
    int result = read_file(bytes, n, (size_t)bytes[2] + 1, &cut, &err);
    check(read_file(bytes, n, n, &whole, &other) == result);
    check(err.code == other.code && strcmp(err.place, other.place) == 0);
    if (result == 0) {
        check(cut.n_bytes == whole.n_bytes &&
              memcmp(cut.bytes, whole.bytes, cut.n_bytes) == 0);
        read_back(&cut);
    }
    buffer_free(&cut);
    buffer_free(&whole);
    return 0;
}
