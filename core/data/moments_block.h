/*
 * The loops of moments.h over a block of a column, compiled for each instruction set.
 */
#ifndef LOGITD_CORE_DATA_MOMENTS_BLOCK_H
#define LOGITD_CORE_DATA_MOMENTS_BLOCK_H

#include <stddef.h>
#include <stdint.h>

struct moments_block {
    uint64_t n; /* numbers among the values */
    double min, max;
    double scale;               /* s, which a caller chooses */
    double sum, rest;           /* Σ s·x = sum + rest */
    double deviations, squares; /* of s·x from the mean, as it was rounded */
};

/* values[n]; NaN is none. Fills in n, min and max. */
typedef void moments_block_fn(const double *values, size_t n,
                              struct moments_block *block);
moments_block_fn moments_plain_extremes, moments_avx2_extremes, moments_avx512_extremes;
/* The sums; n and scale are known. */
moments_block_fn moments_plain_sums, moments_avx2_sums, moments_avx512_sums;

#endif
