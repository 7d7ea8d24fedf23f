/*
 * Columns of a table that are copied into a file of scores: cells of one piece of rows,
 * as they are written.
 */
#ifndef LOGITD_API_SCORE_COLUMNS_H
#define LOGITD_API_SCORE_COLUMNS_H

#include "api/problem.h"
#include "core/data/table.h"

struct score_columns {
    const struct table *table; /* borrowed */
    size_t n, piece_rows;
    size_t *columns; /* [n] of the table */
    double *numbers; /* [n × piece_rows]; NaN: missing */
    uint32_t *codes; /* [n × piece_rows], where the column has text */
};

/* Into an all-zero struct. What the table does not have, or has as text where only
 * numbers will do, is a problem ("/columns/0"). score_columns_free in any case. */
int score_columns_open(struct score_columns *columns, const struct table *table,
                       const char *const *names, size_t n, bool needs_numbers,
                       struct problem_list *problems, struct error *err) MUST_CHECK;
/* Once there is no problem: room for pieces. */
int score_columns_make(struct score_columns *columns, size_t piece_rows,
                       struct error *err) MUST_CHECK;
void score_columns_free(struct score_columns *columns);

size_t score_columns_bytes(size_t n, size_t piece_rows);

void score_columns_read(struct score_columns *columns, uint64_t first_row, size_t n_rows);

/* Of the piece: is it text? Then NULL with *n_bytes 0 is a missing cell. */
bool score_columns_has_text(const struct score_columns *columns, size_t i);
const char *score_columns_text(const struct score_columns *columns, size_t i, size_t row,
                               size_t *n_bytes);
double score_columns_number(const struct score_columns *columns, size_t i, size_t row);
const char *score_columns_name(const struct score_columns *columns, size_t i);

#endif
