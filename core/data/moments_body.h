/* What the files of moments.h are made of, once for each instruction set: the same sums
 * in the same order, so that their bits do not depend on the machine. */
#ifndef LOGITD_CORE_DATA_MOMENTS_BODY_H
#define LOGITD_CORE_DATA_MOMENTS_BODY_H

#include <math.h>
#include <string.h>

#include "core/data/moments_block.h"

#define SUM_ROWS 256U /* summed plainly; sums of these are then added */

/* Sums side by side; where vectors are shorter, the compiler takes several. */
#define LANES 8U
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t lane_bits __attribute__((vector_size(LANES * sizeof(double))));

/* The next values, of which there are n; NaN behind them. Vectors of that length are no
 * results: how they would be returned depends on the instruction set. */
static inline void load(const double *values, size_t n, lanes *x)
{
    if (n >= LANES) {
        memcpy(x, values, sizeof(*x));
        return;
    }
    *x = (lanes){0} + (double)NAN;
    memcpy(x, values, n * sizeof(*values));
}

/* x, where it is chosen. */
static inline void choose(const lane_bits *where, const lanes *x, lanes *other)
{
    *other = (lanes)(((lane_bits)*x & *where) | ((lane_bits)*other & ~*where));
}

/* Of the numbers among the values: how many, least and greatest. */
static inline void find_extremes(const double *values, size_t n,
                                 struct moments_block *block)
{
    lanes least = (lanes){0} + (double)INFINITY, greatest = -least, x;
    lane_bits count = {0};
    for (size_t i = 0; i < n; i += LANES) {
        load(values + i, n - i, &x);
        count -= x == x;
        lane_bits is_less = x<least, is_greater = x> greatest;
        choose(&is_less, &x, &least);
        choose(&is_greater, &x, &greatest);
    }
    block->n = 0;
    block->min = INFINITY;
    block->max = -INFINITY;
    for (size_t k = 0; k < LANES; k++) {
        block->n += (uint64_t)count[k];
        block->min = least[k] < block->min ? least[k] : block->min;
        block->max = greatest[k] > block->max ? greatest[k] : block->max;
    }
}

/* Σ s·x over the numbers; the parts that roundings lose (Knuth's two-sum) add up aside,
 * so that numbers which nearly cancel leave a right sum behind. */
static inline void add_up(const double *values, size_t n, struct moments_block *block)
{
    lanes sums = {0}, rests = {0}, x;
    for (size_t i = 0; i < n; i += LANES) {
        load(values + i, n - i, &x);
        x = (lanes)((lane_bits)(x * block->scale) & (x == x));
        lanes sum = sums + x, part = sum - sums;
        rests += (sums - (sum - part)) + (x - part);
        sums = sum;
    }
    block->sum = sums[0];
    block->rest = rests[0];
    for (size_t k = 1; k < LANES; k++) {
        double sum = block->sum + sums[k], part = sum - block->sum;
        block->rest += (block->sum - (sum - part)) + (sums[k] - part) + rests[k];
        block->sum = sum;
    }
}

/* Σ (s·x - mean) and Σ (s·x - mean)². */
static inline void add_squares(const double *values, size_t n,
                               struct moments_block *block)
{
    double mean = (block->sum + block->rest) / (double)block->n;
    block->deviations = block->squares = 0;
    for (size_t first = 0; first < n; first += SUM_ROWS) {
        size_t end = n - first < SUM_ROWS ? n : first + SUM_ROWS;
        lanes part = {0}, part_squares = {0}, x;
        for (size_t i = first; i < end; i += LANES) {
            load(values + i, end - i, &x);
            x = (lanes)((lane_bits)(x * block->scale - mean) & (x == x));
            part += x;
            part_squares += x * x;
        }
        for (size_t k = 0; k < LANES; k++) {
            block->deviations += part[k];
            block->squares += part_squares[k];
        }
    }
}

#endif
