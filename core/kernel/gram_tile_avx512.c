#include <immintrin.h>

#include "core/kernel/gram_tile.h"
#include "core/kernel/vector_avx512.h"

#define WIDEST 3U /* panels of a tile: 24 sums of the 32 registers */
#define CHAINS 8U /* what the multipliers have in flight: latency 4 of two */
#define SUMS                                                                             \
    4U /* of weighted rows, for rows in turn: they do not wait for each other            \
        */
#define inline_always static inline __attribute__((always_inline))

inline_always __m512d weigh_row(double h, const double *x, double *weighted)
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

/* A factor serves all vectors of the row, which stay in registers. */
inline_always void add_row(const double *weighted, const double *x, size_t height,
                           size_t width, __m512d *sum)
{
    __m512d row[WIDEST];
    for (size_t l = 0; l < width; l++)
        row[l] = _mm512_loadu_pd(x + GRAM_TILE_WIDTH * l);
    for (size_t k = 0; k < height; k++) {
        __m512d factor = _mm512_set1_pd(weighted[k]);
        for (size_t l = 0; l < width; l++)
            sum[k * width + l] = _mm512_fmadd_pd(factor, row[l], sum[k * width + l]);
    }
}

/* height × 8·width sums; of small ones several sets, for rows in turn. */
inline_always void tile(size_t n_rows, const double *weighted, const double *x,
                        size_t stride, size_t height, size_t width,
                        struct gram_tile_ahead *ahead, double *sums, size_t sums_stride)
{
    const size_t n_sums = height * width;
    const size_t n_sets = n_sums >= CHAINS ? 1 : n_sums >= CHAINS / 2 ? 2 : 4;
    __m512d sum[CHAINS * WIDEST];
    const size_t step = gram_tile_step(ahead);
    const char *line = ahead->at;
    size_t r = 0;
    for (size_t i = 0; i < n_sets * n_sums; i++)
        sum[i] = _mm512_setzero_pd();
    for (; r + n_sets <= n_rows; r += n_sets)
        for (size_t s = 0; s < n_sets; s++, weighted += GRAM_TILE_WIDTH, x += stride) {
            _mm_prefetch(line, _MM_HINT_T1);
            line += step;
            add_row(weighted, x, height, width, sum + s * n_sums);
        }
    for (; r < n_rows; r++, weighted += GRAM_TILE_WIDTH, x += stride)
        add_row(weighted, x, height, width, sum);
    gram_tile_called(ahead, n_rows);
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
        tile(n_rows, weighted, x, stride, height, width, ahead, sums, sums_stride);      \
        break
#define TILES(height)                                                                    \
    TILE(height, 1);                                                                     \
    TILE(height, 2);                                                                     \
    TILE(height, 3)

static void any_tile(size_t n_rows, const double *weighted, const double *x,
                     size_t stride, size_t height, size_t width,
                     struct gram_tile_ahead *ahead, double *sums, size_t sums_stride)
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
                            const double *x, size_t stride, size_t n_panels,
                            struct gram_tile_ahead *ahead, double *sums)
{
    for (size_t panel = 0, width; panel < n_panels; panel += width) {
        width = width_of(n_panels - panel);
        any_tile(n_rows, weighted, x + GRAM_TILE_WIDTH * panel, stride, n_used, width,
                 ahead, sums + GRAM_TILE_WIDTH * panel, GRAM_TILE_WIDTH * n_panels);
    }
}

void gram_tile_avx512_add(size_t n, const double *sums, double sign, double *gram)
{
    __m512d factor = _mm512_set1_pd(sign);
    for (size_t l = 0; l < n; l += GRAM_TILE_WIDTH) {
        __mmask8 mask = vector_lanes(n - l);
        __m512d old = _mm512_maskz_loadu_pd(mask, gram + l);
        __m512d sum = _mm512_maskz_loadu_pd(mask, sums + l);
        _mm512_mask_storeu_pd(gram + l, mask, _mm512_fmadd_pd(factor, sum, old));
    }
}
