#include "core/data/table_rows.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/data/table_writer_internal.h"
#include "core/text/number_cells.h"

#define CELLS_TOGETHER 2048U /* that are read; or those of a row */

/* Some rows of `rows`, which have been read: cells[…], and what they are. */
struct read_rows {
    const struct table_rows *rows;
    const struct csv_field *fields;
    size_t n_rows;
    uint64_t *cells;
    unsigned char *kinds;
};

/* What a cell of a number is, that counts for more than what it was read as. */
static void look_again(const struct table_writer *writer, const struct read_rows *read)
{
    size_t n_columns = writer->n_columns, n_cells = read->n_rows * n_columns;
    const struct na_list *na = read->rows->na;
    for (size_t j = 0; j < n_columns; j++)
        if (writer->columns[j].has_text)
            for (size_t cell = j; cell < n_cells; cell += n_columns)
                read->kinds[cell] = NUMBER_CELLS_OTHER;
    for (size_t cell = 0; na->has_numbers && cell < n_cells; cell++) {
        const struct csv_field *field = &read->fields[cell];
        if (na_list_has(na, read->rows->text + field->start, field->end - field->start))
            read->kinds[cell] = NUMBER_CELLS_OTHER;
    }
}

static bool are_all_plain(const unsigned char *kinds, size_t n)
{
    static const unsigned char zeros[64] = {NUMBER_CELLS_PLAIN};
    size_t i = 0;
    for (; i + sizeof(zeros) <= n; i += sizeof(zeros))
        if (memcmp(kinds + i, zeros, sizeof(zeros)) != 0)
            return false;
    return memcmp(kinds + i, zeros, n - i) == 0;
}

/* A cell that is not a plain number, or not in a column of numbers. */
static int settle_cell(struct table_writer *writer, const struct read_rows *read,
                       size_t cell, size_t j, struct error *err)
{
    const struct csv_field *field = &read->fields[cell];
    struct table_cell made = {.text = read->rows->text + field->start,
                              .n_bytes = field->end - field->start};
    if (read->kinds[cell] == NUMBER_CELLS_NUMBER && !writer->columns[j].has_text)
        return spool_add_digits(&writer->spool, j, made.text, made.n_bytes, err);
    made.is_missing = na_list_has(read->rows->na, made.text, made.n_bytes);
    return table_writer_add_cell(writer, j, &made, &read->cells[cell], err);
}

static int settle_rows(struct table_writer *writer, const struct read_rows *read,
                       struct error *err)
{
    size_t cell = 0;
    for (size_t i = 0; i < read->n_rows; i++) {
        for (size_t j = 0; j < writer->n_columns; j++, cell++)
            if (read->kinds[cell] != NUMBER_CELLS_PLAIN &&
                settle_cell(writer, read, cell, j, err) < 0)
                return -1;
        spool_end_row(&writer->spool);
        writer->n_rows++;
    }
    return 0;
}

static int add_some_rows(struct table_writer *writer, const struct read_rows *read,
                         struct error *err)
{
    size_t n_cells = read->n_rows * writer->n_columns;
    number_cells_read(read->rows->text, read->fields, n_cells,
                      (double *)(void *)read->cells, read->kinds);
    look_again(writer, read);
    if (!are_all_plain(read->kinds, n_cells))
        return settle_rows(writer, read, err);
    spool_take_rows(&writer->spool, read->n_rows);
    writer->n_rows += read->n_rows;
    return 0;
}

static int make_kinds(struct table_writer *writer, struct error *err)
{
    size_t n = writer->n_columns > CELLS_TOGETHER ? writer->n_columns : CELLS_TOGETHER;
    if (n <= writer->kinds_capacity)
        return 0;
    memory_free(writer->kinds);
    writer->kinds = memory_new(n, sizeof(*writer->kinds), err);
    writer->kinds_capacity = writer->kinds ? n : 0;
    return writer->kinds ? 0 : -1;
}

int table_rows_add(struct table_writer *writer, const struct table_rows *rows,
                   struct error *err)
{
    if (make_kinds(writer, err) < 0)
        return -1;
    size_t n_together = writer->kinds_capacity / writer->n_columns;
    struct read_rows read = {.rows = rows, .kinds = writer->kinds};
    for (size_t i = 0; i < rows->n_rows; i += read.n_rows) {
        read.n_rows = rows->n_rows - i < n_together ? rows->n_rows - i : n_together;
        read.cells = spool_begin_rows(&writer->spool, &read.n_rows, err);
        read.fields = rows->fields + i * writer->n_columns;
        if (!read.cells || add_some_rows(writer, &read, err) < 0)
            return -1;
    }
    return 0;
}
