#include "core/data/group_writer.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/few_values.h"
#include "core/data/moments.h"
#include "core/data/quantiles.h"
#include "core/data/table_frame.h"
#include "core/data/table_layout.h"

#define GROUP_BYTES (UINT64_C(4) << 20)
#define GROUP_ROWS_MOST 65536U
#define COUNTED_COLUMNS 4096U /* whose few values are counted: 2 KiB each */

struct group_writer {
    const struct column_builder *columns; /* [n_columns] */
    struct byte_sink sink;
    struct summary *summary;
    size_t row_bytes;
    size_t rows_per_group;
    uint64_t n_rows_left; /* of the groups to come, this one's included */
    size_t n_rows;        /* in this group so far */
    unsigned char *bytes;
    double *numbers;               /* of a block of f32, for the summary */
    size_t *before;                /* [n_columns] as table_layout_place has it */
    struct moments *moments;       /* [n_columns] */
    struct few_values *few_values; /* [n_counted], of the first columns */
    size_t n_counted;
    size_t *numeric; /* [n_columns]: which of the numeric ones it is */
    size_t n_numeric;
    struct quantiles *quantiles; /* of the numeric columns */
};

static size_t group_rows(const struct group_writer *group)
{
    return group->n_rows_left < group->rows_per_group ? (size_t)group->n_rows_left
                                                      : group->rows_per_group;
}

/* ---- cells of a chunk to a block of the group ---- */

static void put_doubles(enum spool_form form, const unsigned char *cells, size_t n,
                        unsigned char *block)
{
    static const double missing = NAN;
    if (form == SPOOL_DOUBLES)
        memcpy(block, cells, n * sizeof(missing));
    else if (form == SPOOL_SINGLES)
        table_layout_widen(cells, n, (double *)(void *)block);
    else
        for (size_t i = 0; i < n; i++)
            memcpy(block + i * sizeof(missing), &missing, sizeof(missing));
}

static void put_singles(enum spool_form form, const unsigned char *cells, size_t n,
                        unsigned char *block)
{
    static const float missing = NAN;
    if (form == SPOOL_SINGLES)
        memcpy(block, cells, n * sizeof(missing));
    else
        for (size_t i = 0; i < n; i++)
            memcpy(block + i * sizeof(missing), &missing, sizeof(missing));
}

static void put_codes(const struct column_builder *column, struct level *levels,
                      size_t width, const unsigned char *cells, size_t n,
                      unsigned char *block)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t code = UINT32_MAX, rank = UINT32_MAX;
        if (cells)
            memcpy(&code, cells + i * sizeof(code), sizeof(code));
        if (code != UINT32_MAX) {
            rank = column->rank_of[code];
            levels[rank].n_rows++;
        }
        memcpy(block + i * width, &rank, width);
    }
}

/* Rows first…first+n-1 of a chunk. */
static void put_rows(struct group_writer *group, const struct spool_chunk *chunk,
                     size_t first, size_t n)
{
    static const size_t sizes[] = {[SPOOL_SINGLES] = sizeof(float),
                                   [SPOOL_DOUBLES] = sizeof(double),
                                   [SPOOL_CODES] = sizeof(uint32_t),
                                   [SPOOL_MIXED] = sizeof(uint64_t)};
    size_t n_columns = group->summary->n_columns, n_rows = group_rows(group);
    for (size_t j = 0; j < n_columns; j++) {
        struct column_summary *column = &group->summary->columns[j];
        size_t width = table_layout_width(column);
        unsigned char *block =
            group->bytes + group->before[j] * n_rows + group->n_rows * width;
        enum spool_form form;
        const unsigned char *cells = spool_column_cells(chunk, j, &form);
        if (cells)
            cells += first * sizes[form];
        if (column->type != COLUMN_NUMERIC)
            put_codes(&group->columns[j], column->levels, width, cells, n, block);
        else if (column->is_single)
            put_singles(form, cells, n, block);
        else
            put_doubles(form, cells, n, block);
    }
    group->n_rows += n;
}

/* ---- groups ---- */

/* The numbers of column j in this group, which is full. */
static const double *find_numbers(const struct group_writer *group, size_t j)
{
    const void *block = group->bytes + group->before[j] * group->n_rows;
    if (!group->summary->columns[j].is_single)
        return block;
    table_layout_widen(block, group->n_rows, group->numbers);
    return group->numbers;
}

static void summarize_block(struct group_writer *group, size_t j)
{
    if (group->summary->columns[j].type != COLUMN_NUMERIC)
        return;
    const double *numbers = find_numbers(group, j);
    moments_add(&group->moments[j], numbers, group->n_rows);
    quantiles_add(group->quantiles, group->numeric[j], numbers, group->n_rows);
    if (j < group->n_counted)
        few_values_add(&group->few_values[j], numbers, group->n_rows);
}

