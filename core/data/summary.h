/*
 * What is known of a table without reading its rows: names, types, missing cells,
 * moments, levels.
 */
#ifndef LOGITD_CORE_DATA_SUMMARY_H
#define LOGITD_CORE_DATA_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/pack.h"
#include "core/data/dictionary.h"
#include "core/data/levels.h"

/* One more than the numbers that may be classes unasked. */
#define SUMMARY_MAX_DISTINCT 101U

/* The shares of the numbers that lie below a column's quantiles: 0.01 to 0.99. */
#define SUMMARY_QUANTILES 7U
extern const double summary_shares[SUMMARY_QUANTILES];

enum column_type { COLUMN_NUMERIC = 0, COLUMN_CATEGORICAL = 1 }; /* written to disk */

struct column_summary {
    char *name;
    enum column_type type;
    bool is_sparse; /* numeric; 0 wherever nothing else is said */
    bool is_single; /* numeric; every number is exactly a float, and is stored as one */
    uint64_t n_missing;
    /* numeric: over the cells that are there; NaN where there are too few of them */
    double min, max, mean, std; /* std: divisor n-1 */
    size_t n_distinct; /* different numbers; SUMMARY_MAX_DISTINCT: that many or more; 0:
                          none, or not counted (columns beyond the first few thousand) */
    bool are_whole;    /* all of them, where they are fewer than that */
    double *quantiles; /* [SUMMARY_QUANTILES] as core/data/quantiles.h has them; NULL: not
                          known (sparse columns, or without a number) */
    /* categorical: sorted, by value where all levels are numbers, else bytewise */
    size_t n_levels;
    struct level *levels; /* the first n_levels_kept of them */
    size_t n_levels_kept;
};

struct summary {
    uint64_t n_rows;
    size_t n_columns;
    struct column_summary *columns; /* the first n_columns_kept */
    size_t n_columns_kept;
};

void summary_free(struct summary *summary); /* what it owns; and back to all zero */

/* Writes at most n_columns_most columns and n_levels_most levels a column (the counts
 * stay whole). */
void summary_pack(const struct summary *summary, size_t n_columns_most,
                  size_t n_levels_most, struct buffer *out);
/* Into an all-zero summary. */
int summary_unpack(struct summary *summary, struct pack_reader *in,
                   struct error *err) MUST_CHECK;

/*
 * Into an all-zero summary: that of the same rows with some more columns. It borrows
 * everything but the array of columns, which is to be freed with memory_free.
 */
int summary_extend(struct summary *extended, const struct summary *summary,
                   const struct column_summary *more, size_t n_more,
                   struct error *err) MUST_CHECK;

/* Index of the column with this name, or SIZE_MAX. */
size_t summary_find(const struct summary *summary, const char *name);
/* For many lookups: an empty dictionary becomes that of the names, numbers being columns.
 */
int summary_index(const struct summary *summary, struct dictionary *names,
                  struct error *err) MUST_CHECK;

#endif
