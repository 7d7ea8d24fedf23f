/*
 * The bytes of a table, for its writer and its reader alone; little-endian.
 *
 * Head: magic (8 bytes), version (u32), zeros up to TABLE_LAYOUT_HEAD_BYTES.
 *
 * Groups of rows_per_group rows, a multiple of 8 (the last one: of what is left). In a
 * group one block a column: first those of numbers, f64 (NaN: missing), then those of
 * indices of sorted levels in 4, in 2 and in 1 byte (all ones: missing). So every cell is
 * aligned, and the place of every block is a matter of arithmetic.
 *
 * Footer: rows_per_group (u64), the summary whole (summary_pack).
 *
 * Tail: bytes of the footer (u64), magic.
 */
#ifndef LOGITD_CORE_DATA_TABLE_LAYOUT_H
#define LOGITD_CORE_DATA_TABLE_LAYOUT_H

#include "core/data/summary.h"

#define TABLE_LAYOUT_MAGIC "logitdtb"
#define TABLE_LAYOUT_MAGIC_BYTES 8U
#define TABLE_LAYOUT_VERSION 1U
#define TABLE_LAYOUT_HEAD_BYTES 64U
#define TABLE_LAYOUT_TAIL_BYTES 16U

/* Bytes of one cell. A code of all ones is not among the levels. */
static inline size_t table_layout_width(const struct column_summary *column)
{
    if (column->type == COLUMN_NUMERIC)
        return 8;
    return column->n_levels <= 0xff ? 1 : column->n_levels <= 0xffff ? 2 : 4;
}

/* before[j]: bytes of the cells that lie before column j's in a row. Returns the bytes of
 * a row. */
static inline size_t table_layout_place(const struct summary *summary, size_t *before)
{
    size_t at = 0;
    for (size_t width = 8; width > 0; width /= 2)
        for (size_t j = 0; j < summary->n_columns_kept; j++)
            if (table_layout_width(&summary->columns[j]) == width) {
                before[j] = at;
                at += width;
            }
    return at;
}

#endif
