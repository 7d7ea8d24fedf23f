#include <immintrin.h>

#include "core/kernel/gram_entries.h"

#define VECTOR __m512d
#define MASK __mmask8
#define LANES 8U

static inline MASK all_lanes(void)
{
    return 0xff;
}

static inline MASK first_lanes(size_t n)
{
    return (MASK)(0xffU >> (LANES - n));
}

static inline VECTOR spread(double value)
{
    return _mm512_set1_pd(value);
}

static inline VECTOR load(const double *from, MASK mask)
{
    return _mm512_maskz_loadu_pd(mask, from);
}

static inline void store(double *to, MASK mask, VECTOR vector)
{
    _mm512_mask_storeu_pd(to, mask, vector);
}

static inline VECTOR multiply(VECTOR a, VECTOR b)
{
    return _mm512_mul_pd(a, b);
}

static inline VECTOR add(VECTOR a, VECTOR b)
{
    return _mm512_add_pd(a, b);
}

#include "core/kernel/gram_entries_body.h"

void gram_entries_avx512_margins(size_t n, const uint32_t *columns, const double *values,
                                 size_t n_blocks, const double *terms, double *z)
{
    all_margins(n, columns, values, n_blocks, terms, z);
}

void gram_entries_avx512_product(size_t n, const uint32_t *columns, const double *values,
                                 size_t n_blocks, const double *v, double *terms)
{
    all_product(n, columns, values, n_blocks, v, terms);
}
