/*
 * Reads a file in some format, pushed in pieces, into a table. One row of the format
 * table (in ingest.c) and one reader file (core/data/read_*.c, see reader.h) make a new
 * format.
 */
#ifndef LOGITD_CORE_DATA_INGEST_H
#define LOGITD_CORE_DATA_INGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/buffer.h"
#include "core/data/summary.h"
#include "core/data/table_writer.h"

struct ingest_options {
    char delimiter;        /* '\0': the format's own (',' or tab) */
    char quote;            /* '"' by default; '\0': none */
    bool header;           /* first row names the columns; else c1, c2, … */
    const char *const *na; /* cells that mean missing; NULL: NA, NaN, ?, and empty */
    size_t n_na;
};
/*
 * A cell of delimited text is missing if it is one of `na`, byte by byte, and was not
 * quoted: what somebody quoted is text ("NA" for Namibia). A quoted empty cell counts as
 * the empty one, since programs that quote every cell have no other way to leave one out.
 * A quoted number is a number. An empty cell that `na` does not have is the empty text.
 */
extern const struct ingest_options ingest_defaults;

struct ingest_format {
    const char *name;         /* "csv", in the dataset's `format` */
    const char *content_type; /* "text/csv" */
    bool is_delimited;        /* ingest_options mean something */
};
/* NULL if there is none for this media type (lower case, without parameters). */
const struct ingest_format *ingest_format_of(const char *content_type);
/* The i-th format, NULL behind the last: for messages and tests. */
const struct ingest_format *ingest_format_at(size_t i);

struct ingest;

/* sink, scratch_fd: see table_writer.h. Options are copied. */
struct ingest *ingest_new(const struct ingest_format *format,
                          const struct ingest_options *options, struct byte_sink sink,
                          int scratch_fd, struct error *err) MUST_CHECK;
void ingest_free(struct ingest *ingest);

/*
 * Ragged rows, and the first cell of each column that is not finite, end the reading;
 * once this is called they are told, one by one, and the reading goes on to find others.
 * The call that ends it then fails with the first of them: ingest_push where they are
 * INGEST_MOST_PROBLEMS, else ingest_finish.
 */
#define INGEST_MOST_PROBLEMS 100U
void ingest_tell_problems(struct ingest *ingest, table_problem_fn *tell, void *context);

/*
 * The caller locks. Errors of cells have the place "row R, column C", of rows "row R", of
 * names "column N"; row 1 is the file's first that is not blank, a header line included.
 * They are those of core/text/csv.h and of table_writer.h, and ERROR_RAGGED_ROW. After a
 * failure only ingest_free may follow.
 */
int ingest_push(struct ingest *ingest, const char *bytes, size_t n,
                struct error *err) MUST_CHECK;
/* summary: all zero before; see table_writer_finish. */
int ingest_finish(struct ingest *ingest, struct summary *summary,
                  struct error *err) MUST_CHECK;

#endif
