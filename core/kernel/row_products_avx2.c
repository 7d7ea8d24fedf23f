#include <immintrin.h>

#include "core/kernel/row_products.h"
#include "core/kernel/vector_avx2.h"

#define ROWS 8U /* whose margins are formed at once */
#define MOST_SUMS 8U
#define MOST_IN_PAIRS 4U

static inline double sum_of(VECTOR a)
{
    double lane[LANES];
    _mm256_storeu_pd(lane, a);
    return (lane[0] + lane[1]) + (lane[2] + lane[3]);
}

#include "core/kernel/row_products_body.h"

/* Of four vectors, the sum of each one's lanes. */
static inline __m256d sums_of(const __m256d *a)
{
    __m256d low = _mm256_hadd_pd(a[0], a[1]), high = _mm256_hadd_pd(a[2], a[3]);
    return _mm256_add_pd(_mm256_permute2f128_pd(low, high, 0x21),
                         _mm256_blend_pd(low, high, 0xc));
}

/* Of eight rows, or fewer: then some are the last one. */
static inline void eight_margins(const double *const *x, size_t d, const double *beta,
                                 __m256d *z)
{
    __m256d sum[ROWS];
    for (size_t r = 0; r < ROWS; r++)
        sum[r] = _mm256_setzero_pd();
    for (size_t j = 0; j < d; j += LANES) {
        __m256d factor = d - j < LANES ? _mm256_maskload_pd(beta + j, vector_lanes(d - j))
                                       : _mm256_loadu_pd(beta + j);
        for (size_t r = 0; r < ROWS; r++)
            sum[r] = _mm256_fmadd_pd(_mm256_loadu_pd(x[r] + j), factor, sum[r]);
    }
    z[0] = sums_of(sum);
    z[1] = sums_of(sum + LANES);
}

void row_products_avx2_margins(size_t n_rows, size_t d, const double *x, size_t stride,
                               const double *beta, double *z)
{
    for (size_t i = 0; i < n_rows; i += ROWS) {
        size_t n = n_rows - i < ROWS ? n_rows - i : ROWS;
        const double *row[ROWS];
        __m256d sum[ROWS / LANES];
        for (size_t r = 0; r < ROWS; r++)
            row[r] = x + (i + (r < n ? r : n - 1)) * stride;
        eight_margins(row, d, beta, sum);
        add_first(z + i, n, sum[0]);
        if (n > LANES)
            add_first(z + i + LANES, n - LANES, sum[1]);
    }
}

void row_products_avx2_sum(size_t n_rows, size_t d, const double *x, size_t stride,
                           const double *v, double *product)
{
    all_sums(n_rows, d, x, stride, v, product);
}

double row_products_avx2_total(size_t n_rows, const double *v)
{
    return all_total(n_rows, v);
}
