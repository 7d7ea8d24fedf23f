#include "core/data/table_writer.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/data/group_writer.h"
#include "core/data/table_writer_internal.h"

/*
 * Rows go to the spool as they come. At the end columns that turned out to be text have
 * their numbers turned into texts, levels are sorted, and the spool is read once more and
 * written out by groups, column by column.
 */

#define LEVEL_OVERHEAD 48U /* of a level beside its text, about */

/* ---- making one ---- */

static int check_name(const char *name, struct error *err)
{
    size_t n = strlen(name);
    if (n == 0)
        return error_set(err, ERROR_BAD_COLUMN_NAME,
                         "a column has no name; name every column");
    if (n > TABLE_WRITER_MAX_NAME_BYTES)
        return error_set(err, ERROR_BAD_COLUMN_NAME,
                         "a column's name has %zu bytes; at most %u may be", n,
                         TABLE_WRITER_MAX_NAME_BYTES);
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return error_set(err, ERROR_BAD_COLUMN_NAME,
                             "a column's name has a control character");
    return 0;
}

/* The name of column j, behind those of the columns before it. */
static int name_column(struct table_writer *writer, size_t j, const char *name,
                       struct error *err)
{
    if (check_name(name, err) < 0) {
        error_place(err, "column %zu", j + 1);
        return -1;
    }
    uint32_t number = dictionary_add(&writer->names, name, strlen(name), err);
    char *copy = memory_copy_string(name, err);
    if (number < j && copy) {
        error_set(err, ERROR_DUPLICATE_COLUMN,
                  "columns %u and %zu have the same name, \"%.100s\"", number + 1, j + 1,
                  name);
        error_place(err, "column %zu", j + 1);
    }
    if (number != j || !copy) {
        memory_free(copy);
        return -1;
    }
    memory_free(writer->columns[j].name);
    writer->columns[j].name = copy;
    return 0;
}

static int name_columns(struct table_writer *writer, const char *const *names,
                        struct error *err)
{
    for (size_t j = 0; j < writer->n_columns; j++)
        if (name_column(writer, j, names[j], err) < 0)
            return -1;
    return 0;
}

struct table_writer *table_writer_new(const char *const *names, size_t n_columns,
                                      struct byte_sink sink, int scratch_fd,
                                      struct error *err)
{
    struct table_writer *writer = NULL;
    if (n_columns == 0)
        error_set(err, ERROR_INVALID, "the data has no columns");
    else
        writer = memory_new(1, sizeof(*writer), err);
    if (!writer)
        return NULL;
    writer->sink = sink;
    writer->first_row = 1;
    writer->columns = memory_new(n_columns, sizeof(*writer->columns), err);
    writer->n_columns = writer->capacity = writer->columns ? n_columns : 0;
    if (!writer->columns || name_columns(writer, names, err) < 0 ||
        spool_start(&writer->spool, n_columns, scratch_fd, err) < 0) {
        table_writer_free(writer);
        return NULL;
    }
    return writer;
}

void table_writer_free(struct table_writer *writer)
{
    if (!writer)
        return;
    for (size_t j = 0; j < writer->n_columns; j++)
        column_builder_free(&writer->columns[j]);
    memory_free(writer->columns);
    dictionary_free(&writer->names);
    spool_free(&writer->spool);
    memory_free(writer->kinds);
    memory_free(writer);
}

/* ---- columns that come late ---- */

static int make_room(struct table_writer *writer, struct error *err)
{
    if (writer->n_columns < writer->capacity)
        return 0;
    struct column_builder *larger =
        memory_resize(writer->columns, 2 * writer->capacity, sizeof(*larger), err);
    if (!larger)
        return -1;
    writer->columns = larger;
    writer->capacity *= 2;
    return 0;
}

int table_writer_add_column(struct table_writer *writer, const char *name,
                            struct error *err)
{
    size_t j = writer->n_columns;
    if (make_room(writer, err) < 0)
        return -1;
    writer->columns[j] = (struct column_builder){.n_missing = writer->n_rows};
    if (name_column(writer, j, name, err) < 0)
        return -1;
    writer->n_columns++; /* and so the name is freed */
    return spool_widen(&writer->spool, writer->n_columns, err);
}

int table_writer_name_columns(struct table_writer *writer, const char *const *names,
                              size_t n, struct error *err)
{
    if (n != writer->n_columns)
        return error_set(err, ERROR_RAGGED_ROW,
                         "there are %zu names where rows have %zu cells", n,
                         writer->n_columns);
    dictionary_free(&writer->names);
    return name_columns(writer, names, err);
}

void table_writer_number_rows_from(struct table_writer *writer, uint64_t first)
{
    writer->first_row = first;
}

