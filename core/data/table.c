#include "core/data/table.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/residence.h"
#include "core/data/table_layout.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "blocks of a table are read as they lie");

/* A group of rows with sparse columns. */
struct group {
    uint64_t first_row, n_rows, n_entries;
    const unsigned char *bytes;
    struct table_layout_sparse layout;
};

struct table {
    const unsigned char *groups;
    uint64_t rows_per_group; /* 0: there are sparse columns */
    size_t row_bytes;        /* without those */
    size_t *before;          /* [n_columns] as table_layout_place has it */
    struct summary summary;
    size_t first_sparse;
    size_t n_groups; /* 0 without sparse columns, and what follows is not there */
    struct group *sparse_groups;
    struct residence *residence; /* or NULL */
    size_t n_computed;           /* the last columns; then all else is borrowed */
    struct table_computed *computed;
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

static int refuse_size(struct error *err)
{
    return error_set(err, ERROR_CORRUPT, "the stored table's size is not as it says");
}

/* Where columns lie in a group. */
static int place_columns(struct table *table, struct error *err)
{
    const struct summary *summary = &table->summary;
    bool is_whole = summary->n_columns == summary->n_columns_kept &&
                    summary->n_columns > 0 && summary->n_rows > 0;
    table->before = memory_new(summary->n_columns_kept, sizeof(*table->before), err);
    if (!table->before)
        return -1;
    while (table->first_sparse < summary->n_columns_kept &&
           !summary->columns[table->first_sparse].is_sparse)
        table->first_sparse++;
    for (size_t j = 0; j < summary->n_columns_kept; j++) {
        const struct column_summary *column = &summary->columns[j];
        is_whole = is_whole && column->n_levels == column->n_levels_kept &&
                   column->is_sparse == (j >= table->first_sparse);
    }
    table->row_bytes = table_layout_place(summary, table->before);
    return is_whole ? 0 : refuse_size(err);
}

/* Groups without sparse columns: that they fill all the room that there is. */
static int check_groups(const struct table *table, size_t groups_bytes, struct error *err)
{
    uint64_t expected;
    if (table->rows_per_group == 0 || table->rows_per_group % 8 != 0 ||
        __builtin_mul_overflow(table->summary.n_rows, table->row_bytes, &expected) ||
        expected != groups_bytes)
        return refuse_size(err);
    return 0;
}

/* Where the groups with sparse columns lie; they, too, fill all the room. */
static int read_groups(struct table *table, struct pack_reader *in, size_t groups_bytes,
                       struct error *err)
{
    uint64_t row = 0;
    size_t at = 0, n = pack_read_count(in, 2 * sizeof(uint64_t));
    bool is_right = table->rows_per_group == 0 && (uintptr_t)table->groups % 8 == 0;
    table->sparse_groups = memory_new(n, sizeof(*table->sparse_groups), err);
    if (!table->sparse_groups)
        return -1;
    table->n_groups = n;
    for (size_t i = 0; i < n && is_right; i++) {
        struct group *group = &table->sparse_groups[i];
        group->first_row = row;
        group->n_rows = pack_read_u64(in);
        group->n_entries = pack_read_u64(in);
        group->bytes = table->groups + at;
        is_right = group->n_rows > 0 &&
                   table_layout_sparse(table->row_bytes, group->n_rows, group->n_entries,
                                       &group->layout) &&
                   group->layout.n_bytes <= groups_bytes - at;
        at += is_right ? (size_t)group->layout.n_bytes : 0;
        row += group->n_rows;
    }
    return is_right && row == table->summary.n_rows && at == groups_bytes
               ? 0
               : refuse_size(err);
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
        place_columns(table, err) < 0)
        return -1;
    size_t groups_bytes =
        n_bytes - TABLE_LAYOUT_HEAD_BYTES - TABLE_LAYOUT_TAIL_BYTES - footer.n_bytes;
    bool is_sparse = table->first_sparse < table->summary.n_columns;
    if ((is_sparse ? read_groups(table, &footer, groups_bytes, err)
                   : check_groups(table, groups_bytes, err)) < 0)
        return -1;
    return pack_check_end(&footer, err);
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
    if (table->computed) {
        memory_free(table->summary.columns);
        memory_free(table->computed);
        memory_free(table);
        return;
    }
    memory_free(table->before);
    memory_free(table->sparse_groups);
    summary_free(&table->summary);
    residence_free(table->residence);
    memory_free(table);
}

