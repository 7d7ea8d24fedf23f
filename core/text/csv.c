/*
 * The row that is being scanned is text[0..n): in the caller's bytes where it began in
 * them, else in `carry`, to which bytes are added until it ends. Cells are kept as
 * offsets, so that a row may move between the two, and the scan goes on from where it
 * stood: the work is linear and the rows are the same however the text is cut into
 * pieces.
 */
#include "core/text/csv.h"

#include <assert.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/text/csv_cells.h"
#include "core/text/csv_marks.h"
#include "core/text/csv_rows.h"
#include "core/text/utf8.h"

#define CARRY_BYTES 4096U /* added to the carried row at a time */
#define NO_QUOTE 256      /* no byte */

enum place {
    BEFORE_CELL, /* blanks may come */
    IN_PLAIN,
    IN_QUOTED,
    AT_QUOTE,    /* behind a quote in a quoted cell: the cell's end, or half of a pair */
    AFTER_QUOTED /* blanks may come */
};

struct csv_scanner {
    int delimiter;
    int quote; /* or NO_QUOTE */
    struct csv_marks marks;
    csv_row_fn *on_row;
    void *context;

    uint64_t n_rows;     /* handed out */
    size_t n_bom;        /* bytes of a byte order mark that the text began with */
    bool is_begun;       /* n_bom is settled */
    bool skip_line_feed; /* the last row ended in CR */
    bool has_failed;

    enum place place;
    size_t at;            /* scanned so far */
    struct csv_span cell; /* the one at `at` */
    struct csv_cells cells;
    struct buffer carry;
    bool is_unchecked;          /* may the row have NULs or bytes beyond ASCII? */
    struct buffer padded;       /* a row that ends where the bytes end */
    struct csv_rows_taker rows; /* all zero: rows are handed out one by one */
};

static const char byte_order_mark[3] = "\xef\xbb\xbf";

/* ---- scanner ---- */

static bool is_ascii(char c)
{
    return (unsigned char)c < 0x80;
}

static bool is_line_end(int c)
{
    return c == '\n' || c == '\r';
}

static int check_options(const struct csv_options *options, struct error *err)
{
    char delimiter = options->delimiter, quote = options->quote;
    if (!is_ascii(delimiter) || delimiter == '\0' || is_line_end(delimiter))
        return error_set(err, ERROR_INVALID,
                         "the delimiter must be an ASCII character, not a line end");
    if (!is_ascii(quote) || is_line_end(quote) || quote == ' ' || quote == '\t')
        return error_set(err, ERROR_INVALID,
                         "the quote must be an ASCII character, not a blank or line end");
    if (delimiter == quote)
        return error_set(err, ERROR_INVALID, "delimiter and quote must differ");
    return 0;
}

struct csv_scanner *csv_new(const struct csv_options *options, csv_row_fn *on_row,
                            void *context, struct error *err)
{
    if (check_options(options, err) < 0)
        return NULL;
    struct csv_scanner *scanner = memory_new(1, sizeof(*scanner), err);
    if (!scanner)
        return NULL;
    scanner->delimiter = options->delimiter;
    scanner->quote = options->quote != '\0' ? options->quote : NO_QUOTE;
    scanner->marks.delimiter = (unsigned char)options->delimiter;
    scanner->marks.quote = (unsigned char)options->quote;
    scanner->on_row = on_row;
    scanner->context = context;
    return scanner;
}

void csv_free(struct csv_scanner *scanner)
{
    if (!scanner)
        return;
    buffer_free(&scanner->carry);
    buffer_free(&scanner->padded);
    csv_cells_free(&scanner->cells);
    csv_rows_free(&scanner->rows);
    memory_free(scanner);
}

int csv_take_rows(struct csv_scanner *scanner, csv_rows_fn *on_rows, size_t n_columns,
                  struct error *err)
{
    assert(!scanner->rows.fields && n_columns > 0);
    if (scanner->delimiter == ' ')
        return 0;
    return csv_rows_start(&scanner->rows, on_rows, n_columns, err);
}

