/*
 * Makes the bytes of a table, row by row, into a sink. Types are inferred over all rows:
 * a column is numeric if every cell that is not missing is a finite number, else
 * categorical. Rows wait on the scratch file until all are known; a number whose text
 * could not be made again from its value
 * ("007", "2.50") waits with its text, so that a column which turns out to be categorical
 * has its levels exactly as they were written.
 *
 * inf, infinity, nan (any case, signed or not) and numbers beyond a double (1e309) are
 * text beside other text; in a column whose other cells are all numbers they are an
 * error.
 *
 * Holds one chunk of rows, one row group and the dictionaries, whatever the number of
 * rows. The caller locks.
 */
#ifndef LOGITD_CORE_DATA_TABLE_WRITER_H
#define LOGITD_CORE_DATA_TABLE_WRITER_H

#include <stdbool.h>

#include "core/base/buffer.h"
#include "core/data/summary.h"

struct table_writer;

#define TABLE_WRITER_MAX_NAME_BYTES 1024U
/* All levels of all columns together, with what it takes to find them. */
#define TABLE_WRITER_MAX_LEVEL_BYTES (UINT64_C(256) << 20)

/* One cell as text: the empty text with is_missing set is a missing one. */
struct table_cell {
    const char *text;
    size_t n_bytes;
    bool is_missing;
    bool is_text; /* true: counts as a level even if it reads like a number (a JSON
                     string; not a quoted cell) */
};

/*
 * names: copied. ERROR_BAD_COLUMN_NAME (empty, over TABLE_WRITER_MAX_NAME_BYTES, control
 * characters), ERROR_DUPLICATE_COLUMN, both with the place "column N"; ERROR_INVALID
 * without any column. scratch_fd: borrowed, a file open for reading and writing; what is
 * in it stays.
 */
struct table_writer *table_writer_new(const char *const *names, size_t n_columns,
                                      struct byte_sink sink, int scratch_fd,
                                      struct error *err) MUST_CHECK;
void table_writer_free(struct table_writer *writer);

/* Between two rows: one more column, missing in all rows so far. Errors as above. */
int table_writer_add_column(struct table_writer *writer, const char *name,
                            struct error *err) MUST_CHECK;
/* Before the end: other names for all columns. Errors as above; ERROR_RAGGED_ROW if n is
 * not the number of columns. */
int table_writer_name_columns(struct table_writer *writer, const char *const *names,
                              size_t n, struct error *err) MUST_CHECK;

/* How errors number the first row added; 1 unless this says otherwise (2: below a header
 * line). */
void table_writer_number_rows_from(struct table_writer *writer, uint64_t first);

/* One row of exactly n_columns cells. ERROR_TOO_LARGE for more levels than may be, else
 * errors of the scratch file and memory. After a failure only table_writer_free may
 * follow. */
int table_writer_add(struct table_writer *writer, const struct table_cell *cells,
                     struct error *err) MUST_CHECK;
/* The same where some cells have been read already: plain[n_columns], the value of each
 * that is a number as number_plain has it, NaN of any other. */
int table_writer_add_read(struct table_writer *writer, const struct table_cell *cells,
                          const double *plain, struct error *err) MUST_CHECK;
/* The same of a row of numbers; NaN: missing. An infinite one is an error unless its
 * column has text, too. */
int table_writer_add_numbers(struct table_writer *writer, const double *numbers,
                             struct error *err) MUST_CHECK;

/* Tells ERROR_NON_FINITE of each column that has such a cell, its first, in order of the
 * columns; returns how many. After the last row: until then a text may come. */
typedef void table_problem_fn(void *context, const struct error *problem);
size_t table_writer_tell_non_finite(struct table_writer *writer, table_problem_fn *tell,
                                    void *context);

/* Writes the table; ERROR_NO_ROWS; ERROR_NON_FINITE with the place "row R, column NAME".
 * On success the summary (all zero before) is filled, whole. Only table_writer_free may
 * follow. */
int table_writer_finish(struct table_writer *writer, struct summary *summary,
                        struct error *err) MUST_CHECK;

#endif
