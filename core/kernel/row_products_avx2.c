#include <immintrin.h>

#include "core/kernel/lanes.h"
#include "core/kernel/row_products.h"

#define LANES 4U
#define ROWS 8U   /* whose margins are formed at once */
#define PARTS 4U  /* of a total, that do not wait for each other */
#define WIDEST 8U /* vectors of sums that are held at once */
#define inline_always static inline __attribute__((always_inline))

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
        __m256d factor = d - j < LANES
                             ? _mm256_maskload_pd(beta + j, lanes_first_of_4(d - j))
                             : _mm256_loadu_pd(beta + j);
        for (size_t r = 0; r < ROWS; r++)
            sum[r] = _mm256_fmadd_pd(_mm256_loadu_pd(x[r] + j), factor, sum[r]);
    }
    z[0] = sums_of(sum);
    z[1] = sums_of(sum + LANES);
}

static inline void add_first(double *to, size_t n, __m256d sum)
{
    __m256i lanes = lanes_first_of_4(n);
    _mm256_maskstore_pd(to, lanes, _mm256_add_pd(_mm256_maskload_pd(to, lanes), sum));
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

/* width vectors of sums; of few several sets, for rows in turn. */
inline_always void sum_columns(size_t n_rows, const double *x, size_t stride,
                               const double *v, size_t width, size_t d, double *product)
{
    const size_t n_sets = width == 1 ? 8 : width == 2 ? 4 : width < 5 ? 2 : 1;
    __m256d sum[WIDEST];
    size_t r = 0;
    for (size_t i = 0; i < n_sets * width; i++)
        sum[i] = _mm256_setzero_pd();
    for (; r + n_sets <= n_rows; r += n_sets)
        for (size_t s = 0; s < n_sets; s++, x += stride)
            for (size_t k = 0; k < width; k++)
                sum[s * width + k] =
                    _mm256_fmadd_pd(_mm256_broadcast_sd(v + r + s),
                                    _mm256_loadu_pd(x + LANES * k), sum[s * width + k]);
    for (; r < n_rows; r++, x += stride)
        for (size_t k = 0; k < width; k++)
            sum[k] = _mm256_fmadd_pd(_mm256_broadcast_sd(v + r),
                                     _mm256_loadu_pd(x + LANES * k), sum[k]);
    for (size_t s = 1; s < n_sets; s++)
        for (size_t k = 0; k < width; k++)
            sum[k] = _mm256_add_pd(sum[k], sum[s * width + k]);
    for (size_t k = 0; k < width; k++)
        add_first(product + LANES * k, d - LANES * k, sum[k]);
}

#define SUM(width)                                                                       \
    case width:                                                                          \
        sum_columns(n_rows, x + j, stride, v, width, d - j, product + j);                \
        break

void row_products_avx2_sum(size_t n_rows, size_t d, const double *x, size_t stride,
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

double row_products_avx2_total(size_t n_rows, const double *v)
{
    __m256d part[PARTS];
    size_t i = 0;
    for (size_t k = 0; k < PARTS; k++)
        part[k] = _mm256_setzero_pd();
    for (; i + PARTS * LANES <= n_rows; i += PARTS * LANES)
        for (size_t k = 0; k < PARTS; k++)
            part[k] = _mm256_add_pd(part[k], _mm256_loadu_pd(v + i + LANES * k));
    for (; i < n_rows; i += LANES)
        part[0] = _mm256_add_pd(part[0],
                                _mm256_maskload_pd(v + i, lanes_first_of_4(n_rows - i)));
    __m256d sum =
        _mm256_add_pd(_mm256_add_pd(part[0], part[1]), _mm256_add_pd(part[2], part[3]));
    double lane[LANES];
    _mm256_storeu_pd(lane, sum);
    return (lane[0] + lane[1]) + (lane[2] + lane[3]);
}
