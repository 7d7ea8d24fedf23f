#include <string.h>

#include "core/kernel/gram_tile.h"

void gram_tile_plain_product(size_t n_rows, const double *a, const double *b,
                             double *sums)
{
    memset(sums, 0, GRAM_TILE_SUMS * sizeof(*sums));
    for (size_t r = 0; r < n_rows; r++, a += GRAM_TILE_WIDTH, b += GRAM_TILE_WIDTH)
        for (size_t k = 0; k < GRAM_TILE_WIDTH; k++)
            for (size_t l = 0; l < GRAM_TILE_WIDTH; l++)
                sums[GRAM_TILE_WIDTH * k + l] += a[k] * b[l];
}

void gram_tile_plain_weigh(size_t n_rows, const double *h, const double *a,
                           double *weighted, double *sums)
{
    memset(sums, 0, GRAM_TILE_WIDTH * sizeof(*sums));
    for (size_t r = 0; r < n_rows; r++, a += GRAM_TILE_WIDTH)
        for (size_t k = 0; k < GRAM_TILE_WIDTH; k++)
            sums[k] += *weighted++ = h[r] * a[k];
}
