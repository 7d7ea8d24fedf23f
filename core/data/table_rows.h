/*
 * Many rows to a table at once: cells of delimited text, most of them numbers.
 */
#ifndef LOGITD_CORE_DATA_TABLE_ROWS_H
#define LOGITD_CORE_DATA_TABLE_ROWS_H

#include "core/data/na_list.h"
#include "core/data/table_writer.h"
#include "core/text/csv.h"

/* Cut out of a text, none of them quoted; CSV_PADDING bytes behind each may be read. */
struct table_rows {
    const char *text;
    const struct csv_field *fields; /* [n_rows × n_columns] */
    size_t n_rows;
    const struct na_list *na;
};

/* As table_writer_add would do it with each of them. */
int table_rows_add(struct table_writer *writer, const struct table_rows *rows,
                   struct error *err) MUST_CHECK;

#endif
