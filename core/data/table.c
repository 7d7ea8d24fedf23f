#include "core/data/table.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/table_layout.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "blocks of a table are read as they lie");

struct table {
    const unsigned char *groups;
    uint64_t rows_per_group;
    size_t row_bytes;
    size_t *before; /* [n_columns] as table_layout_place has it */
    struct summary summary;
};

/* ---- opening ---- */

static int check_head(const unsigned char *bytes, size_t n_bytes, struct error *err)
{
    struct pack_reader in = {.bytes = bytes, .n_bytes = n_bytes};
    if (n_bytes < TABLE_LAYOUT_HEAD_BYTES + TABLE_LAYOUT_TAIL_BYTES ||
        memcmp(bytes, TABLE_LAYOUT_MAGIC, TABLE_LAYOUT_MAGIC_BYTES) != 0 ||
        memcmp(bytes + n_bytes - TABLE_LAYOUT_MAGIC_BYTES, TABLE_LAYOUT_MAGIC,
               TABLE_LAYOUT_MAGIC_BYTES) != 0)
        return error_set(err, ERROR_CORRUPT, "the stored data is not a whole table");
    in.at = TABLE_LAYOUT_MAGIC_BYTES;
    uint32_t version = pack_read_u32(&in);
    if (version != TABLE_LAYOUT_VERSION)
        return error_set(err, ERROR_FORMAT_VERSION,
                         "the stored table has format %u; this program reads format %u",
                         version, TABLE_LAYOUT_VERSION);
    return 0;
}

/* The footer's place; n_bytes is known to hold head and tail. */
static int find_footer(const unsigned char *bytes, size_t n_bytes,
                       struct pack_reader *footer, struct error *err)
{
    struct pack_reader tail = {.bytes = bytes, .n_bytes = n_bytes};
    tail.at = n_bytes - TABLE_LAYOUT_TAIL_BYTES;
    size_t end = tail.at;
    uint64_t footer_bytes = pack_read_u64(&tail);
    if (footer_bytes > end - TABLE_LAYOUT_HEAD_BYTES)
        return error_set(err, ERROR_CORRUPT, "the stored table's footer is damaged");
    *footer = (struct pack_reader){.bytes = bytes + (end - footer_bytes),
                                   .n_bytes = (size_t)footer_bytes};
    return 0;
}

/* Where columns lie in a group; and that all groups fill all the room that there is. */
static int check_groups(struct table *table, size_t groups_bytes, struct error *err)
{
    const struct summary *summary = &table->summary;
    uint64_t expected;
    bool is_whole = summary->n_columns == summary->n_columns_kept &&
                    summary->n_columns > 0 && summary->n_rows > 0 &&
                    table->rows_per_group > 0 && table->rows_per_group % 8 == 0;
    table->before = memory_new(summary->n_columns_kept, sizeof(*table->before), err);
    if (!table->before)
        return -1;
    for (size_t j = 0; j < summary->n_columns_kept; j++)
        is_whole =
            is_whole && summary->columns[j].n_levels == summary->columns[j].n_levels_kept;
    table->row_bytes = table_layout_place(summary, table->before);
    if (!is_whole ||
        __builtin_mul_overflow(summary->n_rows, table->row_bytes, &expected) ||
        expected != groups_bytes)
        return error_set(err, ERROR_CORRUPT, "the stored table's size is not as it says");
    return 0;
}

static int open_table(struct table *table, const unsigned char *bytes, size_t n_bytes,
                      struct error *err)
{
    struct pack_reader footer;
    if (check_head(bytes, n_bytes, err) < 0 ||
        find_footer(bytes, n_bytes, &footer, err) < 0)
        return -1;
    table->groups = bytes + TABLE_LAYOUT_HEAD_BYTES;
    table->rows_per_group = pack_read_u64(&footer);
    if (summary_unpack(&table->summary, &footer, err) < 0 ||
        pack_check_end(&footer, err) < 0)
        return -1;
    return check_groups(table,
                        n_bytes - TABLE_LAYOUT_HEAD_BYTES - TABLE_LAYOUT_TAIL_BYTES -
                            footer.n_bytes,
                        err);
}

struct table *table_open(const void *bytes, size_t n_bytes, struct error *err)
{
    struct table *table = memory_new(1, sizeof(*table), err);
    if (table && open_table(table, bytes, n_bytes, err) < 0) {
        table_close(table);
        return NULL;
    }
    return table;
}

void table_close(struct table *table)
{
    if (!table)
        return;
    memory_free(table->before);
    summary_free(&table->summary);
    memory_free(table);
}

const struct summary *table_summary(const struct table *table)
{
    return &table->summary;
}

/* ---- reading ---- */

/* Where the cells of a column from `row` on lie, and how many there are in that group. */
static const unsigned char *find_cells(const struct table *table, size_t column,
                                       uint64_t row, uint64_t *n_rows)
{
    uint64_t group = row / table->rows_per_group;
    uint64_t first = group * table->rows_per_group;
    uint64_t in_group = table->summary.n_rows - first;
    if (in_group > table->rows_per_group)
        in_group = table->rows_per_group;
    size_t width = table_layout_width(&table->summary.columns[column]);
    *n_rows = in_group - (row - first);
    return table->groups + first * table->row_bytes + in_group * table->before[column] +
           (row - first) * width;
}

void table_read_numbers(const struct table *table, size_t column, uint64_t first_row,
                        size_t n_rows, double *values)
{
    assert(table->summary.columns[column].type == COLUMN_NUMERIC);
    assert(n_rows <= table->summary.n_rows &&
           first_row <= table->summary.n_rows - n_rows);
    while (n_rows > 0) {
        uint64_t n;
        const unsigned char *cells = find_cells(table, column, first_row, &n);
        n = n < n_rows ? n : n_rows;
        memcpy(values, cells, n * sizeof(*values));
        values += n;
        first_row += n;
        n_rows -= n;
    }
}

/* A code beyond the levels, which no whole table has, reads as missing. */
static void widen(const unsigned char *cells, size_t width, size_t n, size_t n_levels,
                  uint32_t *codes)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t code = 0;
        memcpy(&code, cells + i * width, width);
        codes[i] = code < n_levels ? code : TABLE_MISSING_CODE;
    }
}

void table_read_codes(const struct table *table, size_t column, uint64_t first_row,
                      size_t n_rows, uint32_t *codes)
{
    const struct column_summary *summary = &table->summary.columns[column];
    assert(summary->type == COLUMN_CATEGORICAL);
    assert(n_rows <= table->summary.n_rows &&
           first_row <= table->summary.n_rows - n_rows);
    size_t width = table_layout_width(summary);
    while (n_rows > 0) {
        uint64_t n;
        const unsigned char *cells = find_cells(table, column, first_row, &n);
        n = n < n_rows ? n : n_rows;
        if (width == 1)
            widen(cells, 1, n, summary->n_levels, codes);
        else if (width == 2)
            widen(cells, 2, n, summary->n_levels, codes);
        else
            widen(cells, 4, n, summary->n_levels, codes);
        codes += n;
        first_row += n;
        n_rows -= n;
    }
}
