/*
 * Whole rows of a CSV text in which nothing is special: the part of a scan (csv.h) that
 * has to be fast. Pure; thread-safe.
 */
#ifndef LOGITD_CORE_TEXT_CSV_ROWS_H
#define LOGITD_CORE_TEXT_CSV_ROWS_H

#include "core/text/csv.h"
#include "core/text/csv_marks.h"

/*
 * Cuts text[0..n) into cells for as long as there are rows of n_columns of them, without
 * quotes, control characters and bytes beyond ASCII, with more text behind them, and none
 * blank: at most `most` rows, to fields[most × n_columns]. Returns how many; *n_used is
 * behind the line end of the last (behind CR, if LF could follow). Of `marks` only
 * delimiter and quote count. At most the first 2^20 bytes are looked at.
 */
size_t csv_rows_find(const struct csv_marks *marks, const char *text, size_t n,
                     size_t n_columns, struct csv_field *fields, size_t most,
                     size_t *n_used);

/* Who takes them, and the room for their cells. */
struct csv_rows_taker { /* all zero: nobody */
    csv_rows_fn *on_rows;
    size_t n_columns, most;   /* rows at a time */
    struct csv_field *fields; /* [most × n_columns] */
};

/* Leaves it as it is where a row has so many cells that nothing is won. */
int csv_rows_start(struct csv_rows_taker *taker, csv_rows_fn *on_rows, size_t n_columns,
                   struct error *err) MUST_CHECK;
void csv_rows_free(struct csv_rows_taker *taker);
/* The rows that text[0..n) begins with, as csv_rows_find has them, but for their number.
 * Returns how many. */
size_t csv_rows_next(const struct csv_rows_taker *taker, const struct csv_marks *marks,
                     const char *text, size_t n, struct csv_rows *rows, size_t *n_used);

#endif
