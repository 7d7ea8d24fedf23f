#include "core/data/moments.h"

#include <math.h>

#define SUM_ROWS 256U /* summed plainly; sums of these are then added */

/* Two sums side by side: a vector of any machine. */
#define LANES 2U
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t lane_bits __attribute__((vector_size(LANES * sizeof(double))));

/* The next values, of which there are n; NaN behind them. */
static inline lanes load(const double *values, size_t n)
{
    return (lanes){values[0], n > 1 ? values[1] : (double)NAN};
}

/* Of the numbers among the values: how many, least and greatest. */
static uint64_t extremes(const double *values, size_t n, double *min, double *max)
{
    lanes least = (lanes){0} + (double)INFINITY, greatest = -least, x;
    lane_bits count = {0};
    for (size_t i = 0; i < n; i += LANES) {
        x = load(values + i, n - i);
        lane_bits is_less = x<least, is_greater = x> greatest;
        count -= x == x;
        least = (lanes)(((lane_bits)x & is_less) | ((lane_bits)least & ~is_less));
        greatest =
            (lanes)(((lane_bits)x & is_greater) | ((lane_bits)greatest & ~is_greater));
    }
    *min = INFINITY;
    *max = -INFINITY;
    for (size_t k = 0; k < LANES; k++) {
        *min = least[k] < *min ? least[k] : *min;
        *max = greatest[k] > *max ? greatest[k] : *max;
    }
    return (uint64_t)(count[0] + count[1]);
}

/* A sum and what rounding has kept out of it. */
struct pair {
    double sum, rest;
};

/* Σ s·x over the numbers; the parts that roundings lose (Knuth's two-sum) add up aside,
 * so that numbers which nearly cancel leave a right sum behind. */
static struct pair add_up(const double *values, size_t n, double scale)
{
    lanes sums = {0}, rests = {0}, x;
    for (size_t i = 0; i < n; i += LANES) {
        x = load(values + i, n - i);
        x = (lanes)((lane_bits)(x * scale) & (x == x));
        lanes sum = sums + x, part = sum - sums;
        rests += (sums - (sum - part)) + (x - part);
        sums = sum;
    }
    struct pair all = {sums[0], rests[0]};
    for (size_t k = 1; k < LANES; k++) {
        double sum = all.sum + sums[k], part = sum - all.sum;
        all.rest += (all.sum - (sum - part)) + (sums[k] - part) + rests[k];
        all.sum = sum;
    }
    return all;
}

/* Σ (s·x - centre)², less what a centre that is off the mean by a rounding adds. */
static long double add_squares(const double *values, size_t n, double scale,
                               double centre, double count)
{
    double sum = 0, squares = 0;
    for (size_t first = 0; first < n; first += SUM_ROWS) {
        size_t end = n - first < SUM_ROWS ? n : first + SUM_ROWS;
        lanes part = {0}, part_squares = {0}, x;
        for (size_t i = first; i < end; i += LANES) {
            x = load(values + i, end - i);
            x = (lanes)((lane_bits)(x * scale - centre) & (x == x));
            part += x;
            part_squares += x * x;
        }
        sum += part[0] + part[1];
        squares += part_squares[0] + part_squares[1];
    }
    return (long double)squares - (long double)sum * sum / count;
}

static long double mean_of(const struct moments *moments)
{
    return (moments->sum + moments->rest) / (long double)moments->n;
}

static void merge_sums(struct moments *all, const struct moments *block)
{
    long double sum = all->sum + block->sum, part = sum - all->sum;
    all->rest += (all->sum - (sum - part)) + (block->sum - part) + block->rest;
    all->sum = sum;
}

static void merge(struct moments *all, const struct moments *block)
{
    if (all->n == 0) {
        *all = *block;
        return;
    }
    long double n = (long double)all->n + (long double)block->n;
    long double share = (long double)block->n / n;
    long double distance = mean_of(block) - mean_of(all);
    all->squares += block->squares + distance * distance * share * (long double)all->n;
    merge_sums(all, block);
    all->min = block->min < all->min ? block->min : all->min;
    all->max = block->max > all->max ? block->max : all->max;
    all->n += block->n;
}

void moments_add(struct moments *moments, const double *values, size_t n)
{
    struct moments block = {0};
    block.n = extremes(values, n, &block.min, &block.max);
    if (block.n == 0)
        return;
    /* s·x is at most 1 in size; 2^-1000 is as small as its inverse can be undone. */
    int exponent;
    frexp(fmax(fabs(block.min), fabs(block.max)), &exponent);
    exponent = exponent < -1000 ? -1000 : exponent;
    double scale = ldexp(1, -exponent), count = (double)block.n;
    struct pair all = add_up(values, n, scale);
    double mean = (all.sum + all.rest) / count;
    block.sum = ldexpl(all.sum, exponent);
    block.rest = ldexpl(all.rest, exponent);
    block.squares = ldexpl(add_squares(values, n, scale, mean, count), 2 * exponent);
    merge(moments, &block);
}

double moments_mean(const struct moments *moments)
{
    return moments->n > 0 ? (double)mean_of(moments) : (double)NAN;
}

double moments_std(const struct moments *moments)
{
    if (moments->n < 2)
        return NAN;
    return (double)sqrtl(fmaxl(moments->squares, 0) / (long double)(moments->n - 1));
}
