#include "core/data/row_groups.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/kept_rows.h"

/* ---- numbers ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Leaves each value once; returns how many. */
static size_t sort_distinct(double *values, size_t n)
{
    size_t n_distinct = 0;
    qsort(values, n, sizeof(*values), compare);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || values[i] != values[n_distinct - 1])
            values[n_distinct++] = values[i];
    return n_distinct;
}

static uint32_t find(const double *values, size_t n, double value)
{
    const double *found = bsearch(&value, values, n, sizeof(*values), compare);
    return found ? (uint32_t)(found - values) : 0;
}

static int number_numbers(const struct table *table, size_t column,
                          const unsigned char *keep, size_t n, uint32_t *group_of,
                          size_t *n_groups, struct error *err)
{
    double *values = memory_new(n, sizeof(*values), err);
    double *distinct = memory_new(n, sizeof(*distinct), err);
    bool is_made = values && distinct;
    if (is_made) {
        kept_rows_read_numbers(table, column, keep, values);
        memcpy(distinct, values, n * sizeof(*values));
        *n_groups = sort_distinct(distinct, n);
        for (size_t i = 0; i < n; i++)
            group_of[i] = find(distinct, *n_groups, values[i]);
    }
    memory_free(values);
    memory_free(distinct);
    return is_made ? 0 : -1;
}

/* ---- levels ---- */

/* Numbers the levels that rows have, and the rows by them. */
static size_t close_gaps(uint32_t *number_of, size_t n_levels, size_t n,
                         uint32_t *group_of)
{
    uint32_t n_groups = 0;
    for (size_t i = 0; i < n; i++)
        number_of[group_of[i]] = 1;
    for (size_t level = 0; level < n_levels; level++)
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
    uint32_t *number_of = memory_new(n_levels, sizeof(*number_of), err);
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
