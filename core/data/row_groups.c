#include "core/data/row_groups.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/kept_rows.h"

#define PIECE_ROWS 4096U

/* ---- numbers ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Leaves each value once; returns how many. What is missing is none. */
static size_t sort_distinct(double *values, size_t n)
{
    size_t n_distinct = 0, n_there = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i]))
            values[n_there++] = values[i];
    n = n_there;
    qsort(values, n, sizeof(*values), compare);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || values[i] != values[n_distinct - 1])
            values[n_distinct++] = values[i];
    return n_distinct;
}

/* Its index; n of a missing one. */
static uint32_t find(const double *values, size_t n, double value)
{
    const double *found =
        isnan(value) ? NULL : bsearch(&value, values, n, sizeof(*values), compare);
    return found ? (uint32_t)(found - values) : (uint32_t)n;
}

static bool has_missing(const uint32_t *group_of, size_t n_rows, size_t missing)
{
    for (size_t i = 0; i < n_rows; i++)
        if (group_of[i] == missing)
            return true;
    return false;
}

static int number_numbers(const struct table *table, size_t column,
                          const unsigned char *keep, size_t n, uint32_t *group_of,
                          size_t *n_groups, struct error *err)
{
    double *values = memory_new(n, sizeof(*values), err);
    double *distinct = memory_new(n, sizeof(*distinct), err);
    bool is_made = values && distinct;
    if (is_made) {
        kept_rows_read_numbers(table, column, keep, NULL, values);
        memcpy(distinct, values, n * sizeof(*values));
        size_t n_distinct = sort_distinct(distinct, n);
        for (size_t i = 0; i < n; i++)
            group_of[i] = find(distinct, n_distinct, values[i]);
        *n_groups = n_distinct + has_missing(group_of, n, n_distinct);
    }
    memory_free(values);
    memory_free(distinct);
    return is_made ? 0 : -1;
}

/* ---- levels ---- */

/* Numbers the levels that rows have, and the rows by them; the last is that of missing
 * cells. */
static size_t close_gaps(uint32_t *number_of, size_t n_levels, size_t n,
                         uint32_t *group_of)
{
    uint32_t n_groups = 0, missing = (uint32_t)n_levels;
    for (size_t i = 0; i < n; i++) {
        group_of[i] = group_of[i] == TABLE_MISSING_CODE ? missing : group_of[i];
        number_of[group_of[i]] = 1;
    }
    for (size_t level = 0; level <= n_levels; level++)
        if (number_of[level])
            number_of[level] = n_groups++;
    for (size_t i = 0; i < n; i++)
        group_of[i] = number_of[group_of[i]];
    return n_groups;
}

static int number_levels(const struct table *table, size_t column,
                         const unsigned char *keep, size_t n, uint32_t *group_of,
                         size_t *n_groups, struct error *err)
{
    size_t n_levels = table_summary(table)->columns[column].n_levels;
    uint32_t *number_of = memory_new(n_levels + 1, sizeof(*number_of), err);
    if (!number_of)
        return -1;
    kept_rows_read_codes(table, column, keep, group_of);
    *n_groups = close_gaps(number_of, n_levels, n, group_of);
    memory_free(number_of);
    return 0;
}

int row_groups_number(const struct table *table, size_t column, const unsigned char *keep,
                      uint64_t n_kept, uint32_t *group_of, size_t *n_groups,
                      struct error *err)
{
    bool is_numeric = table_summary(table)->columns[column].type == COLUMN_NUMERIC;
    return (is_numeric ? number_numbers : number_levels)(
        table, column, keep, (size_t)n_kept, group_of, n_groups, err);
}

/* ---- how many ---- */

struct distinct {
    double *values; /* [n] ascending */
    size_t n, n_most;
};

/* The first value that is not below this one. */
static size_t place_of(const struct distinct *distinct, double value)
{
    size_t low = 0, high = distinct->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (distinct->values[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add(struct distinct *distinct, double value)
{
    size_t at = place_of(distinct, value);
    double *values = distinct->values;
    if (at < distinct->n && values[at] == value)
        return;
    memmove(values + at + 1, values + at, (distinct->n - at) * sizeof(*values));
    values[at] = value;
    distinct->n++;
}

static void add_numbers(struct distinct *distinct, const struct table *table,
                        size_t column)
{
    double cells[PIECE_ROWS];
    uint64_t n_rows = table_summary(table)->n_rows;
    for (uint64_t row = 0; row < n_rows && distinct->n <= distinct->n_most;
         row += PIECE_ROWS) {
        size_t n = n_rows - row < PIECE_ROWS ? (size_t)(n_rows - row) : PIECE_ROWS;
        table_read_numbers(table, column, row, n, cells);
        for (size_t i = 0; i < n && distinct->n <= distinct->n_most; i++)
            if (!isnan(cells[i]))
                add(distinct, cells[i]);
    }
}

static size_t count_numbers(const struct table *table, size_t column, size_t n_most,
                            struct error *err)
{
    struct distinct distinct = {.n_most = n_most};
    distinct.values = memory_new(n_most + 1, sizeof(*distinct.values), err);
    if (!distinct.values)
        return SIZE_MAX;
    add_numbers(&distinct, table, column);
    memory_free(distinct.values);
    return distinct.n;
}

size_t row_groups_count(const struct table *table, size_t column, size_t n_most,
                        struct error *err)
{
    const struct column_summary *summary = &table_summary(table)->columns[column];
    bool is_numeric = summary->type == COLUMN_NUMERIC;
    size_t n = is_numeric ? summary->n_distinct : summary->n_levels;
    bool is_known = !is_numeric || (n > 0 && n < SUMMARY_MAX_DISTINCT);
    if (!is_known)
        return count_numbers(table, column, n_most, err);
    return n <= n_most ? n : n_most + 1;
}
