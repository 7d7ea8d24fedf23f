#include "core/text/libsvm_fields.h"

#include <stdbool.h>

#include "core/text/csv_marks.h"
#include "core/text/number.h"
#include "core/text/number_cells.h"
#include "core/text/number_digits.h"

#define MOST LIBSVM_FIELDS_MOST
#define GROUP 8U   /* cells are read in so many */
#define BEFORE 24U /* bytes before a cell's end that may be read */
#define MOST_INDEX_DIGITS 8U
#define MOST_VALUE_BYTES 64U /* others are left to who can refuse them */
#define MOST_BYTES 8192U     /* that are looked at */

/* Of entries so far: where their values are, and what stands before these. */
struct fields {
    size_t n;
    uint32_t starts[MOST]; /* of the indices; the colon is right before the value */
    struct csv_field values[MOST];
};

/* Bit i: byte i is a colon, a blank or a control character. */
static uint64_t find_marks(const char *bytes)
{
    uint64_t found = 0;
#ifdef __SSE2__
    for (size_t i = 0; i < CSV_MARKS_BLOCK / 16; i++) {
        csv_marks_lanes lanes;
        memcpy(&lanes, bytes + 16 * i, sizeof(lanes));
        found |= csv_marks_bits((csv_marks_signs)((lanes == ':') | (lanes <= ' ')))
                 << 16 * i;
    }
#else
    for (size_t i = 0; i < CSV_MARKS_BLOCK / 8; i++) {
        uint64_t word = number_digits_load(bytes + 8 * i);
        uint64_t tops =
            csv_marks_zeros(word ^ CSV_MARKS_ONES * ':') | csv_marks_low(word, ' ');
        found |= ((tops >> 7) * UINT64_C(0x0102040810204080)) >> 56 << 8 * i;
    }
#endif
    return found;
}

/* ---- where they are ---- */

struct scan {
    size_t start; /* of the entry */
    size_t colon; /* in it; 0: it has not come */
};

static bool ends_field(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* What a blank or the like at `at` ends; false where no further entry may follow. */
static bool take_end(struct fields *fields, struct scan *scan, char c, size_t at)
{
    if (!ends_field(c))
        return false;
    fields->starts[fields->n] = (uint32_t)scan->start;
    fields->values[fields->n++] =
        (struct csv_field){(uint32_t)scan->colon + 1, (uint32_t)at};
    *scan = (struct scan){.start = at + 1};
    return fields->n < MOST && (c == ' ' || c == '\t');
}

/* The marks of a block; false as above. */
static bool take_block(struct scan *scan, const char *text, size_t block, uint64_t found,
                       struct fields *fields)
{
    while (found) {
        size_t at = block + (size_t)__builtin_ctzll(found);
        found &= found - 1;
        if (scan->colon > 0) {
            if (!take_end(fields, scan, text[at], at))
                return false;
        } else if (text[at] == ':') {
            scan->colon = at;
        } else {
            return false;
        }
    }
    return true;
}

static void find_fields(const char *text, size_t at, size_t n, struct fields *fields)
{
    struct scan scan = {.start = at};
    fields->n = 0;
    for (; at + CSV_MARKS_BLOCK + CSV_PADDING <= n; at += CSV_MARKS_BLOCK)
        if (!take_block(&scan, text, at, find_marks(text + at), fields))
            break;
}

/* ---- what they are ---- */

/* The whole number before the colon; false if it is another thing. */
static bool read_index(const char *text, size_t start, size_t colon, uint64_t *index)
{
    size_t n = colon - start;
    if (n - 1 >= MOST_INDEX_DIGITS || colon < MOST_INDEX_DIGITS)
        return false;
    uint64_t eight = number_digits_load(text + colon - MOST_INDEX_DIGITS);
    uint64_t others = eight >> 4 * (8 - n) >> 4 * (8 - n) << 4 * (8 - n) << 4 * (8 - n);
    eight = others | NUMBER_DIGITS_ONES * '0' >> 4 * n >> 4 * n;
    *index = number_digits_value(eight);
    return number_digits_others(eight) == 0;
}

/* One that number_cells_read could not read. */
static bool read_value(const char *text, struct csv_field field, double *value)
{
    const char *end;
    return field.end - field.start <= MOST_VALUE_BYTES &&
           number_read(text + field.start, field.end - field.start, value, &end) ==
               NUMBER_OK &&
           end == text + field.end;
}

/* As many as are read together, so that none is left over. */
static size_t fill_up(struct fields *fields)
{
    size_t n = fields->n;
    for (; n % GROUP != 0; n++)
        fields->values[n] = fields->values[fields->n - 1];
    return n;
}

static size_t read_fields(const char *text, struct fields *fields,
                          struct libsvm_entry *entries)
{
    double values[MOST];
    unsigned char kinds[MOST];
    size_t i = 0;
    if (fields->n == 0)
        return 0;
    number_cells_read(text, fields->values, fill_up(fields), values, kinds);
    for (; i < fields->n; i++) {
        const struct csv_field field = fields->values[i];
        uint64_t index;
        if (!read_index(text, fields->starts[i], field.start - 1, &index) ||
            (kinds[i] == NUMBER_CELLS_OTHER && !read_value(text, field, &values[i])))
            break;
        entries[i] = (struct libsvm_entry){index, values[i]};
    }
    return i;
}

size_t libsvm_fields_read(const char *text, size_t at, size_t n,
                          struct libsvm_entry *entries, size_t *end)
{
    struct fields fields;
    size_t before = at < BEFORE ? at : BEFORE; /* so that places have few bits */
    const char *from = text + (at - before);
    n -= at - before;
    find_fields(from, before, n < MOST_BYTES ? n : MOST_BYTES, &fields);
    size_t n_read = read_fields(from, &fields, entries);
    if (n_read > 0)
        *end = at - before + fields.values[n_read - 1].end;
    return n_read;
}
