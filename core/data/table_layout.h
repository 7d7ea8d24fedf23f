/*
 * The bytes of a table, for its writer and its reader alone; little-endian.
 *
 * Head: magic (8 bytes), version (u32), zeros up to TABLE_LAYOUT_HEAD_BYTES.
 *
 * Groups of rows_per_group rows, a multiple of 8 (the last one: of what is left). In a
 * group one block a column, those of wide cells first: numbers (NaN: missing) as f64, or
 * as f32 where all numbers of the column are exactly that, and indices of sorted levels
 * in 4, 2 or 1 byte (all ones: missing). So every cell is aligned, and the place of every
 * block is a matter of arithmetic.
 *
 * Where there are sparse columns (the last ones), groups have any number of rows, as the
 * footer says, and behind those blocks, each at a multiple of 8: the starts of the rows
 * (u64, one more than rows, the first 0), the numbers of sparse columns (u32) and the
 * values of all entries (f64, also where f32 would be exact); then zeros up to a multiple
 * of 8.
 *
 * Footer: rows_per_group (u64; 0 where there are sparse columns), the summary whole
 * (summary_pack); where there are sparse columns the number of groups (u64) and of each
 * the numbers of rows and entries (u64 each).
 *
 * Tail: bytes of the footer (u64), magic.
 */
#ifndef LOGITD_CORE_DATA_TABLE_LAYOUT_H
#define LOGITD_CORE_DATA_TABLE_LAYOUT_H

#include <stdbool.h>
#include <string.h>

#include "core/data/summary.h"

#define TABLE_LAYOUT_MAGIC "logitdtb"
#define TABLE_LAYOUT_MAGIC_BYTES 8U
#define TABLE_LAYOUT_VERSION 4U
#define TABLE_LAYOUT_HEAD_BYTES 64U
#define TABLE_LAYOUT_TAIL_BYTES 16U

/* Bytes of one cell. A code of all ones is not among the levels. */
static inline size_t table_layout_width(const struct column_summary *column)
{
    if (column->type == COLUMN_NUMERIC)
        return column->is_single ? sizeof(float) : sizeof(double);
    return column->n_levels <= 0xff ? 1 : column->n_levels <= 0xffff ? 2 : 4;
}

/* Cells of f32, aligned or not, as the doubles that they stand for. */
static inline void table_layout_widen(const unsigned char *cells, size_t n,
                                      double *values)
{
    for (size_t i = 0; i < n; i++) {
        float single;
        memcpy(&single, cells + i * sizeof(single), sizeof(single));
        values[i] = (double)single;
    }
}

/* before[j]: bytes of the cells that lie before column j's in a row; 0 of a sparse one.
 * Returns the bytes of a row without sparse columns. */
static inline size_t table_layout_place(const struct summary *summary, size_t *before)
{
    size_t at = 0;
    for (size_t width = 8; width > 0; width /= 2)
        for (size_t j = 0; j < summary->n_columns_kept; j++)
            if (!summary->columns[j].is_sparse &&
                table_layout_width(&summary->columns[j]) == width) {
                before[j] = at;
                at += width;
            }
    return at;
}

/* Bytes of a group with sparse columns, and where its parts begin in it. */
struct table_layout_sparse {
    uint64_t starts, columns, values, n_bytes;
};

static inline uint64_t table_layout_round(uint64_t n_bytes)
{
    return (n_bytes + 7) / 8 * 8;
}

/* False if they are more than can be counted. */
static inline bool table_layout_sparse(size_t row_bytes, uint64_t n_rows,
                                       uint64_t n_entries,
                                       struct table_layout_sparse *layout)
{
    const uint64_t most = UINT64_C(1) << 59; /* of rows and of entries; by 8 at most */
    uint64_t dense;
    if (n_rows >= most / 8 || n_entries >= most / 8 ||
        __builtin_mul_overflow(n_rows, row_bytes, &dense) || dense >= most)
        return false;
    layout->starts = table_layout_round(dense);
    layout->columns = layout->starts + (n_rows + 1) * sizeof(uint64_t);
    layout->values = layout->columns + table_layout_round(n_entries * sizeof(uint32_t));
    layout->n_bytes = layout->values + n_entries * sizeof(double);
    return true;
}

#endif
