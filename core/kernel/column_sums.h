/*
 * What rows of numbers add up to, by columns: Σ ω(x - near), Σ ω(x - near)², least and
 * greatest x. Each number is read once; near is a number of the column's own size, so
 * that squares do not cancel. Where columns are few, several rows lie side by side in the
 * sums, so that vectors are full; they are folded in the end. The loops are compiled once
 * for each instruction set, and give the same bits on all: every column of a fold is
 * added up row by row.
 *
 * Roofline: a number is read once, and the sums of a line stay in the first cache: 43
 * GB/s from the second cache on an Intel Xeon with AVX-512, and from memory as fast as it
 * reads (12 of 14 GB/s beside other programs).
 */
#ifndef LOGITD_CORE_KERNEL_COLUMN_SUMS_H
#define LOGITD_CORE_KERNEL_COLUMN_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

/* All arrays are [n_rows × n_columns], row by row without gaps. */
struct column_sums {
    size_t n_columns;
    size_t n_rows;    /* side by side */
    size_t n_shifted; /* columns whose near is not 0, ascending */
    uint32_t *shifted;
    double *near;
    double *deviations, *squares, *least, *greatest;
};

/* near[n_columns] is copied; NULL: 0. */
int column_sums_new(struct column_sums *sums, size_t n_columns, const double *near,
                    struct error *err) MUST_CHECK;
void column_sums_free(struct column_sums *sums); /* all-zero is fine */
void column_sums_clear(struct column_sums *sums);

/*
 * Adds x[n_rows × n_columns], each row with its weight ω > 0; NULL: 1. A deviation is no
 * finite number in the end where a number is none, or where they overflow. One thread.
 */
void column_sums_add(struct column_sums *sums, size_t n_rows, const double *x,
                     const double *weights);

/*
 * The same of rows that are stored by their entries (gram.h), with the same bits, but for
 * least and greatest: they are of what has an entry, and of columns whose near is not 0.
 */
void column_sums_add_entries(struct column_sums *sums, size_t n_rows,
                             const uint64_t *starts, const uint32_t *columns,
                             const double *values, const double *weights);

/* What came together of column j. */
struct column_sum {
    double deviations, squares, least, greatest;
};
struct column_sum column_sums_fold(const struct column_sums *sums, size_t column);

/* The loops: rows of n numbers; w: one a row. */
typedef void column_sums_fn(size_t n_rows, size_t n, const double *x, const double *w,
                            struct column_sums *sums);
column_sums_fn column_sums_plain_add, column_sums_avx2_add, column_sums_avx512_add;

#endif
