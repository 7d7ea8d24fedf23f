#include <immintrin.h>
#include <string.h>

#include "core/kernel/class_rows.h"

#define VECTOR __m512d
#define MASK __mmask8
#define LANES 8U
#define MOST_VECTORS 3U
#define ROWS_OF_TWO 2U /* fours of rows beside two vectors */
#define MOST_CLASSES 12

static inline MASK all_lanes(void)
{
    return 0xff;
}

static inline MASK first_lanes(size_t n)
{
    return (MASK)((1U << n) - 1);
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

static inline VECTOR add_product(VECTOR a, VECTOR b, VECTOR sum)
{
    return _mm512_fmadd_pd(a, b, sum);
}

#include "core/kernel/class_rows_body.h"

void class_rows_avx512_margins(size_t n_rows, size_t n_columns, const double *x,
                               size_t stride, size_t n_blocks, const double *terms,
                               double *z, size_t z_stride)
{
    all_margins(n_rows, n_columns, x, stride, n_blocks, terms, z, z_stride);
}

void class_rows_avx512_product(size_t n_rows, size_t n_columns, const double *x,
                               size_t stride, size_t n_blocks, const double *v,
                               size_t v_stride, double *terms)
{
    all_product(n_rows, n_columns, x, stride, n_blocks, v, v_stride, terms);
}
