/*
 * Tables made of CSV text, or of a file in another format, for tests of what works with
 * tables.
 */
#ifndef LOGITD_TESTS_SUPPORT_CSV_TABLE_H
#define LOGITD_TESTS_SUPPORT_CSV_TABLE_H

#include <stdbool.h>

#include "core/data/ingest.h"
#include "core/data/table.h"

struct csv_table {
    struct buffer bytes;
    struct summary summary;
    struct table *table;
};

/* An empty file that is gone with its descriptor. */
int csv_table_scratch(void);

/* All zero before. Options NULL: the defaults. 0, or -1 with err set and nothing kept. */
int csv_table_try(struct csv_table *table, const char *csv, size_t n_bytes,
                  const struct ingest_options *options, struct error *err);
/* The same with the default options; fails the test on failure. */
void csv_table_read(struct csv_table *table, const char *csv);
/* A file of any format, by its media type, in pieces of so many bytes. */
int csv_table_try_type(struct csv_table *table, const char *media_type, const char *text,
                       size_t n_bytes, size_t n_piece, struct error *err);
int csv_table_try_libsvm(struct csv_table *table, const char *text, size_t n_bytes,
                         struct error *err);
void csv_table_read_libsvm(struct csv_table *table, const char *text);
/* From a file below ../shared/data or from where LOGITD_TEST_DATA says; false if it is
 * not there. */
bool csv_table_read_file(struct csv_table *table, const char *path,
                         const struct ingest_options *options);
void csv_table_free(struct csv_table *table);

#endif
