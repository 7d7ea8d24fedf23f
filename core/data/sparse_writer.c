#include "core/data/sparse_writer.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/data/index_map.h"
#include "core/data/sparse_groups.h"
#include "core/data/sparse_spool.h"
#include "core/text/number.h"

/*
 * Columns are numbered as they come and spooled so. At the end all are known: the spool
 * is read once more and written out by groups, in which columns have the rank of their
 * index.
 */

struct sparse_writer {
    struct byte_sink sink;
    struct sparse_spool spool;
    struct index_map columns;
};

struct sparse_writer *sparse_writer_new(struct byte_sink sink, int scratch_fd,
                                        struct error *err)
{
    struct sparse_writer *writer = memory_new(1, sizeof(*writer), err);
    if (!writer)
        return NULL;
    writer->sink = sink;
    writer->spool.fd = scratch_fd;
    return writer;
}

void sparse_writer_free(struct sparse_writer *writer)
{
    if (!writer)
        return;
    sparse_spool_free(&writer->spool);
    index_map_free(&writer->columns);
    memory_free(writer);
}

int sparse_writer_add(struct sparse_writer *writer, double label,
                      const struct libsvm_entry *entries, size_t n_entries,
                      struct error *err)
{
    uint32_t *columns;
    double *values;
    size_t n = 0;
    if (sparse_spool_begin_row(&writer->spool, n_entries, &columns, &values, err) < 0)
        return -1;
    for (size_t i = 0; i < n_entries; i++) {
        uint32_t column = index_map_find_small(&writer->columns, entries[i].index);
        if (column == INDEX_MAP_NONE)
            column = index_map_add(&writer->columns, entries[i].index,
                                   SPARSE_WRITER_MOST_COLUMNS, err);
        if (column == INDEX_MAP_NONE)
            return -1;
        columns[n] = column;
        values[n] = entries[i].value;
        n += entries[i].value != 0;
    }
    sparse_spool_end_row(&writer->spool, label, n);
    return 0;
}

/* ---- the end ---- */

static int name_column(struct column_summary *column, uint64_t index, struct error *err)
{
    char name[NUMBER_TEXT_BYTES];
    *column = (struct column_summary){.type = COLUMN_NUMERIC, .is_sparse = true};
    column->name =
        memory_copy_text(name, number_write_integer((int64_t)index, name), err);
    return column->name ? 0 : -1;
}

static int start_summary(const struct sparse_writer *writer, const uint64_t *indices,
                         struct summary *summary, struct error *err)
{
    uint32_t n = writer->columns.n;
    summary->columns = memory_new((size_t)n + 1, sizeof(*summary->columns), err);
    if (!summary->columns)
        return -1;
    summary->n_rows = writer->spool.n_rows;
    summary->n_columns = summary->n_columns_kept = (size_t)n + 1;
    summary->columns[0].type = COLUMN_NUMERIC;
    summary->columns[0].name = memory_copy_string(SPARSE_WRITER_LABEL, err);
    if (!summary->columns[0].name)
        return -1;
    for (uint32_t i = 0; i < n; i++)
        if (name_column(&summary->columns[i + 1], indices[i], err) < 0)
            return -1;
    return 0;
}

static int write_table(struct sparse_writer *writer, uint64_t *indices, uint32_t *rank,
                       struct summary *summary, struct error *err)
{
    index_map_rank(&writer->columns, indices, rank);
    if (start_summary(writer, indices, summary, err) < 0)
        return -1;
    return sparse_groups_write(&writer->spool, rank, summary, writer->sink, err);
}

int sparse_writer_finish(struct sparse_writer *writer, struct summary *summary,
                         struct error *err)
{
    struct summary fresh = {0};
    uint32_t n = writer->columns.n;
    if (writer->spool.n_rows == 0)
        return error_set(err, ERROR_NO_ROWS, "the data has no rows");
    uint64_t *indices = memory_new(n, sizeof(*indices), err);
    uint32_t *rank = memory_new(n, sizeof(*rank), err);
    int result = indices && rank ? write_table(writer, indices, rank, &fresh, err) : -1;
    memory_free(indices);
    memory_free(rank);
    if (result == 0)
        *summary = fresh;
    else
        summary_free(&fresh);
    return result;
}
