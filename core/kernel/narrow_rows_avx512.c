#include <immintrin.h>

#include "core/kernel/vector_avx512.h"

#define WIDEST 6 /* 24 sums of the 32 registers */
#define PANEL 8U
#define HALF 4U

static inline double sum_of(VECTOR a)
{
    return _mm512_reduce_add_pd(a);
}

/* Half of a vector from one row, half from the fourth behind it. */
static inline __m512d two_rows(const double *const *row, size_t r, size_t j,
                               __mmask8 lanes)
{
    __m256d low = _mm256_maskz_loadu_pd(lanes, row[r] + j);
    __m256d high = _mm256_maskz_loadu_pd(lanes, row[r + HALF] + j);
    return _mm512_insertf64x4(_mm512_castpd256_pd512(low), high, 1);
}

static inline void turn_half(const double *const *row, size_t j, size_t n,
                             __m512d *column)
{
    const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    const __m512i second = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
    __m512d two[HALF], pair[HALF];
    for (size_t r = 0; r < HALF; r++)
        two[r] = two_rows(row, r, j, vector_lanes(n));
    for (size_t r = 0; r < HALF; r += 2) {
        pair[r] = _mm512_unpacklo_pd(two[r], two[r + 1]);
        pair[r + 1] = _mm512_unpackhi_pd(two[r], two[r + 1]);
    }
    for (size_t k = 0; k < 2; k++) {
        column[k] = _mm512_permutex2var_pd(pair[k], first, pair[2 + k]);
        column[2 + k] = _mm512_permutex2var_pd(pair[k], second, pair[2 + k]);
    }
}

static inline void turn(const double *const *row, size_t j, size_t n, __m512d *column)
{
    turn_half(row, j, n < HALF ? n : HALF, column);
    if (n > HALF)
        turn_half(row, j + HALF, n - HALF, column + HALF);
}

static inline __m512d add_wrong(__m512d y, __m512d margin, __m512d sum)
{
    const __m512d zero = _mm512_setzero_pd(), one = _mm512_set1_pd(1);
    __mmask8 above = _mm512_cmp_pd_mask(margin, zero, _CMP_GT_OQ);
    __mmask8 below = _mm512_cmp_pd_mask(margin, zero, _CMP_LT_OQ);
    above = _mm512_mask_cmp_pd_mask(above, y, one, _CMP_EQ_OQ);
    below = _mm512_mask_cmp_pd_mask(below, y, zero, _CMP_EQ_OQ);
    return _mm512_mask_add_pd(sum, _knot_mask8(_kor_mask8(above, below)), sum, one);
}

#include "core/kernel/narrow_rows_body.h"

void narrow_rows_avx512_add(const struct narrow_rows *rows, const double *beta,
                            double *scratch, const struct narrow_rows_sums *sums)
{
    add_all(rows, beta, scratch, sums);
}
