/*
 * Any bytes as a file: refused, or made into a table that reads back. The first byte
 * chooses the options, the second the size of the pieces.
 */
#include <stdint.h>
#include <stdlib.h>
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
        check_column(table, j);
    table_close(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 2)
        return 0;
    struct buffer out = BUFFER_EMPTY;
    struct summary summary = {0};
    struct error err = {0};
    struct ingest_options options = options_of(bytes[0]);
    int fd = memfd_create("scratch", MFD_CLOEXEC);
    struct ingest *ingest = ingest_new(ingest_format_at(bytes[0] >> 7), &options,
                                       buffer_sink(&out), fd, &err);
    check(ingest != NULL);
    int result = push_all(ingest, bytes + 2, n - 2, (size_t)bytes[1] + 1, &err);
    if (result == 0)
        result = ingest_finish(ingest, &summary, &err);
    check((result == 0) == !error_is_set(&err));
    if (result == 0)
        read_back(&out);
    ingest_free(ingest);
    summary_free(&summary);
    buffer_free(&out);
    close(fd);
    return 0;
}
