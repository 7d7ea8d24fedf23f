#include "core/text/libsvm.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/text/csv_marks.h"
#include "core/text/libsvm_fields.h"
#include "core/text/number.h"
#include "core/text/number_digits.h"
#include "core/text/number_plain.h"

/*
 * A field is read where it lies, once the byte behind it is known; only what is left of
 * a piece waits for the next one.
 */

#define MOST_INDEX_DIGITS 18 /* LIBSVM_MOST_INDEX */
#define PADDING (16 + CSV_PADDING)

enum where {
    IN_LABEL,   /* nothing of the row has come */
    IN_ENTRIES, /* the label has */
    IN_BAD_ROW, /* refused: passed over up to the end of the line */
};

struct libsvm_scanner {
    libsvm_row_fn *on_row;
    libsvm_refuse_fn *refuse;
    void *context;
    enum where where;
    bool in_comment;
    bool has_namespace, is_ascending; /* of the row */
    uint64_t n_rows;                  /* before this one */
    uint64_t line;                    /* from 1 */
    uint64_t line_start;              /* its place in the whole text */
    const char *text;                 /* being scanned, and its place */
    uint64_t text_start;
    char label[LIBSVM_MOST_LABEL_BYTES + 1];
    size_t label_bytes;
    struct libsvm_entry *entries;
    size_t n_entries, capacity;
    struct buffer rest; /* an unfinished field, and its place */
    uint64_t rest_start;
    uint64_t n_pushed;
};

struct libsvm_scanner *libsvm_new(libsvm_row_fn *on_row, libsvm_refuse_fn *refuse,
                                  void *context, struct error *err)
{
    struct libsvm_scanner *scanner = memory_new(1, sizeof(*scanner), err);
    if (!scanner)
        return NULL;
    scanner->on_row = on_row;
    scanner->refuse = refuse;
    scanner->context = context;
    scanner->line = 1;
    scanner->is_ascending = true;
    return scanner;
}

void libsvm_free(struct libsvm_scanner *scanner)
{
    if (!scanner)
        return;
    memory_free(scanner->entries);
    buffer_free(&scanner->rest);
    memory_free(scanner);
}

static bool ends_field(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '#';
}

/* There is one, at the latest at the end of the text. */
static const char *find_end(const char *at)
{
    while (!ends_field(*at))
        at++;
    return at;
}

/* ---- what is wrong with a row ---- */

