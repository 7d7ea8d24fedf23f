#include "core/data/moments.h"

#include <math.h>

#include "core/data/moments_block.h"
#include "core/kernel/instructions.h"

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

static moments_block_fn *const extremes[INSTRUCTIONS_N] = {
    [INSTRUCTIONS_PLAIN] = moments_plain_extremes,
    [INSTRUCTIONS_AVX2] = moments_avx2_extremes,
    [INSTRUCTIONS_AVX512] = moments_avx512_extremes};

static moments_block_fn *const sums[INSTRUCTIONS_N] = {
    [INSTRUCTIONS_PLAIN] = moments_plain_sums,
    [INSTRUCTIONS_AVX2] = moments_avx2_sums,
    [INSTRUCTIONS_AVX512] = moments_avx512_sums};

void moments_add(struct moments *moments, const double *values, size_t n)
{
    struct moments_block of = {0};
    enum instructions best = instructions_best();
    extremes[best](values, n, &of);
    if (of.n == 0)
        return;
    /* s·x is at most 1 in size; 2^-1000 is as small as its inverse can be undone. */
    int exponent;
    frexp(fmax(fabs(of.min), fabs(of.max)), &exponent);
    exponent = exponent < -1000 ? -1000 : exponent;
    of.scale = ldexp(1, -exponent);
    sums[best](values, n, &of);
    /* Less what a centre that is off the mean by a rounding adds. */
    long double deviations = (long double)of.deviations;
    long double squares =
        (long double)of.squares - deviations * deviations / (long double)of.n;
    const struct moments block = {.n = of.n,
                                  .min = of.min,
                                  .max = of.max,
                                  .sum = ldexpl((long double)of.sum, exponent),
                                  .rest = ldexpl((long double)of.rest, exponent),
                                  .squares = ldexpl(squares, 2 * exponent)};
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
