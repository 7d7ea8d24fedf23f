/*
 * Count, extremes, mean and variance of a column of numbers, block by block in one pass:
 * the sum with what its roundings lose, so that the mean is right to the last digit;
 * squared deviations of a block by a second pass over it, merged as Chan,
 * Golub and LeVeque have it ("Updating formulae and a pairwise algorithm for computing
 * sample variances", 1979). Works in units of a power of two, so that neither 1e300 nor
 * 1e-300 over- or underflows.
 */
#ifndef LOGITD_CORE_DATA_MOMENTS_H
#define LOGITD_CORE_DATA_MOMENTS_H

#include <stddef.h>
#include <stdint.h>

struct moments { /* all zero: of no numbers */
    uint64_t n;
    double min, max;
    long double sum, rest; /* Σx = sum + rest */
    long double squares;   /* Σ(x - mean)² */
};

/* NaN: missing, passed over. Others are finite. */
void moments_add(struct moments *moments, const double *values, size_t n);

/* NaN where there are too few numbers; std has the divisor n-1. */
double moments_mean(const struct moments *moments);
double moments_std(const struct moments *moments);

#endif
