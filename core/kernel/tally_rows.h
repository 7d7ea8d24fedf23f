/*
 * Rows of indicators as places in tables. Columns that are 0 or 1 and of which a row has
 * at most one that is 1 are the levels of a factor; a table counts rows by the levels of
 * some factors, and a row has one place in each. Where each two factors are together in a
 * table, sums over rows by places tell all cross-products (core/model/tally_plan.h), for
 * one addition a table in place of one for each two entries. The first tables, the parts,
 * have each factor once: of them margins and gradients are made.
 *
 * A row may have up to TALLY_NUMBERS numbers besides, which stand in every row.
 *
 *   margins: z_i += Σ_t of_place[t's place of row i] + Σ_k number_ik of_number[k]
 *   product: places[t's place of row i] += v_i;  numbers[k] += v_i number_ik
 *   weigh:   places[…of all tables] += h_i;  mixed[t's place·N + k] += h_i number_ik;
 *            squares[k·N + l] += h_i number_ik number_il          N = TALLY_NUMBERS
 *
 * Tables lie one behind the other. Products and sums are rounded one by one, in order of
 * the tables and rows: the same bits from each instruction set.
 *
 * Bound by one load, addition and store a place; a9a's 34 places take 13 ns a row on a
 * core with AVX-512, where its 105 products of entries take 55.
 *
 * Thread-safe, no allocation.
 */
#ifndef LOGITD_CORE_KERNEL_TALLY_ROWS_H
#define LOGITD_CORE_KERNEL_TALLY_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "core/kernel/instructions.h"

#define TALLY_NUMBERS 8U
#define TALLY_MOST_TABLES 48U

struct tally_rows {
    size_t n_rows;
    size_t n_tables, n_parts; /* n_parts ≤ n_tables */
    size_t stride;            /* places from one row to the next: a multiple of 8 */
    uint16_t *places;         /* [n_rows × stride] */
    double *numbers;          /* [n_rows × TALLY_NUMBERS], 0 behind the last; or NULL */
};

/* What an entry of a column does to its row's places and numbers. */
struct tally_columns {
    const uint16_t *first; /* [stride] places of a row without entries */
    const uint16_t *steps; /* [n_columns × stride] by how much a 1 moves each */
    /* [n_columns] which number it is; TALLY_NUMBERS: none */
    const uint8_t *number;
};

typedef void tally_rows_margins_fn(const struct tally_rows *rows, const double *of_place,
                                   const double *of_number, double *z);
typedef void tally_rows_product_fn(const struct tally_rows *rows, const double *v,
                                   double *places, double *numbers);
typedef void tally_rows_weigh_fn(const struct tally_rows *rows, const double *h,
                                 double *places, double *mixed, double *squares);
/* Fills places and numbers of the rows from their entries. */
typedef void tally_rows_fill_fn(const struct tally_rows *rows,
                                const struct tally_columns *columns,
                                const uint64_t *starts, const uint32_t *entries,
                                const double *values);

struct tally_rows_kernel {
    tally_rows_margins_fn *margins;
    tally_rows_product_fn *product;
    tally_rows_weigh_fn *weigh;
    tally_rows_fill_fn *fill;
};

const struct tally_rows_kernel *tally_rows_of(enum instructions instructions);

tally_rows_margins_fn tally_rows_plain_margins, tally_rows_avx2_margins,
    tally_rows_avx512_margins;
tally_rows_product_fn tally_rows_plain_product, tally_rows_avx2_product,
    tally_rows_avx512_product;
tally_rows_weigh_fn tally_rows_plain_weigh, tally_rows_avx2_weigh,
    tally_rows_avx512_weigh;
tally_rows_fill_fn tally_rows_plain_fill, tally_rows_avx2_fill, tally_rows_avx512_fill;

#endif
