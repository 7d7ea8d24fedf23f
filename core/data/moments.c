#include "core/data/moments.h"

#include <math.h>

#define SUM_ROWS 256U /* summed plainly; sums of these are then added */

/* Of the numbers among the values: how many, least and greatest. */
static uint64_t extremes(const double *values, size_t n, double *min, double *max)
{
    double least = INFINITY, greatest = -INFINITY;
    uint64_t count = 0;
    for (size_t i = 0; i < n; i++) {
        double value = values[i];
        count += value == value;
        least = value < least ? value : least;
        greatest = value > greatest ? value : greatest;
    }
    *min = least;
    *max = greatest;
    return count;
}

/* A sum and what rounding has kept out of it. */
struct pair {
    double sum, rest;
};

/* Σ s·x over the numbers; the parts that roundings lose (Knuth's two-sum) add up aside,
 * so that numbers which nearly cancel leave a right sum behind. */
static struct pair add_up(const double *values, size_t n, double scale)
{
    struct pair all = {0, 0};
    for (size_t i = 0; i < n; i++) {
        double value = values[i] == values[i] ? values[i] * scale : 0;
        double sum = all.sum + value, part = sum - all.sum;
        all.rest += (all.sum - (sum - part)) + (value - part);
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
        double part = 0, part_squares = 0;
        for (size_t i = first; i < end; i++) {
            double d = values[i] == values[i] ? values[i] * scale - centre : 0;
            part += d;
            part_squares += d * d;
        }
        sum += part;
        squares += part_squares;
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
