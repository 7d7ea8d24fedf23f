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

/* Σ (s·x - centre) and Σ (s·x - centre)² over the numbers. */
static void add_up(const double *values, size_t n, double scale, double centre,
                   double *sum, double *squares)
{
    *sum = *squares = 0;
    for (size_t first = 0; first < n; first += SUM_ROWS) {
        size_t end = n - first < SUM_ROWS ? n : first + SUM_ROWS;
        double part = 0, part_squares = 0;
        for (size_t i = first; i < end; i++) {
            double d = values[i] == values[i] ? values[i] * scale - centre : 0;
            part += d;
            part_squares += d * d;
        }
        *sum += part;
        *squares += part_squares;
    }
}

static void merge(struct moments *all, const struct moments *block)
{
    if (all->n == 0) {
        *all = *block;
        return;
    }
    long double n = (long double)all->n + (long double)block->n;
    long double share = (long double)block->n / n;
    long double distance = block->mean - all->mean;
    all->mean += distance * share;
    all->squares += block->squares + distance * distance * share * (long double)all->n;
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
    double scale = ldexp(1, -exponent), count = (double)block.n, sum, squares;
    add_up(values, n, scale, 0, &sum, &squares);
    double mean = sum / count;
    add_up(values, n, scale, mean, &sum, &squares);
    block.mean = ldexpl((long double)mean + (long double)sum / count, exponent);
    block.squares =
        ldexpl((long double)squares - (long double)sum * sum / count, 2 * exponent);
    merge(moments, &block);
}

double moments_mean(const struct moments *moments)
{
    return moments->n > 0 ? (double)moments->mean : (double)NAN;
}

double moments_std(const struct moments *moments)
{
    if (moments->n < 2)
        return NAN;
    return (double)sqrtl(fmaxl(moments->squares, 0) / (long double)(moments->n - 1));
}
