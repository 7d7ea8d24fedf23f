#include "core/data/summary.h"

#include <string.h>

#include "core/base/memory.h"

/* Of a packed column at least: name, type, missing cells, moments or counts of levels. */
#define LEAST_COLUMN_BYTES 34U

const double summary_shares[SUMMARY_QUANTILES] = {0.01, 0.05, 0.25, 0.5,
                                                  0.75, 0.95, 0.99};

void summary_free(struct summary *summary)
{
    for (size_t j = 0; j < summary->n_columns_kept; j++) {
        memory_free(summary->columns[j].name);
        memory_free(summary->columns[j].levels);
        memory_free(summary->columns[j].quantiles);
    }
    memory_free(summary->columns);
    *summary = (struct summary){0};
}

int summary_extend(struct summary *extended, const struct summary *summary,
                   const struct column_summary *more, size_t n_more, struct error *err)
{
    size_t n = summary->n_columns_kept;
    struct column_summary *columns = memory_new(n + n_more, sizeof(*columns), err);
    if (!columns)
        return -1;
    memcpy(columns, summary->columns, n * sizeof(*columns));
    memcpy(columns + n, more, n_more * sizeof(*columns));
    *extended = (struct summary){.n_rows = summary->n_rows,
                                 .n_columns = summary->n_columns + n_more,
                                 .columns = columns,
                                 .n_columns_kept = n + n_more};
    return 0;
}

size_t summary_find(const struct summary *summary, const char *name)
{
    for (size_t j = 0; j < summary->n_columns_kept; j++)
        if (strcmp(summary->columns[j].name, name) == 0)
            return j;
    return SIZE_MAX;
}

int summary_index(const struct summary *summary, struct dictionary *names,
                  struct error *err)
{
    for (size_t j = 0; j < summary->n_columns_kept; j++) {
        const char *name = summary->columns[j].name;
        if (dictionary_add(names, name, strlen(name), err) == DICTIONARY_NONE)
            return -1;
    }
    return 0;
}

/* ---- as bytes ---- */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void pack_column(const struct column_summary *column, size_t n_levels_most,
                        struct buffer *out)
{
    pack_string(out, column->name);
    pack_u8(out, (uint8_t)column->type);
    pack_u64(out, column->n_missing);
    if (column->type == COLUMN_NUMERIC) {
        pack_f64(out, column->min);
        pack_f64(out, column->max);
        pack_f64(out, column->mean);
        pack_f64(out, column->std);
        pack_u32(out, (uint32_t)column->n_distinct);
        pack_u8(out, column->are_whole);
        pack_u8(out, column->is_sparse);
        pack_u8(out, column->is_single);
        pack_u8(out, column->quantiles != NULL);
        for (size_t i = 0; column->quantiles && i < SUMMARY_QUANTILES; i++)
            pack_f64(out, column->quantiles[i]);
    } else {
        levels_pack(column->levels, column->n_levels,
                    least(column->n_levels_kept, n_levels_most), out);
    }
}

void summary_pack(const struct summary *summary, size_t n_columns_most,
                  size_t n_levels_most, struct buffer *out)
{
    size_t n_kept = least(summary->n_columns_kept, n_columns_most);
    pack_u64(out, summary->n_rows);
    pack_u64(out, summary->n_columns);
    pack_u64(out, n_kept);
    for (size_t j = 0; j < n_kept; j++)
        pack_column(&summary->columns[j], n_levels_most, out);
}

static void unpack_quantiles(struct column_summary *column, struct pack_reader *in,
                             struct error *err)
{
    if (pack_read_u8(in) == 0)
        return;
    column->quantiles = memory_new(SUMMARY_QUANTILES, sizeof(*column->quantiles), err);
    in->failed = in->failed || !column->quantiles;
    for (size_t i = 0; column->quantiles && i < SUMMARY_QUANTILES; i++)
        column->quantiles[i] = pack_read_f64(in);
}

static void unpack_column(struct column_summary *column, struct pack_reader *in,
                          struct error *err)
{
    column->name = pack_read_string(in, err);
    uint8_t type = pack_read_u8(in);
    in->failed = in->failed || !column->name || type > COLUMN_CATEGORICAL;
    column->type = type == COLUMN_NUMERIC ? COLUMN_NUMERIC : COLUMN_CATEGORICAL;
    column->n_missing = pack_read_u64(in);
    if (column->type == COLUMN_NUMERIC) {
        column->min = pack_read_f64(in);
        column->max = pack_read_f64(in);
        column->mean = pack_read_f64(in);
        column->std = pack_read_f64(in);
        column->n_distinct = pack_read_u32(in);
        column->are_whole = pack_read_u8(in) != 0;
        column->is_sparse = pack_read_u8(in) != 0;
        column->is_single = pack_read_u8(in) != 0;
        unpack_quantiles(column, in, err);
    } else {
        column->levels =
            levels_unpack(in, &column->n_levels, &column->n_levels_kept, err);
        in->failed = in->failed || !column->levels;
    }
}

int summary_unpack(struct summary *summary, struct pack_reader *in, struct error *err)
{
    struct summary fresh = {.n_rows = pack_read_u64(in)};
    uint64_t n_columns = pack_read_u64(in);
    size_t n_kept = pack_read_count(in, LEAST_COLUMN_BYTES);
    in->failed = in->failed || n_columns < n_kept;
    if (pack_check(in, err) < 0)
        return -1;
    fresh.n_columns = (size_t)n_columns;
    fresh.columns = memory_new(n_kept, sizeof(*fresh.columns), err);
    if (!fresh.columns)
        return -1;
    while (fresh.n_columns_kept < n_kept && !in->failed)
        unpack_column(&fresh.columns[fresh.n_columns_kept++], in, err);
    if (pack_check(in, err) < 0) {
        summary_free(&fresh);
        return -1;
    }
    *summary = fresh;
    return 0;
}