static int fail_at(const struct csv_scanner *scanner, size_t column, struct error *err)
{
    error_place(err, "row %llu, column %zu", (unsigned long long)scanner->n_rows + 1,
                column + 1);
    return -1;
}

/* ---- cells ---- */

/* Where in text[at..n) the first byte is that may end a plain cell; n: nowhere. */
static size_t find_mark(struct csv_scanner *scanner, const char *text, size_t at,
                        size_t n)
{
    return csv_marks_next(&scanner->marks, text, at, n, &scanner->is_unchecked);
}

static bool is_blank(const struct csv_scanner *scanner, char c)
{
    return (c == ' ' || c == '\t') && (c != scanner->delimiter || c == ' ');
}

static bool is_delimiter(const struct csv_scanner *scanner, char c)
{
    return c == scanner->delimiter || (c == '\t' && scanner->delimiter == ' ');
}

static int check_limits(const struct csv_scanner *scanner, struct error *err)
{
    bool in_cell = scanner->place == IN_PLAIN || scanner->place == IN_QUOTED;
    if (in_cell && scanner->at - scanner->cell.start > CSV_MAX_CELL_BYTES)
        error_set(err, ERROR_TOO_LARGE, "the cell is longer than %u bytes%s",
                  CSV_MAX_CELL_BYTES,
                  scanner->place == IN_QUOTED ? "; is a quote left open?" : "");
    else if (scanner->at > CSV_MAX_ROW_BYTES)
        error_set(err, ERROR_TOO_LARGE, "the row is longer than %u bytes",
                  CSV_MAX_ROW_BYTES);
    else
        return 0;
    return fail_at(scanner, scanner->cells.n, err);
}

static int make_room(struct csv_scanner *scanner, struct error *err)
{
    if (scanner->cells.n < CSV_MAX_COLUMNS)
        return csv_cells_grow(&scanner->cells, err);
    error_set(err, ERROR_TOO_LARGE, "the row has more than %u cells", CSV_MAX_COLUMNS);
    return fail_at(scanner, scanner->cells.n, err);
}

static int end_cell(struct csv_scanner *scanner, struct error *err)
{
    /* The most columns are a capacity, so that one check does for both. */
    if (scanner->cells.n == scanner->cells.capacity && make_room(scanner, err) < 0)
        return -1;
    scanner->cells.spans[scanner->cells.n++] = scanner->cell;
    scanner->place = BEFORE_CELL;
    return 0;
}

/* ---- the scan: each step goes on from `at`; -1, 0 (go on), or 1: `at` is at the line
 * end of the row ---- */

static int step_before(struct csv_scanner *scanner, const char *text, size_t n)
{
    while (scanner->at < n && is_blank(scanner, text[scanner->at]))
        scanner->at++;
    if (scanner->at == n)
        return 0;
    if (scanner->delimiter == ' ' && is_line_end(text[scanner->at]))
        return 1; /* behind the last cell; with any other delimiter one more begins */
    bool quoted = text[scanner->at] == scanner->quote;
    scanner->at += quoted;
    scanner->cell = (struct csv_span){.start = (uint32_t)scanner->at, .quoted = quoted};
    scanner->place = quoted ? IN_QUOTED : IN_PLAIN;
    return 0;
}

/* At the byte behind a cell, or within one that goes on. */
static int end_at(struct csv_scanner *scanner, char c, struct error *err)
{
    bool is_row_end = is_line_end(c);
    if (!is_row_end && !is_delimiter(scanner, c)) {
        error_set(err, ERROR_BAD_CSV,
                  scanner->cell.quoted
                      ? "a quoted cell goes on behind its closing quote; a quote in it "
                        "must be doubled"
                      : "a quote stands within an unquoted cell; quote the cell and "
                        "double the quote in it");
        return fail_at(scanner, scanner->cells.n, err);
    }
    if (end_cell(scanner, err) < 0)
        return -1;
    scanner->at += !is_row_end;
    return is_row_end;
}