int table_watch(struct table *table, const void *mapping, size_t mapping_bytes,
                size_t resident_bytes, struct error *err)
{
    table->residence = residence_new(mapping, mapping_bytes, resident_bytes, err);
    return table->residence ? 0 : -1;
}

static void touch(const struct table *table, const void *from, size_t n_bytes)
{
    residence_touch(table->residence, from, n_bytes);
}

struct table_entries table_row_entries(const struct table_sparse_block *block, size_t row)
{
    const volatile uint64_t *starts = block->starts + row; /* each read once */
    struct table_entries entries = {starts[0], starts[1]};
    if (entries.end > block->n_entries || entries.first > entries.end)
        return (struct table_entries){0};
    return entries;
}

void table_touch_row(const struct table *table, const struct table_sparse_block *block,
                     size_t row)
{
    touch(table, block->starts + row, 2 * sizeof(*block->starts));
    const struct table_entries entries = table_row_entries(block, row);
    size_t n = (size_t)(entries.end - entries.first);
    touch(table, block->columns + entries.first, n * sizeof(*block->columns));
    touch(table, block->values + entries.first, n * sizeof(*block->values));
}

struct table *table_extend(const struct table *table, const struct column_summary *more,
                           const struct table_computed *computed, size_t n_more,
                           struct error *err)
{
    struct table *extended = memory_copy(table, sizeof(*table), err);
    assert(!table->computed && n_more > 0);
    if (!extended)
        return NULL;
    extended->n_computed = n_more;
    extended->summary = (struct summary){0};
    extended->computed = memory_copy(computed, n_more * sizeof(*computed), err);
    if (extended->computed &&
        summary_extend(&extended->summary, &table->summary, more, n_more, err) == 0)
        return extended;
    memory_free(extended->computed);
    memory_free(extended);
    return NULL;
}

const struct summary *table_summary(const struct table *table)
{
    return &table->summary;
}

/* ---- sparse columns ---- */

size_t table_first_sparse(const struct table *table)
{
    return table->first_sparse;
}

size_t table_n_sparse(const struct table *table)
{
    return table->summary.n_columns - table->n_computed - table->first_sparse;
}

size_t table_n_sparse_blocks(const struct table *table)
{
    return table->n_groups;
}

uint64_t table_n_entries(const struct table *table)
{
    uint64_t n = 0;
    for (size_t i = 0; i < table->n_groups; i++)
        n += table->sparse_groups[i].n_entries;
    return n;
}

size_t table_find_sparse_block(const struct table *table, uint64_t row)
{
    size_t from = 0, to = table->n_groups - 1;
    while (from < to) { /* the last one that begins at or before the row */
        size_t middle = from + (to - from + 1) / 2;
        if (table->sparse_groups[middle].first_row <= row)
            from = middle;
        else
            to = middle - 1;
    }
    return from;
}

static struct table_sparse_block block_of(const struct group *group)
{
    const void *starts = group->bytes + group->layout.starts;
    const void *columns = group->bytes + group->layout.columns;
    const void *values = group->bytes + group->layout.values;
    return (struct table_sparse_block){.first_row = group->first_row,
                                       .n_rows = (size_t)group->n_rows,
                                       .n_entries = (size_t)group->n_entries,
                                       .starts = starts,
                                       .columns = columns,
                                       .values = values};
}

static void touch_block(const struct table *table, const struct table_sparse_block *block)
{
    touch(table, block->starts, (block->n_rows + 1) * sizeof(*block->starts));
    touch(table, block->columns, block->n_entries * sizeof(*block->columns));
    touch(table, block->values, block->n_entries * sizeof(*block->values));
}

