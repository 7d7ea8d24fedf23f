#include <immintrin.h>

#include "core/kernel/gram_tile.h"
#include "core/kernel/vector_avx512.h"

#define MOST_HEIGHT 8 /* 24 sums of the 32 registers */
#define WIDEST 3U
#define CHAINS 8U /* latency 4 of two multipliers */
#define SETS(n_sums) ((n_sums) >= CHAINS ? 1 : (n_sums) >= CHAINS / 2 ? 2 : 4)

#include "core/kernel/gram_tile_body.h"

/* Sums of weighted rows, for rows in turn: they do not wait for each other. */
#define SUMS 4U

INLINE_ALWAYS __m512d weigh_row(double h, const double *x, double *weighted)
{
    __m512d row = _mm512_mul_pd(_mm512_set1_pd(h), _mm512_loadu_pd(x));
    _mm512_storeu_pd(weighted, row);
    return row;
}

void gram_tile_avx512_weigh(size_t n_rows, const double *h, const double *x,
                            size_t stride, double *weighted, double *sums)
{
    __m512d sum[SUMS];
    size_t r = 0;
    for (size_t k = 0; k < SUMS; k++)
        sum[k] = _mm512_setzero_pd();
    for (; r + SUMS <= n_rows; r += SUMS)
        for (size_t k = 0; k < SUMS; k++, x += stride, weighted += GRAM_TILE_WIDTH)
            sum[k] = _mm512_add_pd(sum[k], weigh_row(h[r + k], x, weighted));
    for (; r < n_rows; r++, x += stride, weighted += GRAM_TILE_WIDTH)
        sum[0] = _mm512_add_pd(sum[0], weigh_row(h[r], x, weighted));
    _mm512_storeu_pd(sums, _mm512_add_pd(_mm512_add_pd(sum[0], sum[1]),
                                         _mm512_add_pd(sum[2], sum[3])));
}

void gram_tile_avx512_strip(size_t n_rows, const double *weighted, size_t n_used,
                            const double *x, size_t stride, size_t n_panels,
                            struct gram_tile_ahead *ahead, double *sums)
{
    all_tiles(n_rows, weighted, n_used, x, stride, n_panels, ahead, sums);
}

void gram_tile_avx512_add(size_t n, const double *sums, double sign, double *gram)
{
    add_all(n, sums, sign, gram);
}