/* Blocks of cells of a width, which lie one behind the other. Each goes on its way before
 * the next is looked at, as the sink may have threads of its own. */
static int write_blocks(struct group_writer *group, size_t width, struct error *err)
{
    const struct summary *summary = group->summary;
    for (size_t j = 0; j < summary->n_columns; j++) {
        if (table_layout_width(&summary->columns[j]) != width)
            continue;
        summarize_block(group, j);
        if (group->sink.write(group->sink.context,
                              group->bytes + group->before[j] * group->n_rows,
                              width * group->n_rows, err) < 0)
            return -1;
    }
    return 0;
}

static int end_group(struct group_writer *group, struct error *err)
{
    for (size_t width = sizeof(double); width > 0; width /= 2) /* as they are placed */
        if (write_blocks(group, width, err) < 0)
            return -1;
    group->n_rows_left -= group->n_rows;
    group->n_rows = 0;
    return 0;
}

static int put_chunk(void *context, struct spool_chunk *chunk, struct error *err)
{
    struct group_writer *group = context;
    for (size_t row = 0; row < chunk->n_rows;) {
        size_t n = chunk->n_rows - row;
        size_t room = group_rows(group) - group->n_rows;
        n = n < room ? n : room;
        put_rows(group, chunk, row, n);
        row += n;
        if (group->n_rows == group_rows(group) && end_group(group, err) < 0)
            return -1;
    }
    return 0;
}

static int start_groups(struct group_writer *group, struct error *err)
{
    const struct summary *summary = group->summary;
    group->before = memory_new(summary->n_columns, sizeof(*group->before), err);
    group->moments = memory_new(summary->n_columns, sizeof(*group->moments), err);
    group->n_counted =
        summary->n_columns < COUNTED_COLUMNS ? summary->n_columns : COUNTED_COLUMNS;
    group->few_values = memory_new(group->n_counted, sizeof(*group->few_values), err);
    group->numeric = memory_new(summary->n_columns, sizeof(*group->numeric), err);
    for (size_t j = 0; group->numeric && j < summary->n_columns; j++) {
        group->numeric[j] = group->n_numeric;
        group->n_numeric += summary->columns[j].type == COLUMN_NUMERIC;
    }
    group->quantiles = quantiles_new(summary->n_rows, group->n_numeric, err);
    if (!group->before || !group->moments || !group->few_values || !group->numeric ||
        !group->quantiles)
        return -1;
    group->row_bytes = table_layout_place(summary, group->before);
    size_t n_rows = GROUP_BYTES / group->row_bytes;
    n_rows = n_rows < GROUP_ROWS_MOST ? n_rows : GROUP_ROWS_MOST;
    group->rows_per_group = n_rows < 8 ? 8 : n_rows / 8 * 8;
    group->n_rows_left = summary->n_rows;
    group->bytes = memory_new_aligned(group_rows(group), group->row_bytes, err);
    group->numbers = memory_new(group_rows(group), sizeof(*group->numbers), err);
    return group->bytes && group->numbers ? 0 : -1;
}

static int write_footer(struct group_writer *group, struct error *err)
{
    struct buffer footer = BUFFER_EMPTY;
    pack_u64(&footer, group->rows_per_group);
    summary_pack(group->summary, SIZE_MAX, SIZE_MAX, &footer);
    int result = table_frame_end(group->sink, &footer, err);
    buffer_free(&footer);
    return result;
}

static int end_summary(const struct group_writer *group, struct error *err)
{
    for (size_t j = 0; j < group->summary->n_columns; j++) {
        struct column_summary *column = &group->summary->columns[j];
        if (column->type != COLUMN_NUMERIC)
            continue;
        table_frame_summarize(column, &group->moments[j],
                              j < group->n_counted ? &group->few_values[j] : NULL);
        if (table_frame_add_quantiles(column, group->quantiles, group->numeric[j], err) <
            0)
            return -1;
    }
    return 0;
}

int group_writer_run(struct spool *spool, const struct column_builder *columns,
                     struct summary *summary, struct byte_sink sink, struct error *err)
{
    struct group_writer group = {.columns = columns, .sink = sink, .summary = summary};
    int result = start_groups(&group, err);
    if (result == 0)
        result = table_frame_begin(sink, err);
    if (result == 0)
        result = spool_replay(spool, false, put_chunk, &group, err);
    if (result == 0)
        result = end_summary(&group, err);
    if (result == 0)
        result = write_footer(&group, err);
    quantiles_free(group.quantiles);
    memory_free(group.bytes);
    memory_free(group.numbers);
    memory_free(group.before);
    memory_free(group.moments);
    memory_free(group.few_values);
    memory_free(group.numeric);
    return result;
}
