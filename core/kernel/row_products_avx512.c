#include <immintrin.h>

#include "core/kernel/row_products.h"
#include "core/kernel/vector_avx512.h"

#define MOST_SUMS 16U
#define MOST_IN_PAIRS 7U

static inline double sum_of(VECTOR a)
{
    return _mm512_reduce_add_pd(a);
}

#include "core/kernel/row_products_body.h"

/* Of eight vectors, the sum of each one's lanes. */
static inline __m512d sums_of(const __m512d *a)
{
    __m512d pair[LANES / 2], four[LANES / 4];
    for (size_t k = 0; k < LANES / 2; k++)
        pair[k] = _mm512_add_pd(_mm512_unpacklo_pd(a[2 * k], a[2 * k + 1]),
                                _mm512_unpackhi_pd(a[2 * k], a[2 * k + 1]));
    for (size_t k = 0; k < LANES / 4; k++)
        four[k] = _mm512_add_pd(_mm512_shuffle_f64x2(pair[2 * k], pair[2 * k + 1], 0x88),
                                _mm512_shuffle_f64x2(pair[2 * k], pair[2 * k + 1], 0xdd));
    return _mm512_add_pd(_mm512_shuffle_f64x2(four[0], four[1], 0x88),
                         _mm512_shuffle_f64x2(four[0], four[1], 0xdd));
}

/* Of eight rows, or fewer: then some are the last one. */
static inline __m512d eight_margins(const double *const *x, size_t d, const double *beta)
{
    __m512d sum[LANES];
    for (size_t r = 0; r < LANES; r++)
        sum[r] = _mm512_setzero_pd();
    for (size_t j = 0; j < d; j += LANES) {
        __m512d factor = _mm512_maskz_loadu_pd(vector_lanes(d - j), beta + j);
        for (size_t r = 0; r < LANES; r++)
            sum[r] = _mm512_fmadd_pd(_mm512_loadu_pd(x[r] + j), factor, sum[r]);
    }
    return sums_of(sum);
}

void row_products_avx512_margins(size_t n_rows, size_t d, const double *x, size_t stride,
                                 const double *beta, double *z)
{
    for (size_t i = 0; i < n_rows; i += LANES) {
        size_t n = n_rows - i < LANES ? n_rows - i : LANES;
        const double *row[LANES];
        for (size_t r = 0; r < LANES; r++)
            row[r] = x + (i + (r < n ? r : n - 1)) * stride;
        add_first(z + i, n, eight_margins(row, d, beta));
    }
}

void row_products_avx512_sum(size_t n_rows, size_t d, const double *x, size_t stride,
                             const double *v, double *product)
{
    all_sums(n_rows, d, x, stride, v, product);
}

double row_products_avx512_total(size_t n_rows, const double *v)
{
    return all_total(n_rows, v);
}