static int step_plain(struct csv_scanner *scanner, const char *text, size_t n,
                      struct error *err)
{
    size_t start = scanner->cell.start;
    size_t end = find_mark(scanner, text, scanner->at, n);
    scanner->at = end;
    if (end - start > CSV_MAX_CELL_BYTES || end > CSV_MAX_ROW_BYTES)
        return check_limits(scanner, err);
    if (end == n)
        return 0;
    char c = text[end];
    if (c != scanner->quote && !is_line_end(c) && !is_delimiter(scanner, c)) {
        scanner->at++; /* any other control character */
        return 0;
    }
    while (end > start && is_blank(scanner, text[end - 1]))
        end--;
    scanner->cell.end = (uint32_t)end;
    return end_at(scanner, c, err);
}

static int step_quoted(struct csv_scanner *scanner, const char *text, size_t n,
                       struct error *err)
{
    const char *quote = memchr(text + scanner->at, scanner->quote, n - scanner->at);
    scanner->at = quote ? (size_t)(quote - text) : n;
    if (check_limits(scanner, err) < 0)
        return -1;
    if (quote) {
        scanner->cell.end = (uint32_t)scanner->at++;
        scanner->place = AT_QUOTE;
    }
    return 0;
}

static void step_at_quote(struct csv_scanner *scanner, const char *text)
{
    bool is_pair = text[scanner->at] == scanner->quote;
    scanner->at += is_pair;
    scanner->cell.has_pairs |= is_pair;
    scanner->place = is_pair ? IN_QUOTED : AFTER_QUOTED;
}

static int step_after_quoted(struct csv_scanner *scanner, const char *text, size_t n,
                             struct error *err)
{
    while (scanner->at < n && is_blank(scanner, text[scanner->at]) &&
           scanner->delimiter != ' ')
        scanner->at++;
    if (check_limits(scanner, err) < 0)
        return -1;
    return scanner->at < n ? end_at(scanner, text[scanner->at], err) : 0;
}

static int step(struct csv_scanner *scanner, const char *text, size_t n,
                struct error *err)
{
    switch (scanner->place) {
    case BEFORE_CELL:
        return step_before(scanner, text, n);
    case IN_PLAIN:
        return step_plain(scanner, text, n, err);
    case IN_QUOTED:
        return step_quoted(scanner, text, n, err);
    case AT_QUOTE:
        step_at_quote(scanner, text);
        return 0;
    case AFTER_QUOTED:
        return step_after_quoted(scanner, text, n, err);
    }
    return 0;
}

/* text[start..end) without the blanks around it. */
static struct csv_span trim(const struct csv_scanner *scanner, const char *text,
                            size_t start, size_t end)
{
    while (start < end && is_blank(scanner, text[start]))
        start++;
    while (end > start && is_blank(scanner, text[end - 1]))
        end--;
    return (struct csv_span){.start = (uint32_t)start, .end = (uint32_t)end};
}

/*
 * What most cells are, in one loop: without quotes and control characters, within the
 * limits, and ending in these bytes. The first that is another is left to the steps, from
 * its begin on. Returns 1 at the line end of the row, else 0.
 */
static int scan_plain_cells(struct csv_scanner *scanner, const char *text, size_t n)
{
    const size_t most = n < CSV_MAX_CELL_BYTES ? n : CSV_MAX_CELL_BYTES;
    size_t start = scanner->at, block = start, n_known, n_cells = scanner->cells.n;
    uint64_t found = 0;
    bool is_row_end = false, has_high = false;
    for (n_known = 0; !is_row_end && n_cells < scanner->cells.capacity; n_cells++) {
        while (!found && (block += n_known) < most)
            found = csv_marks_at(&scanner->marks, text, block, n, &n_known, &has_high);
        size_t behind = block + (size_t)(found ? __builtin_ctzll(found) : 0);
        if (!found || behind >= most)
            break;
        found &= found - 1;
        is_row_end = text[behind] != scanner->delimiter;
        if (is_row_end && !is_line_end(text[behind])) {
            is_row_end = false;
            break;
        }
        scanner->cells.spans[n_cells] =
            text[start] <= ' ' || text[behind - (behind > start)] <= ' '
                ? trim(scanner, text, start, behind)
                : (struct csv_span){.start = (uint32_t)start, .end = (uint32_t)behind};
        start = behind + !is_row_end;
    }
    scanner->at = start;
    scanner->cells.n = n_cells;
    scanner->is_unchecked |= has_high;
    return is_row_end;
}

