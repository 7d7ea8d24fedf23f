#include <immintrin.h>
#include <string.h>

#include "core/kernel/class_rows.h"

#define VECTOR __m256d
#define MASK __m256i
#define LANES 4U
#define MOST_VECTORS 3U
#define ROWS_OF_TWO 1U /* fours of rows beside two vectors */
#define MOST_CLASSES 6

static inline MASK all_lanes(void)
{
    return _mm256_set1_epi64x(-1);
}

static inline MASK first_lanes(size_t n)
{
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)n),
                              _mm256_setr_epi64x(0, 1, 2, 3));
}

static inline VECTOR spread(double value)
{
    return _mm256_set1_pd(value);
}

static inline VECTOR load(const double *from, MASK mask)
{
    return _mm256_maskload_pd(from, mask);
}

static inline void store(double *to, MASK mask, VECTOR vector)
{
    _mm256_maskstore_pd(to, mask, vector);
}

static inline VECTOR add_product(VECTOR a, VECTOR b, VECTOR sum)
{
    return _mm256_fmadd_pd(a, b, sum);
}

#include "core/kernel/class_rows_body.h"

void class_rows_avx2_margins(size_t n_rows, size_t n_columns, const double *x,
                             size_t stride, size_t n_blocks, const double *terms,
                             double *z, size_t z_stride)
{
    all_margins(n_rows, n_columns, x, stride, n_blocks, terms, z, z_stride);
}

void class_rows_avx2_product(size_t n_rows, size_t n_columns, const double *x,
                             size_t stride, size_t n_blocks, const double *v,
                             size_t v_stride, double *terms)
{
    all_product(n_rows, n_columns, x, stride, n_blocks, v, v_stride, terms);
}
