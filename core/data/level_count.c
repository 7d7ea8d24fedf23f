#include "core/data/level_count.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/text/number.h"

#define PIECE_ROWS 4096U
#define LEAST_COUNTS 64U
#define N_FIRST 4U

static int refuse(const struct table *table, size_t column, size_t n_most,
                  struct error *err)
{
    return error_set(err, ERROR_TOO_LARGE,
                     "column %.100s has more than %zu different cells, too many for "
                     "levels; leave it out",
                     table_summary(table)->columns[column].name, n_most);
}

/* ---- of a categorical column ---- */

static void count_codes(const struct table *table, size_t column,
                        const unsigned char *keep, uint64_t *counts)
{
    uint32_t codes[PIECE_ROWS];
    uint64_t n_rows = table_summary(table)->n_rows;
    for (uint64_t first = 0; first < n_rows; first += PIECE_ROWS) {
        size_t n = n_rows - first < PIECE_ROWS ? (size_t)(n_rows - first) : PIECE_ROWS;
        table_read_codes(table, column, first, n, codes);
        for (size_t i = 0; i < n; i++)
            if (codes[i] != TABLE_MISSING_CODE && keep[first + i])
                counts[codes[i]]++;
    }
}

static struct level *list_counted(const struct column_summary *column,
                                  const uint64_t *counts, size_t *n, struct error *err)
{
    struct levels_writer writer;
    size_t n_bytes = 0;
    *n = 0;
    for (size_t i = 0; i < column->n_levels; i++)
        if (counts[i] > 0) {
            n_bytes += column->levels[i].n_bytes;
            ++*n;
        }
    if (levels_begin(&writer, *n, n_bytes, err) < 0)
        return NULL;
    for (size_t i = 0; i < column->n_levels; i++)
        if (counts[i] > 0)
            levels_add(&writer, column->levels[i].text, column->levels[i].n_bytes,
                       counts[i]);
    return writer.levels;
}

static struct level *levels_of_texts(const struct table *table, size_t column,
                                     const unsigned char *keep, size_t n_most, size_t *n,
                                     struct error *err)
{
    const struct column_summary *summary = &table_summary(table)->columns[column];
    uint64_t *counts = memory_new(summary->n_levels, sizeof(*counts), err);
    struct level *levels = NULL;
    for (size_t i = 0; counts && !keep && i < summary->n_levels; i++)
        counts[i] = summary->levels[i].n_rows;
    if (counts && keep)
        count_codes(table, column, keep, counts);
    if (counts)
        levels = list_counted(summary, counts, n, err);
    if (levels && *n > n_most) {
        refuse(table, column, n_most, err);
        memory_free(levels);
        levels = NULL;
    }
    memory_free(counts);
    return levels;
}

/* ---- of a numeric column ---- */

struct distinct {
    struct dictionary bits; /* of the numbers, as texts of 8 bytes */
    double first[N_FIRST];  /* those that came first: most columns have no others */
    size_t n_most;
    uint64_t *counts; /* [capacity] */
    size_t capacity;
};

static int grow_counts(struct distinct *distinct, struct error *err)
{
    size_t larger = distinct->capacity > 0 ? 2 * distinct->capacity : LEAST_COUNTS;
    uint64_t *counts = memory_resize(distinct->counts, larger, sizeof(*counts), err);
    if (!counts)
        return -1;
    distinct->counts = counts;
    distinct->capacity = larger;
    return 0;
}

/* Without a branch on what nobody can foresee. */
static uint32_t find_first(const struct distinct *distinct, double value)
{
    uint32_t n = distinct->bits.n < N_FIRST ? distinct->bits.n : N_FIRST;
    uint32_t at = DICTIONARY_NONE;
    for (uint32_t i = 0; i < n; i++)
        at = distinct->first[i] == value ? i : at;
    return at;
}

static int count_other(struct distinct *distinct, double value, struct error *err)
{
    uint32_t n_before = distinct->bits.n;
    value = value == 0 ? 0 : value; /* no minus */
    uint32_t at =
        dictionary_add(&distinct->bits, (const char *)&value, sizeof(value), err);
    if (at == DICTIONARY_NONE || at >= distinct->n_most ||
        (at >= distinct->capacity && grow_counts(distinct, err) < 0))
        return -1;
    if (at < N_FIRST)
        distinct->first[at] = value;
    distinct->counts[at] = at < n_before ? distinct->counts[at] + 1 : 1;
    return 0;
}

static int count_number(struct distinct *distinct, double value, struct error *err)
{
    uint32_t at = find_first(distinct, value);
    if (at == DICTIONARY_NONE)
        return count_other(distinct, value, err);
    distinct->counts[at]++;
    return 0;
}

static int count_numbers(struct distinct *distinct, const struct table *table,
                         size_t column, const unsigned char *keep, struct error *err)
{
    double values[PIECE_ROWS];
    uint64_t n_rows = table_summary(table)->n_rows;
    for (uint64_t first = 0; first < n_rows; first += PIECE_ROWS) {
        size_t n = n_rows - first < PIECE_ROWS ? (size_t)(n_rows - first) : PIECE_ROWS;
        table_read_numbers(table, column, first, n, values);
        for (size_t i = 0; i < n; i++)
            if (!isnan(values[i]) && (!keep || keep[first + i]) &&
                count_number(distinct, values[i], err) < 0)
                return -1;
    }
    return 0;
}

struct counted {
    double value;
    uint64_t n_rows;
};

static int compare_counted(const void *left, const void *right)
{
    const struct counted *a = left, *b = right;
    return (a->value > b->value) - (a->value < b->value);
}

static struct level *list_numbers(const struct distinct *distinct, struct error *err)
{
    size_t n = distinct->bits.n, n_bytes;
    struct levels_writer writer = {0};
    struct counted *sorted = memory_new(n, sizeof(*sorted), err);
    if (!sorted)
        return NULL;
    for (uint32_t i = 0; i < n; i++) {
        memcpy(&sorted[i].value, dictionary_text(&distinct->bits, i, &n_bytes),
               sizeof(sorted[i].value));
        sorted[i].n_rows = distinct->counts[i];
    }
    qsort(sorted, n, sizeof(*sorted), compare_counted);
    if (levels_begin(&writer, n, n * NUMBER_TEXT_BYTES, err) == 0)
        for (size_t i = 0; i < n; i++) {
            char text[NUMBER_TEXT_BYTES];
            levels_add(&writer, text, number_write(sorted[i].value, text),
                       sorted[i].n_rows);
        }
    memory_free(sorted);
    return writer.levels;
}

static struct level *levels_of_numbers(const struct table *table, size_t column,
                                       const unsigned char *keep, size_t n_most,
                                       size_t *n, struct error *err)
{
    struct distinct distinct = {.n_most = n_most};
    struct level *levels = NULL;
    if (count_numbers(&distinct, table, column, keep, err) == 0)
        levels = list_numbers(&distinct, err);
    else if (distinct.bits.n > n_most)
        refuse(table, column, n_most, err);
    if (levels)
        *n = distinct.bits.n;
    memory_free(distinct.counts);
    dictionary_free(&distinct.bits);
    return levels;
}

struct level *level_count_of(const struct table *table, size_t column,
                             const unsigned char *keep, size_t n_most, size_t *n,
                             struct error *err)
{
    if (table_summary(table)->columns[column].type == COLUMN_NUMERIC)
        return levels_of_numbers(table, column, keep, n_most, n, err);
    return levels_of_texts(table, column, keep, n_most, n, err);
}
