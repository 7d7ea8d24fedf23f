/*
 * Any bytes as CSV give the same rows, or the same failure, in one piece and in many; and
 * rows that are written as cells read back. The first byte chooses the options, the
 * second the size of the pieces.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/text/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(int holds)
{
    if (!holds)
        abort();
}

struct seen {
    uint64_t n_rows;
    size_t n_skipped;    /* cells of each row */
    struct buffer cells; /* of the others: length and bytes */
    struct buffer csv;   /* written, behind a cell that makes no row a blank line */
};

static void free_seen(struct seen *seen)
{
    buffer_free(&seen->cells);
    buffer_free(&seen->csv);
}

static int see_row(void *context, uint64_t row, const struct csv_cell *cells,
                   size_t n_cells, struct error *err)
{
    struct seen *seen = context;
    check(row == ++seen->n_rows && n_cells > seen->n_skipped);
    buffer_append_string(&seen->csv, "row");
    for (size_t j = seen->n_skipped; j < n_cells; j++) {
        check(memchr(cells[j].text, '\0', cells[j].n_bytes) == NULL);
        buffer_append(&seen->cells, &cells[j].n_bytes, sizeof(cells[j].n_bytes));
        buffer_append(&seen->cells, cells[j].text, cells[j].n_bytes);
        buffer_append_byte(&seen->csv, ',');
        csv_write_cell(&seen->csv, cells[j].text, cells[j].n_bytes);
    }
    buffer_append_byte(&seen->cells, '\n');
    buffer_append_byte(&seen->csv, '\n');
    return buffer_check(&seen->csv, err);
}

static int scan(const struct csv_options *options, const char *text, size_t n,
                size_t piece, struct seen *seen, struct error *err)
{
    struct csv_scanner *scanner = csv_new(options, see_row, seen, err);
    check(scanner != NULL);
    int result = 0;
    for (size_t at = 0; result == 0 && at < n; at += piece) {
        size_t length = n - at < piece ? n - at : piece;
        char *copy = memory_copy(text + at, length, NULL); /* gone when the next comes */
        result = csv_push(scanner, copy, length, err);
        memory_free(copy);
    }
    if (result == 0)
        result = csv_finish(scanner, err);
    csv_free(scanner);
    check((result == 0) == !error_is_set(err));
    return result;
}

static void check_same(const struct buffer *a, const struct buffer *b)
{
    check(a->n_bytes == b->n_bytes);
    check(a->n_bytes == 0 || memcmp(a->bytes, b->bytes, a->n_bytes) == 0);
}

static void check_written(const struct seen *seen)
{
    static const struct csv_options usual = {',', '"'};
    struct seen again = {.n_skipped = 1};
    struct error err = {0};
    check(scan(&usual, seen->csv.bytes, seen->csv.n_bytes, 4096, &again, &err) == 0);
    check_same(&seen->cells, &again.cells);
    free_seen(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char delimiters[] = {',', ';', ' ', '\t'}, quotes[] = {'"', '\'', '\0'};
    if (n < 2)
        return 0;
    const struct csv_options options = {delimiters[bytes[0] & 3],
                                        quotes[(bytes[0] >> 2) % 3]};
    const char *text = (const char *)bytes + 2;
    struct seen whole = {0}, pieces = {0};
    struct error err = {0}, err_of_pieces = {0};
    int result = scan(&options, text, n - 2, n, &whole, &err);
    scan(&options, text, n - 2, (size_t)bytes[1] + 1, &pieces, &err_of_pieces);
    check(err.code == err_of_pieces.code);
    check(strcmp(err.place, err_of_pieces.place) == 0);
    check_same(&whole.cells, &pieces.cells);
    if (result == 0)
        check_written(&whole);
    free_seen(&whole);
    free_seen(&pieces);
    return 0;
}
