/*
 * The loops of spool_block.h over the cells of a column, compiled for each instruction
 * set.
 */
#ifndef LOGITD_CORE_DATA_SPOOL_COUNT_H
#define LOGITD_CORE_DATA_SPOOL_COUNT_H

#include "core/data/spool_block.h"

struct spool_counts {
    uint64_t n_numbers, n_codes;
    bool has_doubles; /* a number is not exactly a float */
};

typedef void spool_count_fn(const uint64_t *cells, size_t n, struct spool_counts *counts);
spool_count_fn spool_count_plain_cells, spool_count_avx2_cells, spool_count_avx512_cells;

/* n numbers, or absent ones, as f32. */
typedef void spool_round_fn(const uint64_t *cells, size_t n, unsigned char *to);
spool_round_fn spool_count_plain_round, spool_count_avx2_round, spool_count_avx512_round;

/*
 * Eight columns of cells, of rows `stride` cells apart, as f32 straight to their places,
 * `apart` bytes from each other; counts[k] tells how many numbers column k has. False if
 * some cell is a code or not exactly an f32, or a column has no number: then nothing of
 * that holds.
 */
#define SPOOL_COUNT_COLUMNS 8U
typedef bool spool_singles_fn(const uint64_t *cells, size_t n_rows, size_t stride,
                              unsigned char *to, size_t apart, uint64_t *counts);
spool_singles_fn spool_count_plain_singles, spool_count_avx2_singles,
    spool_count_avx512_singles;

#endif
