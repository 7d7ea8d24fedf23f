/*
 * A pull scanner for CSV and TSV text (RFC 4180 and what people really have): any
 * delimiter and quote, CR LF, LF or CR line ends, doubled quotes, a byte order mark,
 * blanks around unquoted cells. It never holds a document: bytes are pushed in pieces of
 * any size, rows come out.
 *
 * A delimiter of ' ' means runs of blanks, with blanks at the ends of a line ignored.
 * Lines without anything but blanks are skipped.
 *
 * Cells lie in the bytes pushed where they can; only a row that began in an earlier
 * piece, and a cell with doubled quotes, is copied. Memory follows the longest row: up to
 * four times its bytes, and 80 bytes a cell. The caller locks.
 */
#ifndef LOGITD_CORE_TEXT_CSV_H
#define LOGITD_CORE_TEXT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

struct csv_options {
    char delimiter; /* ',' */
    char quote;     /* '"'; '\0' for none */
};

/* So many bytes behind a cell may be read, whatever they are. */
#define CSV_PADDING 16U

struct csv_cell {
    const char *text; /* unquoted and trimmed; not NUL-terminated; of the call only */
    size_t n_bytes;
    bool quoted; /* and therefore not trimmed */
};

/* Where a cell without quotes begins and ends in a text, trimmed. */
struct csv_field {
    uint32_t start, end;
};

/* One row (row 1 is the first line that is not blank, header or not). Returns 0, or -1
 * with err set to stop. */
typedef int csv_row_fn(void *context, uint64_t row, const struct csv_cell *cells,
                       size_t n_cells, struct error *err);

/* Rows first_row…first_row+n_rows-1, if csv_take_rows asks for it: fields[n_rows ×
 * n_columns] of their cells in text, behind each of which CSV_PADDING bytes may be read.
 * Returns 0, or -1 with err set to stop. */
struct csv_rows {
    uint64_t first_row;
    const char *text;
    const struct csv_field *fields;
    size_t n_rows, n_columns;
};
typedef int csv_rows_fn(void *context, const struct csv_rows *rows, struct error *err);

struct csv_scanner;

/* As written: with quotes that are doubled, without those around the cell. */
#define CSV_MAX_CELL_BYTES (1U << 20)
#define CSV_MAX_ROW_BYTES (1U << 24)
#define CSV_MAX_COLUMNS 65536U

/* ERROR_INVALID if delimiter or quote is not ASCII, is a line end, or both are the same.
 */
struct csv_scanner *csv_new(const struct csv_options *options, csv_row_fn *on_row,
                            void *context, struct error *err) MUST_CHECK;
/* From on_row: rows behind this one that have n_columns cells, and nothing special in
 * them, may go to on_rows instead, several together. */
int csv_take_rows(struct csv_scanner *scanner, csv_rows_fn *on_rows, size_t n_columns,
                  struct error *err) MUST_CHECK;
void csv_free(struct csv_scanner *scanner);

/*
 * The next piece, of any size. Rows that it completes are handed to on_row before it
 * returns. ERROR_BAD_CSV (a stray or unclosed quote, a NUL byte), ERROR_TOO_LARGE (a cell
 * or a row beyond the limits), ERROR_BAD_UTF8; the place is "row R, column C", both
 * from 1. After a failure, on_row's included, only csv_free may follow.
 */
int csv_push(struct csv_scanner *scanner, const char *bytes, size_t n,
             struct error *err) MUST_CHECK;
/* End of text: the last row, if it had no line end. Only csv_free may follow. */
int csv_finish(struct csv_scanner *scanner, struct error *err) MUST_CHECK;

/*
 * text[0..n) as one cell of CSV with ',' and '"': quoted where reading it would change it
 * (delimiter, quotes, line ends, blanks at its ends) or drop it (the empty text). Errors
 * stick to the buffer.
 */
struct buffer;
void csv_write_cell(struct buffer *out, const char *text, size_t n);

#endif
