#include <immintrin.h>

#include "core/kernel/gram_entries.h"

#define VECTOR __m256d
#define MASK __m256i
#define LANES 4U

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

static inline VECTOR multiply(VECTOR a, VECTOR b)
{
    return _mm256_mul_pd(a, b);
}

static inline VECTOR add(VECTOR a, VECTOR b)
{
    return _mm256_add_pd(a, b);
}

#include "core/kernel/gram_entries_body.h"

void gram_entries_avx2_margins(size_t n, const uint32_t *columns, const double *values,
                               size_t n_blocks, const double *terms, double *z)
{
    all_margins(n, columns, values, n_blocks, terms, z);
}

void gram_entries_avx2_product(size_t n, const uint32_t *columns, const double *values,
                               size_t n_blocks, const double *v, double *terms)
{
    all_product(n, columns, values, n_blocks, v, terms);
}
