#include <immintrin.h>

#include "core/kernel/vector_avx2.h"

#define WIDEST 3 /* 12 sums of the 16 registers */
#define PANEL 4U

static inline double sum_of(VECTOR a)
{
    double lane[LANES];
    _mm256_storeu_pd(lane, a);
    return (lane[0] + lane[1]) + (lane[2] + lane[3]);
}

static inline __m256d some_of(const double *from, size_t n)
{
    return n == LANES ? vector_load(from) : vector_load_some(from, vector_lanes(n));
}

static inline void turn(const double *const *row, size_t j, size_t n, __m256d *column)
{
    __m256d pair[LANES];
    for (size_t r = 0; r < LANES; r += 2) {
        __m256d even = some_of(row[r] + j, n), odd = some_of(row[r + 1] + j, n);
        pair[r] = _mm256_unpacklo_pd(even, odd);
        pair[r + 1] = _mm256_unpackhi_pd(even, odd);
    }
    for (size_t k = 0; k < 2; k++) {
        column[k] = _mm256_permute2f128_pd(pair[k], pair[2 + k], 0x20);
        column[2 + k] = _mm256_permute2f128_pd(pair[k], pair[2 + k], 0x31);
    }
}

static inline __m256d add_wrong(__m256d y, __m256d margin, __m256d sum)
{
    const __m256d zero = _mm256_setzero_pd(), one = _mm256_set1_pd(1);
    __m256d above = _mm256_and_pd(_mm256_cmp_pd(margin, zero, _CMP_GT_OQ),
                                  _mm256_cmp_pd(y, one, _CMP_EQ_OQ));
    __m256d below = _mm256_and_pd(_mm256_cmp_pd(margin, zero, _CMP_LT_OQ),
                                  _mm256_cmp_pd(y, zero, _CMP_EQ_OQ));
    return _mm256_add_pd(sum, _mm256_andnot_pd(_mm256_or_pd(above, below), one));
}

#include "core/kernel/narrow_rows_body.h"

void narrow_rows_avx2_add(const struct narrow_rows *rows, const double *beta,
                          double *scratch, const struct narrow_rows_sums *sums)
{
    add_all(rows, beta, scratch, sums);
}