/* ---- rows coming in ---- */

/* Counts a level that is new since the column had n_before of them. */
static int count_level(struct table_writer *writer, const struct column_builder *column,
                       uint32_t n_before, size_t n_bytes, struct error *err)
{
    if (column->texts.n == n_before)
        return 0;
    writer->level_bytes += n_bytes + LEVEL_OVERHEAD;
    if (writer->level_bytes <= TABLE_WRITER_MAX_LEVEL_BYTES)
        return 0;
    error_set(
        err, ERROR_TOO_LARGE,
        "the distinct texts of all columns take more than %u MiB; leave out columns "
        "of identifiers or free text",
        (unsigned)(TABLE_WRITER_MAX_LEVEL_BYTES >> 20));
    error_place(err, "row %llu, column %s",
                (unsigned long long)(writer->first_row + writer->n_rows), column->name);
    return -1;
}

int table_writer_add_cell(struct table_writer *writer, size_t j,
                          const struct table_cell *cell, uint64_t *bits,
                          struct error *err)
{
    struct column_builder *column = &writer->columns[j];
    uint32_t n_levels = column->texts.n;
    bool keep_text;
    if (column_builder_add(column, cell, writer->first_row + writer->n_rows, bits,
                           &keep_text, err) < 0)
        return -1;
    if (keep_text)
        return spool_add_text(&writer->spool, j, cell->text, cell->n_bytes, err);
    return count_level(writer, column, n_levels, cell->n_bytes, err);
}

int table_writer_add(struct table_writer *writer, const struct table_cell *cells,
                     struct error *err)
{
    uint64_t *row = spool_begin_row(&writer->spool, err);
    if (!row)
        return -1;
    for (size_t j = 0; j < writer->n_columns; j++)
        if (table_writer_add_cell(writer, j, &cells[j], &row[j], err) < 0)
            return -1;
    spool_end_row(&writer->spool);
    writer->n_rows++;
    return 0;
}

int table_writer_add_read(struct table_writer *writer, const struct table_cell *cells,
                          const double *plain, struct error *err)
{
    uint64_t *row = spool_begin_row(&writer->spool, err);
    if (!row)
        return -1;
    for (size_t j = 0; j < writer->n_columns; j++) {
        struct column_builder *column = &writer->columns[j];
        if (plain[j] == plain[j] && !column->has_text) {
            memcpy(&row[j], &plain[j], sizeof(row[j]));
        } else if (table_writer_add_cell(writer, j, &cells[j], &row[j], err) < 0) {
            return -1;
        }
    }
    spool_end_row(&writer->spool);
    writer->n_rows++;
    return 0;
}

int table_writer_add_numbers(struct table_writer *writer, const double *numbers,
                             struct error *err)
{
    uint64_t *row = spool_begin_row(&writer->spool, err);
    if (!row)
        return -1;
    for (size_t j = 0; j < writer->n_columns; j++)
        if (column_builder_add_number(&writer->columns[j], numbers[j],
                                      writer->first_row + writer->n_rows, &row[j],
                                      err) < 0)
            return -1;
    spool_end_row(&writer->spool);
    writer->n_rows++;
    return 0;
}

/* ---- settling the types ---- */

static void end_rows(struct table_writer *writer)
{
    spool_end_rows(&writer->spool);
    for (size_t j = 0; j < writer->n_columns; j++)
        column_builder_end(&writer->columns[j], &writer->spool.columns[j]);
}

size_t table_writer_tell_non_finite(struct table_writer *writer, table_problem_fn *tell,
                                    void *context)
{
    size_t n = 0;
    end_rows(writer);
    for (size_t j = 0; j < writer->n_columns; j++) {
        const struct column_builder *column = &writer->columns[j];
        struct error problem = {0};
        if (column->non_finite_row == 0 || column->has_text ||
            column->n_numbers + column->n_infinite == 0)
            continue;
        error_set(
            &problem, ERROR_NON_FINITE,
            "the cell is infinite, not a number, or beyond the range of a double, "
            "in a column of numbers; mend it, or add its text to na, the texts that "
            "mean missing");
        error_place(&problem, "row %llu, column %s",
                    (unsigned long long)column->non_finite_row, column->name);
        tell(context, &problem);
        n++;
    }
    return n;
}

static void keep_first(void *context, const struct error *problem)
{
    struct error *first = context;
    if (!error_is_set(first))
        error_copy(first, problem);
}

static int check_finite(struct table_writer *writer, struct error *err)
{
    struct error first = {0};
    return table_writer_tell_non_finite(writer, keep_first, &first) == 0
               ? 0
               : error_copy(err, &first);
}

