/*
 * The rows of a table whose cell in one column is one of some levels: those that a job
 * holds out, those that a model is judged on. A level is a text; in a numeric column it
 * is the number that it says, and where all levels of a column are numbers "1.50" finds
 * "1.5". A missing cell is of no level. Immutable once made: thread-safe.
 */
#ifndef LOGITD_CORE_DATA_ROW_LEVELS_H
#define LOGITD_CORE_DATA_ROW_LEVELS_H

#include <stdbool.h>

#include "core/data/table.h"

struct row_levels { /* all zero: none */
    const struct table *table;
    size_t column;
    size_t n;        /* of numbers asked for, each once */
    double *values;  /* [n] of a numeric column, ascending; else NULL */
    bool *is_wanted; /* [levels of the column] of a categorical one; else NULL */
};

/* Into an all-zero one; the table is borrowed, the texts are not needed afterwards. -1
 * without memory. */
int row_levels_make(struct row_levels *levels, const struct table *table, size_t column,
                    const char *const *texts, size_t n, struct error *err) MUST_CHECK;
void row_levels_free(struct row_levels *levels); /* back to all zero */

/* Is what this text says among them? */
bool row_levels_has(const struct row_levels *levels, const char *text);

/* is_one[n_rows]: 1 where the row's cell is one of them, else 0. */
void row_levels_read(const struct row_levels *levels, uint64_t first_row, size_t n_rows,
                     unsigned char *is_one);

/* Has some row another level? Reads rows until one has. */
bool row_levels_has_others(const struct row_levels *levels);

/* is_known[n]: has some row of the table the level that this text says? Of a numeric
 * column it reads rows until all are found. -1 without memory. */
int row_levels_know(const struct table *table, size_t column, const char *const *texts,
                    size_t n, bool *is_known, struct error *err) MUST_CHECK;

#endif
