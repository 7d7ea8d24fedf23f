/*
 * The inner loop of csv_rows.h: blocks of text in which only delimiters and line feeds
 * end cells, all of one row after the other. Pure; thread-safe.
 */
#ifndef LOGITD_CORE_TEXT_CSV_CUT_H
#define LOGITD_CORE_TEXT_CSV_CUT_H

#include <stdbool.h>

#include "core/text/csv.h"

/* How far the rows of a text have been cut. */
struct csv_cut {
    const char *text;
    char delimiter, quote;
    size_t n_columns, most;   /* of rows */
    struct csv_field *fields; /* [most × n_columns] */
    size_t n_fields;          /* of whole rows, and of the row so far */
    size_t row_end;           /* n_fields at the last cell of the row */
    size_t n_rows;
    size_t start;        /* of the cell */
    size_t end;          /* of the last row's line */
    size_t line_feed_at; /* behind the CR that ended it; 0: it ended otherwise */
    bool may_trim;       /* blanks have been seen in the cell, or in this block */
};

/*
 * Cuts blocks of CSV_MARKS_BLOCK bytes from text[at..n) on, for as long as there are
 * such, CSV_PADDING bytes lie behind each, and nothing is in them but what is said above:
 * no blank, no quote, no other control character, nothing beyond ASCII; nor may a row be
 * of another length, or the room of `most` rows come to its end. Returns where the first
 * other block begins. For machines with AVX2; the other also with AVX-512 and VBMI2.
 */
typedef size_t csv_cut_fn(struct csv_cut *cut, size_t at, size_t n);
csv_cut_fn csv_cut_avx2, csv_cut_avx512;

#endif
