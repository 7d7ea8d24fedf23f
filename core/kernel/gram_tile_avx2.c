#include <immintrin.h>

#include "core/kernel/gram_tile.h"
#include "core/kernel/vector_avx2.h"

#define HALF 4U   /* rows of a tile: of twelve sums in the 16 registers */
#define WIDEST 3U /* vectors of a tile */
#define inline_always static inline __attribute__((always_inline))

void gram_tile_avx2_weigh(size_t n_rows, const double *h, const double *x, size_t stride,
                          double *weighted, double *sums)
{
    __m256d left_sum = _mm256_setzero_pd(), right_sum = _mm256_setzero_pd();
    for (size_t r = 0; r < n_rows; r++, x += stride, weighted += GRAM_TILE_WIDTH) {
        __m256d weight = _mm256_broadcast_sd(h + r);
        __m256d left = _mm256_mul_pd(weight, _mm256_loadu_pd(x));
        __m256d right = _mm256_mul_pd(weight, _mm256_loadu_pd(x + LANES));
        _mm256_storeu_pd(weighted, left);
        _mm256_storeu_pd(weighted + LANES, right);
        left_sum = _mm256_add_pd(left_sum, left);
        right_sum = _mm256_add_pd(right_sum, right);
    }
    _mm256_storeu_pd(sums, left_sum);
    _mm256_storeu_pd(sums + LANES, right_sum);
}

/* height × 4·width sums. */
inline_always void tile(size_t n_rows, const double *weighted, const double *x,
                        size_t stride, size_t height, size_t width,
                        struct gram_tile_ahead *ahead, double *sums, size_t sums_stride)
{
    __m256d sum[HALF * WIDEST];
    const size_t step = gram_tile_step(ahead);
    const char *line = ahead->at;
    for (size_t i = 0; i < height * width; i++)
        sum[i] = _mm256_setzero_pd();
    for (size_t r = 0; r < n_rows; r++, weighted += GRAM_TILE_WIDTH, x += stride) {
        __m256d row[WIDEST];
        _mm_prefetch(line, _MM_HINT_T1);
        line += step;
        for (size_t l = 0; l < width; l++)
            row[l] = _mm256_loadu_pd(x + LANES * l);
        for (size_t k = 0; k < height; k++) {
            __m256d factor = _mm256_broadcast_sd(weighted + k);
            for (size_t l = 0; l < width; l++)
                sum[k * width + l] = _mm256_fmadd_pd(factor, row[l], sum[k * width + l]);
        }
    }
    gram_tile_called(ahead, n_rows);
    for (size_t k = 0; k < height; k++)
        for (size_t l = 0; l < width; l++)
            _mm256_storeu_pd(sums + sums_stride * k + LANES * l, sum[k * width + l]);
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
    }
}

/* Tiles of two vectors rather than of three and one. */
static size_t width_of(size_t n_left)
{
    return n_left <= WIDEST ? n_left : n_left == WIDEST + 1 ? 2 : WIDEST;
}

void gram_tile_avx2_strip(size_t n_rows, const double *weighted, size_t n_used,
                          const double *x, size_t stride, size_t n_panels,
                          struct gram_tile_ahead *ahead, double *sums)
{
    size_t sums_stride = GRAM_TILE_WIDTH * n_panels, n_vectors = sums_stride / LANES;
    for (size_t k = 0; k < n_used; k += HALF)
        for (size_t v = 0, width; v < n_vectors; v += width) {
            width = width_of(n_vectors - v);
            any_tile(n_rows, weighted + k, x + LANES * v, stride,
                     n_used - k < HALF ? n_used - k : HALF, width, ahead,
                     sums + sums_stride * k + LANES * v, sums_stride);
        }
}

void gram_tile_avx2_add(size_t n, const double *sums, double sign, double *gram)
{
    __m256d factor = _mm256_set1_pd(sign);
    for (size_t l = 0; l < n; l += LANES) {
        __m256i lanes = vector_lanes(n - l);
        __m256d old = _mm256_maskload_pd(gram + l, lanes);
        __m256d sum = _mm256_maskload_pd(sums + l, lanes);
        _mm256_maskstore_pd(gram + l, lanes, _mm256_fmadd_pd(factor, sum, old));
    }
}
