#include "core/text/csv_rows.h"

#include "core/base/memory.h"
#include "core/text/csv_cut.h"

#define FIELDS 2048U                  /* of the rows that are taken together */
#define MOST_BYTES CSV_MAX_CELL_BYTES /* so that no cell and no row is too long */

/* ---- cells ---- */

/* A tab that is no delimiter is a mark, and so it ends the rows. */
static struct csv_field trim(const char *text, size_t start, size_t end)
{
    while (start < end && text[start] == ' ')
        start++;
    while (end > start && text[end - 1] == ' ')
        end--;
    return (struct csv_field){(uint32_t)start, (uint32_t)end};
}

/* The cell that the mark at `end` ends. */
static inline struct csv_field field_to(const struct csv_cut *scan, size_t start,
                                        size_t end)
{
    if (scan->may_trim)
        return trim(scan->text, start, end);
    return (struct csv_field){(uint32_t)start, (uint32_t)end};
}

/* ---- rows ---- */

/* At a mark that may end a row; false where the rows end. */
static bool take_row_end(struct csv_cut *scan, size_t at)
{
    char c = scan->text[at];
    if (c == '\n' && at == scan->line_feed_at && at > 0) {
        scan->start = scan->end = at + 1;
        return true;
    }
    if ((c != '\n' && c != '\r') || scan->n_fields != scan->row_end)
        return false;
    struct csv_field last = field_to(scan, scan->start, at);
    if (scan->n_columns == 1 && last.start == last.end)
        return false; /* a line that is passed over */
    scan->fields[scan->n_fields++] = last;
    scan->row_end += scan->n_columns;
    scan->start = scan->end = at + 1;
    scan->line_feed_at = c == '\r' ? at + 1 : 0;
    return ++scan->n_rows < scan->most;
}

/* The marks of a block; false where the rows end. */
static bool take_block(struct csv_cut *scan, size_t block, uint64_t found)
{
    const char *text = scan->text, delimiter = scan->delimiter;
    while (found) {
        size_t n_fields = scan->n_fields, start = scan->start, at = 0;
        struct csv_field *fields = scan->fields;
        bool is_other = false;
        for (; found && !is_other; found &= found - 1) {
            at = block + (size_t)__builtin_ctzll(found);
            is_other = text[at] != delimiter || n_fields == scan->row_end;
            if (is_other)
                continue;
            fields[n_fields++] = field_to(scan, start, at);
            start = at + 1;
        }
        scan->n_fields = n_fields;
        scan->start = start;
        if (is_other && !take_row_end(scan, at))
            return false;
    }
    return true;
}

/* ---- blocks of text ---- */

/* Which bytes of a block are blanks. */
static uint64_t find_blanks(const char *bytes)
{
    struct csv_marks blanks = {.delimiter = ' ', .quote = ' '};
    csv_marks_look(&blanks, bytes);
    return blanks.found;
}

/* Is a blank among the bytes behind the last mark? Then it is in the next cell, or before
 * it. */
static bool ends_in_blanks(uint64_t blanks, uint64_t found)
{
    return found ? (blanks >> (63 - __builtin_clzll(found))) != 0 : blanks != 0;
}

/* Where the first block is that is not of the common kind. */
static size_t cut_common(struct csv_cut *scan, size_t at, size_t n)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512bw"))
        return csv_cut_avx512(scan, at, n);
    if (__builtin_cpu_supports("avx2"))
        return csv_cut_avx2(scan, at, n);
#endif
    (void)scan, (void)n;
    return at;
}

/* A block of any kind; false where the rows end. */
static bool cut_block(struct csv_cut *scan, struct csv_marks *marks, size_t at)
{
    csv_marks_look(marks, scan->text + at);
    uint64_t found = marks->found, blanks = find_blanks(scan->text + at) & ~found;
    bool was_blank = scan->may_trim && !found;
    scan->may_trim = scan->may_trim || blanks;
    if (marks->has_high || !take_block(scan, at, found))
        return false;
    scan->may_trim = was_blank || ends_in_blanks(blanks, found);
    return true;
}

size_t csv_rows_find(const struct csv_marks *marks, const char *text, size_t n,
                     size_t n_columns, struct csv_field *fields, size_t most,
                     size_t *n_used)
{
    struct csv_cut scan = {.text = text,
                           .delimiter = (char)marks->delimiter,
                           .quote = (char)marks->quote,
                           .n_columns = n_columns,
                           .most = most,
                           .fields = fields,
                           .row_end = n_columns - 1};
    struct csv_marks here = *marks;
    n = n < MOST_BYTES ? n : MOST_BYTES;
    for (size_t at = 0;; at += CSV_MARKS_BLOCK) {
        at = cut_common(&scan, at, n);
        if (at + CSV_MARKS_BLOCK + CSV_PADDING > n || !cut_block(&scan, &here, at))
            break;
    }
    *n_used = scan.end;
    return scan.n_rows;
}

/* ---- who takes them ---- */

int csv_rows_start(struct csv_rows_taker *taker, csv_rows_fn *on_rows, size_t n_columns,
                   struct error *err)
{
    if (n_columns > FIELDS)
        return 0;
    struct csv_field *fields = memory_new(FIELDS, sizeof(*fields), err);
    if (!fields)
        return -1;
    *taker = (struct csv_rows_taker){on_rows, n_columns, FIELDS / n_columns, fields};
    return 0;
}

void csv_rows_free(struct csv_rows_taker *taker)
{
    memory_free(taker->fields);
    *taker = (struct csv_rows_taker){0};
}

size_t csv_rows_next(const struct csv_rows_taker *taker, const struct csv_marks *marks,
                     const char *text, size_t n, struct csv_rows *rows, size_t *n_used)
{
    *rows = (struct csv_rows){
        .text = text, .fields = taker->fields, .n_columns = taker->n_columns};
    rows->n_rows = csv_rows_find(marks, text, n, taker->n_columns, taker->fields,
                                 taker->most, n_used);
    return rows->n_rows;
}