static int scan_row(struct csv_scanner *scanner, const char *text, size_t n,
                    struct error *err)
{
    int result = 0;
    while (result == 0 && scanner->at < n) {
        if (scanner->place == BEFORE_CELL && scanner->delimiter != ' ')
            result = scan_plain_cells(scanner, text, n);
        if (result == 0) {
            result = step(scanner, text, n, err);
            scanner->is_unchecked = true;
        }
    }
    return result >= 0 && check_limits(scanner, err) < 0 ? -1 : result;
}

/* ---- rows ---- */

static int check_bytes(const struct csv_scanner *scanner, const char *text, size_t n,
                       struct error *err)
{
    const char *nul = memchr(text, '\0', n);
    if (nul) {
        error_set(err, ERROR_BAD_CSV, "the text has a NUL byte; UTF-8 text is needed");
        return fail_at(scanner, csv_cells_find(&scanner->cells, (size_t)(nul - text)),
                       err);
    }
    size_t n_valid = utf8_valid_prefix(text, n);
    if (n_valid < n) {
        error_set(err, ERROR_BAD_UTF8, "the text is not valid UTF-8");
        return fail_at(scanner, csv_cells_find(&scanner->cells, n_valid), err);
    }
    return 0;
}

/* The row text[0..n) has ended. */
static int end_row(struct csv_scanner *scanner, const char *text, size_t n,
                   struct error *err)
{
    const struct csv_span *first = scanner->cells.spans;
    size_t n_cells = scanner->cells.n;
    bool is_blank_line =
        n_cells == 0 || (n_cells == 1 && !first->quoted && first->start == first->end);
    if (!is_blank_line) {
        if ((scanner->is_unchecked && check_bytes(scanner, text, n, err) < 0) ||
            csv_cells_make(&scanner->cells, text, n, scanner->quote, err) < 0)
            return -1;
        scanner->n_rows++;
        if (scanner->on_row(scanner->context, scanner->n_rows, scanner->cells.texts,
                            n_cells, err) < 0)
            return -1;
    }
    scanner->cells.n = 0;
    scanner->at = 0;
    scanner->place = BEFORE_CELL;
    scanner->is_unchecked = false;
    return 0;
}

/* The row text[0..n), with bytes behind it that may be read. */
static const char *pad(struct csv_scanner *scanner, const char *text, size_t n,
                       struct error *err)
{
    buffer_clear(&scanner->padded);
    char *copy = buffer_reserve(&scanner->padded, n + CSV_PADDING);
    if (copy)
        return memcpy(copy, text, n);
    (void)!buffer_check(&scanner->padded, err);
    return NULL;
}

/* Scans the row on and hands it out if it ends: then *n_used of the bytes are done with,
 * the line end included. -1, 0 (the bytes do not end it) or 1. */
static int take_row(struct csv_scanner *scanner, const char *text, size_t n,
                    size_t *n_used, struct error *err)
{
    int result = scan_row(scanner, text, n, err);
    if (result <= 0)
        return result;
    size_t end = scanner->at;
    scanner->skip_line_feed = text[end] == '\r';
    *n_used = end + 1;
    if (n - end < CSV_PADDING)
        text = pad(scanner, text, end, err);
    return !text || end_row(scanner, text, end, err) < 0 ? -1 : 1;
}

