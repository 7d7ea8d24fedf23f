/*
 * Makes the bytes of a table out of rows of sparse entries, row by row, into a sink: the
 * numeric column `label`, and one sparse column for each index that a row has, named by
 * it and in ascending order.
 *
 * Holds one chunk of rows, one group of rows and what is known of each column, whatever
 * the number of rows. The caller locks.
 */
#ifndef LOGITD_CORE_DATA_SPARSE_WRITER_H
#define LOGITD_CORE_DATA_SPARSE_WRITER_H

#include "core/base/buffer.h"
#include "core/data/summary.h"
#include "core/text/libsvm.h"

#define SPARSE_WRITER_LABEL "label"
#define SPARSE_WRITER_MOST_COLUMNS (1U << 20) /* sparse ones */

struct sparse_writer;

/* scratch_fd: borrowed, an empty file open for reading and writing. */
struct sparse_writer *sparse_writer_new(struct byte_sink sink, int scratch_fd,
                                        struct error *err) MUST_CHECK;
void sparse_writer_free(struct sparse_writer *writer); /* NULL is fine */

/* A row; entries ascend by index, none twice; those that are 0 only say that there is
 * such a column. ERROR_TOO_LARGE for more than SPARSE_WRITER_MOST_COLUMNS; errors of the
 * scratch file and memory. After a failure only sparse_writer_free may follow. */
int sparse_writer_add(struct sparse_writer *writer, double label,
                      const struct libsvm_entry *entries, size_t n_entries,
                      struct error *err) MUST_CHECK;

/* Writes the table; ERROR_NO_ROWS. On success the summary (all zero before) is filled,
 * whole. Only sparse_writer_free may follow. */
int sparse_writer_finish(struct sparse_writer *writer, struct summary *summary,
                         struct error *err) MUST_CHECK;

#endif
