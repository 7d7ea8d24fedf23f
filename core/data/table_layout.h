/*
 * The bytes of a table, for its writer and its reader alone. Little-endian:
 *
 *   head     magic (8 bytes), version (u32), zeros up to TABLE_LAYOUT_HEAD_BYTES
 *   groups   of rows_per_group rows (the last one of what is left); in a group one block
 * a column, in their order: f64 (NaN: missing), or indices of sorted levels in 1, 2 or 4
 *            bytes (all ones: missing)
 *   footer   rows_per_group (u64), the summary whole (summary_pack)
 *   tail     bytes of the footer (u64), magic
 *
 * So the place of every block is a matter of arithmetic.
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
