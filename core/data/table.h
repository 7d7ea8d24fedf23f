/*
 * A typed column table: the form in which data is kept and read for fitting. Its bytes
 * are made by core/data/ingest.h (or table_writer.h) in one streaming pass and are then
 * immutable: groups of rows of about 4 MiB, each column of a group one block (f64, or
 * level codes of 1, 2 or 4 bytes), and a footer with the summary and the dictionaries
 * (core/data/table_layout.h).
 *
 * A table borrows its bytes (a mapped blob, a buffer) and is immutable: thread-safe.
 */
#ifndef LOGITD_CORE_DATA_TABLE_H
#define LOGITD_CORE_DATA_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "core/data/summary.h"

#define TABLE_MISSING_CODE UINT32_MAX

struct table;

/* Checks magic, version and that groups and footer fill the bytes: ERROR_CORRUPT,
 * ERROR_FORMAT_VERSION. */
struct table *table_open(const void *bytes, size_t n_bytes, struct error *err) MUST_CHECK;
void table_close(struct table *table);

/* All columns and all levels. Borrowed from the table. */
const struct summary *table_summary(const struct table *table);

/* Cells of a numeric column, rows first_row…first_row+n_rows-1 (inside the table); NaN:
 * missing. */
void table_read_numbers(const struct table *table, size_t column, uint64_t first_row,
                        size_t n_rows, double *values);
/* Of a categorical column: indices into its sorted levels; TABLE_MISSING_CODE: missing.
 */
void table_read_codes(const struct table *table, size_t column, uint64_t first_row,
                      size_t n_rows, uint32_t *codes);

#endif
