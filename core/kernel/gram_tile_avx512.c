#include <immintrin.h>

#include "core/kernel/gram_tile.h"

/* One vector of sums a k: eight chains, as many as the multiplier has in flight. */
void gram_tile_avx512_product(size_t n_rows, const double *a, const double *b,
                              double *sums)
{
    __m512d sum[GRAM_TILE_WIDTH];
    for (size_t k = 0; k < GRAM_TILE_WIDTH; k++)
        sum[k] = _mm512_setzero_pd();
    for (size_t r = 0; r < n_rows; r++, a += GRAM_TILE_WIDTH, b += GRAM_TILE_WIDTH) {
        __m512d row = _mm512_load_pd(b);
        for (size_t k = 0; k < GRAM_TILE_WIDTH; k++)
            sum[k] = _mm512_fmadd_pd(_mm512_set1_pd(a[k]), row, sum[k]);
    }
    for (size_t k = 0; k < GRAM_TILE_WIDTH; k++)
        _mm512_storeu_pd(sums + GRAM_TILE_WIDTH * k, sum[k]);
}

void gram_tile_avx512_weigh(size_t n_rows, const double *h, const double *a,
                            double *weighted, double *sums)
{
    __m512d sum = _mm512_setzero_pd();
    for (size_t r = 0; r < n_rows;
         r++, a += GRAM_TILE_WIDTH, weighted += GRAM_TILE_WIDTH) {
        __m512d row = _mm512_mul_pd(_mm512_set1_pd(h[r]), _mm512_load_pd(a));
        _mm512_store_pd(weighted, row);
        sum = _mm512_add_pd(sum, row);
    }
    _mm512_storeu_pd(sums, sum);
}
