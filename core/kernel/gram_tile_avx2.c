#include <immintrin.h>

#include "core/kernel/gram_tile.h"
#include "core/kernel/vector_avx2.h"

#define MOST_HEIGHT 4 /* twelve sums of the 16 registers */
#define WIDEST 3U
#define SETS(n_sums) 1

#include "core/kernel/gram_tile_body.h"

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

void gram_tile_avx2_strip(size_t n_rows, const double *weighted, size_t n_used,
                          const double *x, size_t stride, size_t n_panels,
                          struct gram_tile_ahead *ahead, double *sums)
{
    all_tiles(n_rows, weighted, n_used, x, stride, n_panels, ahead, sums);
}

void gram_tile_avx2_add(size_t n, const double *sums, double sign, double *gram)
{
    add_all(n, sums, sign, gram);
}
