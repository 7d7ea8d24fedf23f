#include "core/text/libsvm_fields.h"

#include <stdbool.h>

#include "core/text/libsvm_cut.h"
#include "core/text/number.h"
#include "core/text/number_cells.h"
#include "core/text/number_digits.h"

#define MOST LIBSVM_FIELDS_MOST
#define GROUP 16U  /* cells are read in so many */
#define BEFORE 24U /* bytes before a cell's end that may be read */
#define MOST_INDEX_DIGITS 8U
#define MOST_PLAIN_INDEX 1e8 /* has more digits */
#define MOST_VALUE_BYTES 64U /* others are left to who can refuse them */
#define MOST_BYTES 8192U     /* that are looked at */

/* ---- where they are ---- */

static void find_fields(const char *text, size_t at, size_t n, struct libsvm_cut *cut)
{
    cut->n = 0;
    cut->start = at;
    cut->has_colon = false;
    for (; at + CSV_MARKS_BLOCK + CSV_PADDING <= n; at += CSV_MARKS_BLOCK)
        if (!libsvm_cut_block(cut, text, at))
            break;
}

/* ---- what they are ---- */

/* Zeros in front are rare. */
static bool read_index(const char *text, struct csv_field field, uint64_t *index)
{
    size_t n = field.end - field.start;
    uint64_t eight = number_digits_load(text + field.end - MOST_INDEX_DIGITS);
    uint64_t others = eight >> 4 * (8 - n) >> 4 * (8 - n) << 4 * (8 - n) << 4 * (8 - n);
    eight = others | NUMBER_DIGITS_ONES * '0' >> 4 * n >> 4 * n;
    *index = number_digits_value(eight);
    return number_digits_others(eight) == 0;
}

/* What stands before a colon, and has been read as a number; false unless it is a whole
 * one of a few digits. One that is written so has no point. */
static bool settle_index(const char *text, struct csv_field field, double value,
                         unsigned kind, uint64_t *index)
{
    size_t n = field.end - field.start;
    if (n - 1 >= MOST_INDEX_DIGITS || field.end < MOST_INDEX_DIGITS)
        return false;
    if (kind != NUMBER_CELLS_PLAIN || value < 0)
        return read_index(text, field, index);
    *index = (uint64_t)value;
    return (double)*index == value;
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

static void list_indices(const struct libsvm_cut *cut, struct csv_field *indices)
{
    uint32_t start = (uint32_t)cut->start;
    for (size_t i = 0; i < cut->n; i++) {
        indices[i] = (struct csv_field){start, cut->values[i].start - 1};
        start = cut->values[i].end + 1;
    }
}

/* As many as are read together, so that none is left over. */
static size_t fill_up(struct csv_field *fields, size_t n)
{
    const struct csv_field last = fields[n - 1];
    for (; n % GROUP != 0; n++)
        fields[n] = last;
    return n;
}

/* What has been read of entries. */
struct numbers {
    double indices[MOST], values[MOST];
    unsigned char index_kinds[MOST], kinds[MOST];
};

/* Most texts: indices without anything special, and values that could all be read. Their
 * entries; false if some are others. */
static bool take_common(const struct csv_field *indices, const struct numbers *numbers,
                        size_t n, struct libsvm_entry *entries)
{
    unsigned are_special = 0;
    for (size_t i = 0; i < n; i++) {
        double found = numbers->indices[i];
        bool is_small = found >= 0 && found < MOST_PLAIN_INDEX;
        int64_t index = is_small ? (int64_t)found : 0;
        entries[i] = (struct libsvm_entry){(uint64_t)index, numbers->values[i]};
        are_special |= numbers->index_kinds[i] |
                       (numbers->kinds[i] & NUMBER_CELLS_OTHER) | !is_small |
                       ((double)index != found);
    }
    return !are_special && indices->end >= MOST_INDEX_DIGITS;
}

static size_t read_fields(const char *text, struct libsvm_cut *cut,
                          struct libsvm_entry *entries)
{
    struct csv_field indices[MOST];
    struct numbers numbers;
    size_t i = 0, n = cut->n;
    if (n == 0)
        return 0;
    list_indices(cut, indices);
    number_cells_read(text, indices, fill_up(indices, n), numbers.indices,
                      numbers.index_kinds);
    number_cells_read(text, cut->values, fill_up(cut->values, n), numbers.values,
                      numbers.kinds);
    if (take_common(indices, &numbers, n, entries))
        return n;
    for (; i < n; i++) {
        uint64_t index;
        if (!settle_index(text, indices[i], numbers.indices[i], numbers.index_kinds[i],
                          &index) ||
            (numbers.kinds[i] == NUMBER_CELLS_OTHER &&
             !read_value(text, cut->values[i], &numbers.values[i])))
            break;
        entries[i] = (struct libsvm_entry){index, numbers.values[i]};
    }
    return i;
}

size_t libsvm_fields_read(const char *text, size_t at, size_t n,
                          struct libsvm_entry *entries, size_t *end)
{
    struct libsvm_cut cut;
    size_t before = at < BEFORE ? at : BEFORE; /* so that places have few bits */
    const char *from = text + (at - before);
    n -= at - before;
    find_fields(from, before, n < MOST_BYTES ? n : MOST_BYTES, &cut);
    size_t n_read = read_fields(from, &cut, entries);
    if (n_read > 0)
        *end = at - before + cut.values[n_read - 1].end;
    return n_read;
}
