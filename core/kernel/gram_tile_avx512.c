#include <immintrin.h>

#include "core/kernel/gram_tile.h"

#define WIDEST 3U /* panels of a tile: 24 sums of the 32 registers */
#define CHAINS 8U /* what the multipliers have in flight: latency 4 of two */
#define inline_always static inline __attribute__((always_inline))

void gram_tile_avx512_weigh(size_t n_rows, const double *h, const double *x,
                            size_t stride, double *weighted, double *sums)
{
    __m512d sum = _mm512_setzero_pd();
    for (size_t r = 0; r < n_rows; r++, x += stride, weighted += GRAM_TILE_WIDTH) {
        __m512d row = _mm512_mul_pd(_mm512_set1_pd(h[r]), _mm512_loadu_pd(x));
        _mm512_storeu_pd(weighted, row);
        sum = _mm512_add_pd(sum, row);
    }
    _mm512_storeu_pd(sums, sum);
}

/* height × 8·width sums; of small ones several sets, for rows in turn. */
inline_always void tile(size_t n_rows, const double *weighted, const double *x,
                        size_t stride, size_t height, size_t width, double *sums,
                        size_t sums_stride)
{
    const size_t n_sums = height * width;
    const size_t n_sets = n_sums >= CHAINS ? 1 : n_sums >= CHAINS / 2 ? 2 : 4;
    __m512d sum[CHAINS * WIDEST];
    size_t r = 0;
    for (size_t i = 0; i < n_sets * n_sums; i++)
        sum[i] = _mm512_setzero_pd();
    for (; r + n_sets <= n_rows; r += n_sets)
        for (size_t s = 0; s < n_sets; s++, weighted += GRAM_TILE_WIDTH, x += stride)
            for (size_t l = 0; l < width; l++) {
                __m512d row = _mm512_loadu_pd(x + GRAM_TILE_WIDTH * l);
                for (size_t k = 0; k < height; k++)
                    sum[s * n_sums + k * width + l] =
                        _mm512_fmadd_pd(_mm512_set1_pd(weighted[k]), row,
                                        sum[s * n_sums + k * width + l]);
            }
    for (; r < n_rows; r++, weighted += GRAM_TILE_WIDTH, x += stride)
        for (size_t l = 0; l < width; l++)
            for (size_t k = 0; k < height; k++)
                sum[k * width + l] = _mm512_fmadd_pd(
                    _mm512_set1_pd(weighted[k]), _mm512_loadu_pd(x + GRAM_TILE_WIDTH * l),
                    sum[k * width + l]);
    for (size_t s = 1; s < n_sets; s++)
        for (size_t i = 0; i < n_sums; i++)
            sum[i] = _mm512_add_pd(sum[i], sum[s * n_sums + i]);
    for (size_t k = 0; k < height; k++)
        for (size_t l = 0; l < width; l++)
            _mm512_storeu_pd(sums + sums_stride * k + GRAM_TILE_WIDTH * l,
                             sum[k * width + l]);
}

#define TILE(height, width)                                                              \
    case WIDEST *(height) + (width)-1:                                                   \
        tile(n_rows, weighted, x, stride, height, width, sums, sums_stride);             \
        break
#define TILES(height)                                                                    \
    TILE(height, 1);                                                                     \
    TILE(height, 2);                                                                     \
    TILE(height, 3)

static void any_tile(size_t n_rows, const double *weighted, const double *x,
                     size_t stride, size_t height, size_t width, double *sums,
                     size_t sums_stride)
{
    switch (WIDEST * height + width - 1) {
        TILES(1);
        TILES(2);
        TILES(3);
        TILES(4);
        TILES(5);
        TILES(6);
        TILES(7);
        TILES(8);
    }
}

/* Tiles of two panels rather than of three and one. */
static size_t width_of(size_t n_left)
{
    return n_left <= WIDEST ? n_left : n_left == WIDEST + 1 ? 2 : WIDEST;
}

void gram_tile_avx512_strip(size_t n_rows, const double *weighted, size_t n_used,
                            const double *x, size_t stride, size_t n_panels, double *sums)
{
    for (size_t panel = 0, width; panel < n_panels; panel += width) {
        width = width_of(n_panels - panel);
        any_tile(n_rows, weighted, x + GRAM_TILE_WIDTH * panel, stride, n_used, width,
                 sums + GRAM_TILE_WIDTH * panel, GRAM_TILE_WIDTH * n_panels);
    }
}