/* Of a row, or of its cell in the column `name`. The row is then passed over. */
__attribute__((format(printf, 6, 7))) static int refuse(struct libsvm_scanner *scanner,
                                                        struct error *err, const char *at,
                                                        enum error_code code,
                                                        const char *name,
                                                        const char *format, ...)
{
    struct error problem = {0};
    char message[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    uint64_t place = scanner->text_start + (uint64_t)(at - scanner->text);
    error_set(&problem, code, "line %llu, character %llu: %s",
              (unsigned long long)scanner->line,
              (unsigned long long)(place - scanner->line_start + 1), message);
    error_place(&problem, "row %llu%s%s", (unsigned long long)scanner->n_rows + 1,
                name ? ", column " : "", name ? name : "");
    scanner->where = IN_BAD_ROW;
    return scanner->refuse(scanner->context, scanner->n_rows + 1, &problem, err);
}

static bool starts_with(const char *at, size_t n, const char *word)
{
    size_t length = strlen(word);
    return n >= length && memcmp(at, word, length) == 0;
}

static int refuse_field(struct libsvm_scanner *scanner, const char *at, size_t n,
                        struct error *err)
{
    if (starts_with(at, n, "qid:"))
        return refuse(scanner, err, at, ERROR_UNSUPPORTED, NULL,
                      "qid marks groups for ranking, which is not offered; take the qid "
                      "fields out");
    if (n > LIBSVM_MOST_FIELD_BYTES)
        return refuse(scanner, err, at, ERROR_BAD_LIBSVM, NULL,
                      "a field has more than %u characters", LIBSVM_MOST_FIELD_BYTES);
    return refuse(scanner, err, at, ERROR_BAD_LIBSVM, NULL,
                  "a field index:value is needed, with a whole number from 0 to %llu as "
                  "index",
                  (unsigned long long)LIBSVM_MOST_INDEX);
}

static int refuse_value(struct libsvm_scanner *scanner, uint64_t index, const char *at,
                        size_t n, struct error *err)
{
    char name[NUMBER_TEXT_BYTES + 1];
    double value;
    const char *end;
    bool is_huge = number_read(at, n, &value, &end) == NUMBER_OVERFLOW && end == at + n;
    size_t sign = n > 0 && (*at == '-' || *at == '+');
    bool is_word = n - sign >= 3 && (strncasecmp(at + sign, "inf", 3) == 0 ||
                                     strncasecmp(at + sign, "nan", 3) == 0);
    name[number_write_integer((int64_t)index, name)] = '\0';
    if (is_huge || is_word)
        return refuse(scanner, err, at, ERROR_NON_FINITE, name,
                      "the value is infinite, not a number, or beyond the range of a "
                      "double");
    return refuse(scanner, err, at, ERROR_NOT_A_NUMBER, name,
                  "the value is not a number");
}

/* ---- fields ---- */

static int take_label(struct libsvm_scanner *scanner, const char *at, size_t n,
                      struct error *err)
{
    if (scanner->n_rows == 0 && scanner->line == 1 &&
        starts_with(at, n, "\xef\xbb\xbf")) {
        at += 3; /* a byte order mark */
        n -= 3;
    }
    scanner->where = IN_ENTRIES;
    if (memchr(at, ':', n))
        return refuse(scanner, err, at, ERROR_BAD_LIBSVM, "label",
                      "a row begins with its label");
    if (n > LIBSVM_MOST_LABEL_BYTES || memchr(at, '\0', n))
        return refuse(scanner, err, at, ERROR_BAD_LIBSVM, "label",
                      "the label has more than %u characters, or a NUL",
                      LIBSVM_MOST_LABEL_BYTES);
    memcpy(scanner->label, at, n);
    scanner->label[n] = '\0';
    scanner->label_bytes = n;
    return 0;
}

static int grow(struct libsvm_scanner *scanner, struct error *err)
{
    size_t larger = scanner->capacity > 0 ? scanner->capacity * 2 : 256;
    struct libsvm_entry *moved =
        memory_resize(scanner->entries, larger, sizeof(*moved), err);
    if (!moved)
        return -1;
    scanner->entries = moved;
    scanner->capacity = larger;
    return 0;
}

static int add_entry(struct libsvm_scanner *scanner, const char *at, uint64_t index,
                     double value, struct error *err)
{
    size_t n = scanner->n_entries;
    if (n == LIBSVM_MOST_ENTRIES)
        return refuse(scanner, err, at, ERROR_TOO_LARGE, NULL,
                      "the row has more than %u entries", LIBSVM_MOST_ENTRIES);
    if (n == scanner->capacity && grow(scanner, err) < 0)
        return -1;
    if (n > 0 && scanner->entries[n - 1].index >= index)
        scanner->is_ascending = false;
    scanner->entries[n] = (struct libsvm_entry){index, value};
    scanner->n_entries++;
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/*
 * The value of most fields, and where they end: a digit or two, or a number as
 * number_plain has it, with PADDING bytes behind its begin. NaN: it is another.
 */
static double read_common(const char *number, const char *text_end, const char **end)
{
    double value = NAN;
    if (text_end - number < (ptrdiff_t)PADDING)
        return value;
    if (is_digit(number[0]) && ends_field(number[1])) { /* most are 1 */
        *end = number + 1;
        return number[0] - '0';
    }
    if (is_digit(number[0]) && is_digit(number[1]) && ends_field(number[2])) {
        *end = number + 2;
        return (number[0] - '0') * 10 + (number[1] - '0');
    }
    uint64_t marks = csv_marks_low(number_digits_load(number), ' ');
    size_t n = 0;
    if (marks == 0) {
        marks = csv_marks_low(number_digits_load(number + 8), ' ');
        n = 8;
    }
    if (marks == 0)
        return value;
    n += (size_t)__builtin_ctzll(marks) / 8;
    const struct csv_cell cell = {number, n, false};
    if (ends_field(number[n]))
        number_plain_cells(&cell, 1, &value);
    *end = number + n;
    return value;
}

/* Of a field that begins at `at` the value, from `number` on. */
static int take_value(struct libsvm_scanner *scanner, const char *at, uint64_t index,
                      const char *number, const char *text_end, const char **end,
                      struct error *err)
{
    double value = read_common(number, text_end, end);
    if (!isnan(value))
        return add_entry(scanner, at, index, value, err);
    if (number_read(number, (size_t)(text_end - number), &value, end) == NUMBER_OK &&
        ends_field(**end) && *end - at <= (ptrdiff_t)LIBSVM_MOST_FIELD_BYTES)
        return add_entry(scanner, at, index, value, err);
    *end = find_end(number);
    return refuse_value(scanner, index, number, (size_t)(*end - number), err);
}

/* Several at once; *end is left alone where there are none of those that can be. */
static int take_fields(struct libsvm_scanner *scanner, const char *at,
                       const char *text_end, const char **end, struct error *err)
{
    size_t n_before = scanner->n_entries, behind = 0;
    if (scanner->capacity - n_before < LIBSVM_FIELDS_MOST && grow(scanner, err) < 0)
        return -1;
    if (n_before + LIBSVM_FIELDS_MOST > LIBSVM_MOST_ENTRIES)
        return 0;
    struct libsvm_entry *entries = scanner->entries;
    size_t n = libsvm_fields_read(scanner->text, (size_t)(at - scanner->text),
                                  (size_t)(text_end - scanner->text), entries + n_before,
                                  &behind);
    if (n == 0)
        return 0;
    scanner->n_entries += n;
    for (size_t i = n_before > 0 ? n_before : 1; i < scanner->n_entries; i++)
        if (entries[i - 1].index >= entries[i].index)
            scanner->is_ascending = false;
    *end = scanner->text + behind;
    return 0;
}

/* The whole number that stands at `at`, and where it ends; may wrap where it has more
 * than MOST_INDEX_DIGITS. */
static uint64_t read_index(const char *at, const char *text_end, const char **end)
{
    uint64_t index = 0;
    if (text_end - at >= 8) {
        uint64_t eight = number_digits_load(at), others = number_digits_others(eight);
        int n_bits = others ? __builtin_ctzll(others) & ~7 : 0;
        if (n_bits > 0) { /* one to seven digits: zeros before them */
            *end = at + n_bits / 8;
            return number_digits_value(eight << (64 - n_bits) |
                                       NUMBER_DIGITS_ONES * '0' >> n_bits);
        }
    }
    for (; is_digit(*at); at++)
        index = index * 10 + (uint64_t)(*at - '0');
    *end = at;
    return index;
}

/* All but a label. *end is set behind the field. */
static int take_field(struct libsvm_scanner *scanner, const char *at,
                      const char *text_end, const char **end, struct error *err)
{
    const char *digit;
    *end = at;
    int result = take_fields(scanner, at, text_end, end, err);
    if (result < 0 || *end > at)
        return result;
    uint64_t index = read_index(at, text_end, &digit);
    if (digit > at && digit - at <= MOST_INDEX_DIGITS && *digit == ':')
        return take_value(scanner, at, index, digit + 1, text_end, end, err);
    *end = find_end(at);
    if (*at == '|' && scanner->n_entries == 0 && !scanner->has_namespace) {
        scanner->has_namespace = true;
        return 0;
    }
    return refuse_field(scanner, at, (size_t)(*end - at), err);
}

/* ---- the end of a row ---- */

static int compare_entries(const void *left, const void *right)
{
    const struct libsvm_entry *a = left, *b = right;
    return (a->index > b->index) - (a->index < b->index);
}

static int sort_entries(struct libsvm_scanner *scanner, const char *at, struct error *err)
{
    qsort(scanner->entries, scanner->n_entries, sizeof(*scanner->entries),
          compare_entries);
    for (size_t i = 1; i < scanner->n_entries; i++)
        if (scanner->entries[i].index == scanner->entries[i - 1].index) {
            char name[NUMBER_TEXT_BYTES + 1];
            int64_t index = (int64_t)scanner->entries[i].index;
            name[number_write_integer(index, name)] = '\0';
            return refuse(scanner, err, at, ERROR_DUPLICATE_COLUMN, name,
                          "the row has this index twice");
        }
    return 0;
}

static int tell_row(struct libsvm_scanner *scanner, struct error *err)
{
    const struct libsvm_row row = {.row = scanner->n_rows + 1,
                                   .label = scanner->label,
                                   .label_bytes = scanner->label_bytes,
                                   .entries = scanner->entries,
                                   .n_entries = scanner->n_entries};
    return scanner->on_row(scanner->context, &row, err);
}

/* At a line feed, or at the end. */
static int end_line(struct libsvm_scanner *scanner, const char *at, struct error *err)
{
    if (scanner->where == IN_ENTRIES && !scanner->is_ascending &&
        sort_entries(scanner, at, err) < 0)
        return -1;
    if (scanner->where == IN_ENTRIES && tell_row(scanner, err) < 0)
        return -1;
    scanner->n_rows += scanner->where != IN_LABEL;
    scanner->where = IN_LABEL;
    scanner->in_comment = scanner->has_namespace = false;
    scanner->is_ascending = true;
    scanner->n_entries = 0;
    scanner->line++;
    scanner->line_start = scanner->text_start + (uint64_t)(at - scanner->text) + 1;
    return 0;
}

/* ---- the text ---- */

/* One step from at, which is before the end; NULL on failure. */
static const char *step(struct libsvm_scanner *scanner, const char *at,
                        const char *text_end, struct error *err)
{
    const char *end = at;
    int result;
    if (*at == '\n')
        return end_line(scanner, at, err) < 0 ? NULL : at + 1;
    if (scanner->in_comment) {
        end = memchr(at, '\n', (size_t)(text_end - at));
        return end ? end : text_end;
    }
    if (*at == '#')
        scanner->in_comment = true;
    if (ends_field(*at))
        return at + 1;
    if (scanner->where == IN_ENTRIES) {
        result = take_field(scanner, at, text_end, &end, err);
        return result < 0 ? NULL : end;
    }
    end = find_end(at);
    result =
        scanner->where == IN_LABEL ? take_label(scanner, at, (size_t)(end - at), err) : 0;
    return result < 0 ? NULL : end;
}

/* Text whose last byte ends a field. */
static int scan(struct libsvm_scanner *scanner, const char *text, size_t n,
                uint64_t start, struct error *err)
{
    const char *at = text, *end = text + n;
    scanner->text = text;
    scanner->text_start = start;
    while (at < end) {
        at = step(scanner, at, end, err);
        if (!at)
            return -1;
    }
    return 0;
}

/* What is kept of a field is enough to see that it is too long. */
static int keep_rest(struct libsvm_scanner *scanner, const char *bytes, size_t n,
                     struct error *err)
{
    size_t room = LIBSVM_MOST_FIELD_BYTES + 1 - scanner->rest.n_bytes;
    buffer_append(&scanner->rest, bytes, n < room ? n : room);
    return buffer_check(&scanner->rest, err);
}

/* Ends the unfinished field with what the piece begins with, and scans it; how many bytes
 * that took. */
static int scan_rest(struct libsvm_scanner *scanner, const char *bytes, size_t n,
                     size_t *n_taken, struct error *err)
{
    size_t length = 0;
    while (length < n && !ends_field(bytes[length]))
        length++;
    *n_taken = length;
    if (keep_rest(scanner, bytes, length, err) < 0 || length == n)
        return buffer_check(&scanner->rest, err);
    buffer_append_byte(&scanner->rest, ' ');
    if (buffer_check(&scanner->rest, err) < 0 ||
        scan(scanner, scanner->rest.bytes, scanner->rest.n_bytes, scanner->rest_start,
             err) < 0)
        return -1;
    buffer_clear(&scanner->rest);
    return 0;
}

int libsvm_push(struct libsvm_scanner *scanner, const char *bytes, size_t n,
                struct error *err)
{
    size_t from = 0, to = n;
    if (scanner->rest.n_bytes > 0 && scan_rest(scanner, bytes, n, &from, err) < 0)
        return -1;
    while (to > from && !ends_field(bytes[to - 1]))
        to--;
    if (to > from &&
        scan(scanner, bytes + from, to - from, scanner->n_pushed + from, err) < 0)
        return -1;
    if (scanner->rest.n_bytes == 0)
        scanner->rest_start = scanner->n_pushed + to;
    if (!scanner->in_comment && keep_rest(scanner, bytes + to, n - to, err) < 0)
        return -1;
    scanner->n_pushed += n;
    return 0;
}

int libsvm_finish(struct libsvm_scanner *scanner, struct error *err)
{
    return libsvm_push(scanner, "\n", 1, err);
}

int libsvm_read(const char *text, size_t n_bytes, libsvm_row_fn *on_row,
                libsvm_refuse_fn *on_problem, void *context, struct error *err)
{
    struct libsvm_scanner *scanner = libsvm_new(on_row, on_problem, context, err);
    if (!scanner)
        return -1;
    int result = libsvm_push(scanner, text, n_bytes, err);
    if (result == 0)
        result = libsvm_finish(scanner, err);
    libsvm_free(scanner);
    return result;
}
