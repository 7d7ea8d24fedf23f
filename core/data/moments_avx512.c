#include "core/data/moments_body.h"

void moments_avx512_extremes(const double *values, size_t n, struct moments_block *block)
{
    find_extremes(values, n, block);
}

void moments_avx512_sums(const double *values, size_t n, struct moments_block *block)
{
    add_up(values, n, block);
    add_squares(values, n, block);
}
