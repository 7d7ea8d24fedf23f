/*
 * Any bytes as text in LIBSVM's form: refused, or made into a table that reads back; the
 * same one however the text is cut. The first byte is the size of the pieces.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/data/ingest.h"
#include "core/data/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(int holds)
{
    if (!holds)
        abort();
}

static void note(void *context, const struct error *problem)
{
    struct buffer *told = context;
    buffer_printf(told, "%s %s: %s\n", error_word(problem->code), problem->place,
                  problem->message);
}

/* Pieces lie in blocks of their own, so that a read behind one is seen. */
static int push_all(struct ingest *ingest, const uint8_t *bytes, size_t n, size_t piece,
                    struct error *err)
{
    int result = 0;
    for (size_t at = 0; result == 0 && at < n; at += piece) {
        size_t length = n - at < piece ? n - at : piece;
        char *copy = malloc(length);
        check(copy != NULL);
        memcpy(copy, bytes + at, length);
        result = ingest_push(ingest, copy, length, err);
        free(copy);
    }
    return result;
}

static int read_text(const uint8_t *bytes, size_t n, size_t piece, struct buffer *out,
                     struct buffer *told)
{
    struct summary summary = {0};
    struct error err = {0};
    int fd = memfd_create("scratch", MFD_CLOEXEC);
    struct ingest *ingest = ingest_new(ingest_format_of("text/x-libsvm"),
                                       &ingest_defaults, buffer_sink(out), fd, &err);
    check(ingest != NULL);
    ingest_tell_problems(ingest, note, told);
    int result = push_all(ingest, bytes, n, piece, &err);
    if (result == 0)
        result = ingest_finish(ingest, &summary, &err);
    check((result == 0) == !error_is_set(&err));
    if (result < 0)
        note(told, &err);
    ingest_free(ingest);
    summary_free(&summary);
    close(fd);
    return result;
}

/* Entries are in order, and each is the cell that a search for it finds. */
static void check_block(const struct table *table, const struct table_sparse_block *block)
{
    size_t first = table_first_sparse(table);
    for (size_t row = 0; row < block->n_rows; row++)
        for (uint64_t i = block->starts[row]; i < block->starts[row + 1]; i++) {
            double value;
            check(i == block->starts[row] || block->columns[i - 1] < block->columns[i]);
            check(isfinite(block->values[i]) && block->values[i] != 0);
            table_read_numbers(table, first + block->columns[i], block->first_row + row,
                               1, &value);
            check(value == block->values[i]);
        }
}

static void read_back(const struct buffer *bytes)
{
    struct error err = {0};
    struct table_sparse_block block;
    uint64_t n_rows = 0;
    struct table *table = table_open(bytes->bytes, bytes->n_bytes, &err);
    check(table != NULL);
    const struct summary *summary = table_summary(table);
    for (size_t i = 0; i < table_n_sparse_blocks(table); i++) {
        check(table_sparse_block(table, i, &block, &err) == 0);
        check_block(table, &block);
        n_rows += block.n_rows;
    }
    check(summary->n_columns == 1 || n_rows == summary->n_rows);
    for (size_t j = 0; j < summary->n_columns; j++)
        check(summary->columns[j].min <= summary->columns[j].max);
    table_close(table);
}

static void check_same(const struct buffer *a, const struct buffer *b)
{
    check(a->n_bytes == b->n_bytes);
    check(a->n_bytes == 0 || memcmp(a->bytes, b->bytes, a->n_bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 2)
        return 0;
    struct buffer whole = BUFFER_EMPTY, pieces = BUFFER_EMPTY;
    struct buffer told = BUFFER_EMPTY, told_of_pieces = BUFFER_EMPTY;
    int result = read_text(bytes + 1, n - 1, n, &whole, &told);
    check(read_text(bytes + 1, n - 1, (size_t)bytes[0] + 1, &pieces, &told_of_pieces) ==
          result);
    check_same(&told, &told_of_pieces);
    if (result == 0) {
        check_same(&whole, &pieces);
        read_back(&whole);
    }
    buffer_free(&whole);
    buffer_free(&pieces);
    buffer_free(&told);
    buffer_free(&told_of_pieces);
    return 0;
}
