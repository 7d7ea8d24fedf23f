#include <immintrin.h>

#include "core/kernel/gram_tile.h"

#define LANES 4U
#define HALF                                                                             \
    4U /* of the rows of a tile: eight vectors of sums fill half the registers           \
        */

static inline void half_product(size_t n_rows, const double *a, const double *b,
                                double *sums)
{
    __m256d left[HALF], right[HALF];
    for (size_t k = 0; k < HALF; k++)
        left[k] = right[k] = _mm256_setzero_pd();
    for (size_t r = 0; r < n_rows; r++, a += GRAM_TILE_WIDTH, b += GRAM_TILE_WIDTH) {
        __m256d b_left = _mm256_load_pd(b), b_right = _mm256_load_pd(b + LANES);
        for (size_t k = 0; k < HALF; k++) {
            __m256d factor = _mm256_broadcast_sd(a + k);
            left[k] = _mm256_fmadd_pd(factor, b_left, left[k]);
            right[k] = _mm256_fmadd_pd(factor, b_right, right[k]);
        }
    }
    for (size_t k = 0; k < HALF; k++) {
        _mm256_storeu_pd(sums + GRAM_TILE_WIDTH * k, left[k]);
        _mm256_storeu_pd(sums + GRAM_TILE_WIDTH * k + LANES, right[k]);
    }
}

void gram_tile_avx2_product(size_t n_rows, const double *a, const double *b, double *sums)
{
    half_product(n_rows, a, b, sums);
    half_product(n_rows, a + HALF, b, sums + GRAM_TILE_WIDTH * HALF);
}

void gram_tile_avx2_weigh(size_t n_rows, const double *h, const double *a,
                          double *weighted, double *sums)
{
    __m256d left_sum = _mm256_setzero_pd(), right_sum = _mm256_setzero_pd();
    for (size_t r = 0; r < n_rows;
         r++, a += GRAM_TILE_WIDTH, weighted += GRAM_TILE_WIDTH) {
        __m256d weight = _mm256_broadcast_sd(h + r);
        __m256d left = _mm256_mul_pd(weight, _mm256_load_pd(a));
        __m256d right = _mm256_mul_pd(weight, _mm256_load_pd(a + LANES));
        _mm256_store_pd(weighted, left);
        _mm256_store_pd(weighted + LANES, right);
        left_sum = _mm256_add_pd(left_sum, left);
        right_sum = _mm256_add_pd(right_sum, right);
    }
    _mm256_storeu_pd(sums, left_sum);
    _mm256_storeu_pd(sums + LANES, right_sum);
}
