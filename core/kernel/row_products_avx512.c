#include <immintrin.h>

#include "core/kernel/lanes.h"
#include "core/kernel/row_products.h"

#define LANES 8U
#define PARTS 4U  /* of a total, that do not wait for each other */
#define WIDEST 8U /* vectors of sums that are held at once */
#define inline_always static inline __attribute__((always_inline))

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
        __m512d factor = _mm512_maskz_loadu_pd(lanes_first_of_8(d - j), beta + j);
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
        __mmask8 mask = lanes_first_of_8(n);
        _mm512_mask_storeu_pd(z + i, mask,
                              _mm512_add_pd(_mm512_maskz_loadu_pd(mask, z + i),
                                            eight_margins(row, d, beta)));
    }
}

/* width vectors of sums; of few several sets, for rows in turn. */
inline_always void sum_columns(size_t n_rows, const double *x, size_t stride,
                               const double *v, size_t width, size_t d, double *product)
{
    const size_t n_sets = width == 1 ? 8 : width == 2 ? 4 : width < WIDEST ? 2 : 1;
    __m512d sum[2 * WIDEST];
    size_t r = 0;
    for (size_t i = 0; i < n_sets * width; i++)
        sum[i] = _mm512_setzero_pd();
    for (; r + n_sets <= n_rows; r += n_sets)
        for (size_t s = 0; s < n_sets; s++, x += stride)
            for (size_t k = 0; k < width; k++)
                sum[s * width + k] =
                    _mm512_fmadd_pd(_mm512_set1_pd(v[r + s]),
                                    _mm512_loadu_pd(x + LANES * k), sum[s * width + k]);
    for (; r < n_rows; r++, x += stride)
        for (size_t k = 0; k < width; k++)
            sum[k] = _mm512_fmadd_pd(_mm512_set1_pd(v[r]), _mm512_loadu_pd(x + LANES * k),
                                     sum[k]);
    for (size_t s = 1; s < n_sets; s++)
        for (size_t k = 0; k < width; k++)
            sum[k] = _mm512_add_pd(sum[k], sum[s * width + k]);
    for (size_t k = 0; k < width; k++) {
        __mmask8 mask = lanes_first_of_8(d - LANES * k);
        __m512d old = _mm512_maskz_loadu_pd(mask, product + LANES * k);
        _mm512_mask_storeu_pd(product + LANES * k, mask, _mm512_add_pd(old, sum[k]));
    }
}

#define SUM(width)                                                                       \
    case width:                                                                          \
        sum_columns(n_rows, x + j, stride, v, width, d - j, product + j);                \
        break

void row_products_avx512_sum(size_t n_rows, size_t d, const double *x, size_t stride,
                             const double *v, double *product)
{
    for (size_t j = 0; j < d; j += LANES * WIDEST) {
        size_t width = (d - j + LANES - 1) / LANES;
        switch (width < WIDEST ? width : WIDEST) {
            SUM(1);
            SUM(2);
            SUM(3);
            SUM(4);
            SUM(5);
            SUM(6);
            SUM(7);
            SUM(8);
        }
    }
}

double row_products_avx512_total(size_t n_rows, const double *v)
{
    __m512d part[PARTS];
    size_t i = 0;
    for (size_t k = 0; k < PARTS; k++)
        part[k] = _mm512_setzero_pd();
    for (; i + PARTS * LANES <= n_rows; i += PARTS * LANES)
        for (size_t k = 0; k < PARTS; k++)
            part[k] = _mm512_add_pd(part[k], _mm512_loadu_pd(v + i + LANES * k));
    for (; i < n_rows; i += LANES)
        part[0] = _mm512_add_pd(
            part[0], _mm512_maskz_loadu_pd(lanes_first_of_8(n_rows - i), v + i));
    __m512d sum =
        _mm512_add_pd(_mm512_add_pd(part[0], part[1]), _mm512_add_pd(part[2], part[3]));
    return _mm512_reduce_add_pd(sum);
}
