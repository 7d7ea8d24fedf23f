#include <string.h>

#include "core/kernel/gram_tile.h"

void gram_tile_plain_weigh(size_t n_rows, const double *h, const double *x, size_t stride,
                           double *weighted, double *sums)
{
    memset(sums, 0, GRAM_TILE_WIDTH * sizeof(*sums));
    for (size_t r = 0; r < n_rows; r++, x += stride)
        for (size_t k = 0; k < GRAM_TILE_WIDTH; k++)
            sums[k] += *weighted++ = h[r] * x[k];
}

static void add_tile(size_t n_rows, const double *weighted, const double *x,
                     size_t stride, double sums[GRAM_TILE_WIDTH][GRAM_TILE_WIDTH])
{
    for (size_t r = 0; r < n_rows; r++, weighted += GRAM_TILE_WIDTH, x += stride)
        for (size_t k = 0; k < GRAM_TILE_WIDTH; k++)
            for (size_t l = 0; l < GRAM_TILE_WIDTH; l++)
                sums[k][l] += weighted[k] * x[l];
}

void gram_tile_plain_strip(size_t n_rows, const double *weighted, size_t n_used,
                           const double *x, size_t stride, size_t n_panels,
                           struct gram_tile_ahead *ahead, double *sums)
{
    (void)ahead;
    for (size_t panel = 0; panel < n_panels; panel++, x += GRAM_TILE_WIDTH) {
        double tile[GRAM_TILE_WIDTH][GRAM_TILE_WIDTH] = {{0}};
        add_tile(n_rows, weighted, x, stride, tile);
        for (size_t k = 0; k < n_used; k++)
            memcpy(sums + GRAM_TILE_WIDTH * (n_panels * k + panel), tile[k],
                   sizeof(tile[k]));
    }
}

void gram_tile_plain_add(size_t n, const double *sums, double sign, double *gram)
{
    for (size_t l = 0; l < n; l++)
        gram[l] += sign * sums[l];
}