/* The same for a row that began in bytes pushed earlier; *n_used is of the new ones. */
static int take_carried_row(struct csv_scanner *scanner, const char *bytes, size_t n,
                            size_t *n_used, struct error *err)
{
    size_t n_before = scanner->carry.n_bytes, end;
    size_t n_added = n < CARRY_BYTES ? n : CARRY_BYTES;
    buffer_append(&scanner->carry, bytes, n_added);
    if (buffer_check(&scanner->carry, err) < 0)
        return -1;
    csv_marks_forget(&scanner->marks);
    int result =
        take_row(scanner, scanner->carry.bytes, scanner->carry.n_bytes, &end, err);
    csv_marks_forget(&scanner->marks);
    *n_used = result == 1 ? end - n_before : n_added;
    if (result == 1)
        buffer_clear(&scanner->carry);
    return result;
}

/* Rows with nothing special, handed out together; *n_used is 0 where the next one is not
 * of them. */
static int take_plain_rows(struct csv_scanner *scanner, const char *text, size_t n,
                           size_t *n_used, struct error *err)
{
    struct csv_rows rows;
    if (csv_rows_next(&scanner->rows, &scanner->marks, text, n, &rows, n_used) == 0)
        return 0;
    rows.first_row = scanner->n_rows + 1;
    scanner->n_rows += rows.n_rows;
    scanner->skip_line_feed = text[*n_used - 1] == '\r';
    return scanner->rows.on_rows(scanner->context, &rows, err);
}

static int take_rows(struct csv_scanner *scanner, const char *bytes, size_t n,
                     struct error *err)
{
    csv_marks_forget(&scanner->marks);
    for (size_t at = 0, n_used; at < n; at += n_used) {
        if (scanner->skip_line_feed) {
            scanner->skip_line_feed = false;
            n_used = bytes[at] == '\n';
            if (n_used > 0)
                continue;
        }
        bool is_carried = scanner->carry.n_bytes > 0;
        if (scanner->rows.fields && !is_carried) {
            if (take_plain_rows(scanner, bytes + at, n - at, &n_used, err) < 0)
                return -1;
            if (n_used > 0)
                continue;
        }
        int result = is_carried
                         ? take_carried_row(scanner, bytes + at, n - at, &n_used, err)
                         : take_row(scanner, bytes + at, n - at, &n_used, err);
        if (result < 0)
            return -1;
        if (result == 0 && !is_carried) {
            buffer_append(&scanner->carry, bytes + at, n - at);
            return buffer_check(&scanner->carry, err);
        }
    }
    return 0;
}

/* ---- the text ---- */

/* Passes over a byte order mark, of which the first bytes may be all that there is yet.
 */
static int begin_text(struct csv_scanner *scanner, const char **bytes, size_t *n,
                      struct error *err)
{
    size_t n_mark = sizeof(byte_order_mark);
    while (*n > 0 && scanner->n_bom < n_mark &&
           **bytes == byte_order_mark[scanner->n_bom]) {
        scanner->n_bom++;
        ++*bytes;
        --*n;
    }
    scanner->is_begun = scanner->n_bom == n_mark || *n > 0;
    if (scanner->is_begun && scanner->n_bom < n_mark)
        return take_rows(scanner, byte_order_mark, scanner->n_bom, err);
    return 0;
}

int csv_push(struct csv_scanner *scanner, const char *bytes, size_t n, struct error *err)
{
    assert(!scanner->has_failed);
    int result = scanner->is_begun ? 0 : begin_text(scanner, &bytes, &n, err);
    if (result == 0 && n > 0)
        result = take_rows(scanner, bytes, n, err);
    scanner->has_failed = result < 0;
    return result;
}

int csv_finish(struct csv_scanner *scanner, struct error *err)
{
    /* A line end more than there was: after one, it is a blank line. */
    if (scanner->place != IN_QUOTED)
        return csv_push(scanner, "\n", 1, err);
    error_set(err, ERROR_BAD_CSV, "the text ends in a quoted cell; a quote is missing");
    return fail_at(scanner, scanner->cells.n, err);
}
