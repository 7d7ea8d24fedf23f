/*
 * Reads a file in some format, pushed in pieces, into a table. One row of the format table below
 * and one reader file (core/data/read_*.c) make a new format.
 */
#ifndef LOGITD_CORE_DATA_INGEST_H
#define LOGITD_CORE_DATA_INGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/buffer.h"
#include "core/data/summary.h"

struct ingest_options {
    char delimiter;        /* '\0': the format's own (',' or tab) */
    char quote;            /* '"' by default; '\0': none */
    bool header;           /* first row names the columns; else c1, c2, … */
    const char *const *na; /* cells that mean missing; borrowed; NULL: NA, NaN, ?, and empty */
    size_t n_na;
};
extern const struct ingest_options ingest_defaults;

struct ingest_format {
    const char *name;         /* "csv", in the dataset's `format` */
    const char *content_type; /* "text/csv" */
};
/* NULL if there is none for this media type (lower case, without parameters). */
const struct ingest_format *ingest_format_of(const char *content_type);
/* The i-th format, NULL behind the last: for messages and tests. */
const struct ingest_format *ingest_format_at(size_t i);

struct ingest;

/* sink, scratch_fd: see table_writer.h. Options are copied. */
struct ingest *ingest_new(const struct ingest_format *format, const struct ingest_options *options,
                          struct byte_sink sink, int scratch_fd, struct error *err) MUST_CHECK;
void ingest_free(struct ingest *ingest);

/* The caller locks. Errors carry "row R, column C" (names where known) as place. After a failure
 * only ingest_free may follow. */
int ingest_push(struct ingest *ingest, const char *bytes, size_t n, struct error *err) MUST_CHECK;
int ingest_finish(struct ingest *ingest, struct summary *summary, struct error *err) MUST_CHECK;

#endif