static bool is_sound(const struct table_sparse_block *block, size_t n_columns)
{
    uint32_t most = 0;
    for (size_t i = 0; i < block->n_rows; i++)
        if (block->starts[i] > block->starts[i + 1])
            return false;
    for (size_t i = 0; i < block->n_entries; i++)
        most = block->columns[i] > most ? block->columns[i] : most;
    return block->starts[0] == 0 && block->starts[block->n_rows] == block->n_entries &&
           (block->n_entries == 0 || most < n_columns);
}

int table_sparse_block(const struct table *table, size_t i,
                       struct table_sparse_block *block, struct error *err)
{
    assert(i < table->n_groups);
    const struct table_sparse_block found = block_of(&table->sparse_groups[i]);
    touch_block(table, &found);
    if (!is_sound(&found, table->summary.n_columns - table->first_sparse))
        return error_set(err, ERROR_CORRUPT,
                         "the stored table's sparse columns are damaged");
    *block = found;
    return 0;
}

/* ---- reading ---- */

/* The same as find_cells where there are sparse columns, though not of one of these. */
static const unsigned char *find_beside_sparse(const struct table *table, size_t column,
                                               uint64_t row, uint64_t *n_rows)
{
    const struct group *group =
        &table->sparse_groups[table_find_sparse_block(table, row)];
    uint64_t in_group = row - group->first_row;
    *n_rows = group->n_rows - in_group;
    return group->bytes + group->n_rows * table->before[column] +
           in_group * table_layout_width(&table->summary.columns[column]);
}

/* Where the cells of a column from `row` on lie, and how many there are in that group. */
static const unsigned char *find_cells(const struct table *table, size_t column,
                                       uint64_t row, uint64_t *n_rows)
{
    if (table->n_groups > 0)
        return find_beside_sparse(table, column, row, n_rows);
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

/* One cell of a sparse column. Bounds are checked, as nobody may have looked at them. */
static double find_entry(const struct table_sparse_block *block, uint32_t column,
                         size_t row)
{
    const struct table_entries entries = table_row_entries(block, row);
    uint64_t from = entries.first, to = entries.end;
    while (from < to) {
        uint64_t middle = from + (to - from) / 2;
        if (block->columns[middle] == column)
            return block->values[middle];
        if (block->columns[middle] < column)
            from = middle + 1;
        else
            to = middle;
    }
    return 0;
}

static void read_sparse(const struct table *table, uint32_t column, uint64_t first_row,
                        size_t n_rows, double *values)
{
    while (n_rows > 0) {
        const struct table_sparse_block block =
            block_of(&table->sparse_groups[table_find_sparse_block(table, first_row)]);
        size_t row = (size_t)(first_row - block.first_row), n = block.n_rows - row;
        n = n < n_rows ? n : n_rows;
        touch_block(table, &block);
        for (size_t i = 0; i < n; i++)
            *values++ = find_entry(&block, column, row + i);
        first_row += n;
        n_rows -= n;
    }
}

void table_read_numbers(const struct table *table, size_t column, uint64_t first_row,
                        size_t n_rows, double *values)
{
    assert(table->summary.columns[column].type == COLUMN_NUMERIC);
    assert(n_rows <= table->summary.n_rows &&
           first_row <= table->summary.n_rows - n_rows);
    size_t n_stored = table->summary.n_columns - table->n_computed;
    if (column >= n_stored) {
        const struct table_computed *computed = &table->computed[column - n_stored];
        computed->read(computed->context, first_row, n_rows, values);
        return;
    }
    if (column >= table->first_sparse) {
        read_sparse(table, (uint32_t)(column - table->first_sparse), first_row, n_rows,
                    values);
        return;
    }
    size_t width = table_layout_width(&table->summary.columns[column]);
    while (n_rows > 0) {
        uint64_t n;
        const unsigned char *cells = find_cells(table, column, first_row, &n);
        n = n < n_rows ? n : n_rows;
        touch(table, cells, n * width);
        if (width == sizeof(float))
            table_layout_widen(cells, n, values);
        else
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
        touch(table, cells, n * width);
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