static bool is_number(uint64_t bits)
{
    return bits != COLUMN_BUILDER_MISSING &&
           (bits & COLUMN_BUILDER_CODE) != COLUMN_BUILDER_CODE;
}

struct mixed {
    struct table_writer *writer;
    size_t n;
    size_t *columns; /* [n] ascending */
};

/* The cells of a column become codes, from the first on, each in the place of one that
 * has been read: they take less room, or as much. */
static int turn_cell(struct mixed *mixed, struct spool_chunk *chunk, size_t row, size_t j,
                     struct error *err)
{
    struct column_builder *column = &mixed->writer->columns[j];
    uint32_t n_levels = column->texts.n, code = UINT32_MAX;
    enum spool_form form;
    unsigned char *cells = spool_column_cells(chunk, j, &form);
    size_t n_bytes = 0;
    if (!cells || form == SPOOL_CODES)
        return 0;
    uint64_t bits = spool_block_cell(form, cells, row);
    bool is_new = is_number(bits);
    const char *text = is_new ? spool_find_text(chunk, row, j, &n_bytes) : NULL;
    if (is_new && column_builder_turn(column, text, n_bytes, &bits, err) < 0)
        return -1;
    if (bits != COLUMN_BUILDER_MISSING)
        code = (uint32_t)bits;
    memcpy(cells + row * sizeof(code), &code, sizeof(code));
    chunk->changed = true;
    return is_new ? count_level(mixed->writer, column, n_levels, n_bytes, err) : 0;
}

static int turn_chunk(void *context, struct spool_chunk *chunk, struct error *err)
{
    struct mixed *mixed = context;
    for (size_t row = 0; row < chunk->n_rows; row++)
        for (size_t k = 0; k < mixed->n; k++)
            if (turn_cell(mixed, chunk, row, mixed->columns[k], err) < 0)
                return -1;
    for (size_t k = 0; k < mixed->n; k++) {
        size_t j = mixed->columns[k];
        enum spool_form form;
        if (spool_column_cells(chunk, j, &form))
            spool_block_turn(chunk->bytes, j);
    }
    return 0;
}

static int turn_numbers_into_texts(struct table_writer *writer, struct error *err)
{
    struct mixed mixed = {.writer = writer};
    mixed.columns = memory_new(writer->n_columns, sizeof(*mixed.columns), err);
    if (!mixed.columns)
        return -1;
    for (size_t j = 0; j < writer->n_columns; j++)
        if (column_builder_is_mixed(&writer->columns[j]))
            mixed.columns[mixed.n++] = j;
    int result =
        mixed.n > 0 ? spool_replay(&writer->spool, true, turn_chunk, &mixed, err) : 0;
    memory_free(mixed.columns);
    return result;
}

static int rank_levels(struct table_writer *writer, struct error *err)
{
    for (size_t j = 0; j < writer->n_columns; j++)
        if (column_builder_is_text(&writer->columns[j]) &&
            column_builder_rank(&writer->columns[j], err) < 0)
            return -1;
    return 0;
}

/* The names and levels move to the summary. */
static int start_summary(struct table_writer *writer, struct summary *summary,
                         struct error *err)
{
    summary->columns = memory_new(writer->n_columns, sizeof(*summary->columns), err);
    if (!summary->columns)
        return -1;
    summary->n_rows = writer->n_rows;
    summary->n_columns = summary->n_columns_kept = writer->n_columns;
    for (size_t j = 0; j < writer->n_columns; j++) {
        struct column_builder *from = &writer->columns[j];
        bool is_text = column_builder_is_text(from);
        summary->columns[j] =
            (struct column_summary){.name = from->name,
                                    .type = is_text ? COLUMN_CATEGORICAL : COLUMN_NUMERIC,
                                    .is_single = !is_text && !from->has_doubles,
                                    .n_missing = from->n_missing,
                                    .n_levels = from->texts.n,
                                    .n_levels_kept = from->texts.n,
                                    .levels = from->levels};
        from->name = NULL;
        from->levels = NULL;
    }
    return 0;
}

/* ---- the end ---- */

int table_writer_finish(struct table_writer *writer, struct summary *summary,
                        struct error *err)
{
    struct summary fresh = {0};
    if (writer->n_rows == 0)
        return error_set(err, ERROR_NO_ROWS, "the data has no rows");
    if (check_finite(writer, err) < 0 || turn_numbers_into_texts(writer, err) < 0 ||
        rank_levels(writer, err) < 0 || start_summary(writer, &fresh, err) < 0)
        return -1;
    if (group_writer_run(&writer->spool, writer->columns, &fresh, writer->sink, err) <
        0) {
        summary_free(&fresh);
        return -1;
    }
    *summary = fresh;
    return 0;
}
