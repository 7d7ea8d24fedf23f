#include <immintrin.h>

#include "core/kernel/affine.h"
#include "core/kernel/vector_avx512.h"

#define MOST_HELD 4U /* vectors of factors and centres that stay in registers */

/* The last vector of a row: `in` of its lanes are read, `out` written. */
struct end {
    size_t at;
    __mmask8 in, out;
};

static inline __m512d place(__m512d x, __m512d factor, __m512d centre)
{
    return _mm512_sub_pd(_mm512_mul_pd(x, factor), centre);
}

static inline void few_columns(size_t n_rows, size_t d, const double *x,
                               const double *factor, const double *centre, double *u,
                               size_t stride, struct end end, size_t n_vectors)
{
    __m512d factors[MOST_HELD], centres[MOST_HELD];
    for (size_t k = 0; k < n_vectors; k++) {
        __mmask8 mask = k + 1 < n_vectors ? (__mmask8)0xff : end.in;
        factors[k] = _mm512_maskz_loadu_pd(mask, factor + LANES * k);
        centres[k] = _mm512_maskz_loadu_pd(mask, centre + LANES * k);
    }
    for (size_t i = 0; i < n_rows; i++, x += d, u += stride) {
        for (size_t k = 0; k + 1 < n_vectors; k++)
            _mm512_storeu_pd(u + LANES * k, place(_mm512_loadu_pd(x + LANES * k),
                                                  factors[k], centres[k]));
        _mm512_mask_storeu_pd(u + end.at, end.out,
                              place(_mm512_maskz_loadu_pd(end.in, x + end.at),
                                    factors[n_vectors - 1], centres[n_vectors - 1]));
    }
}

static void many_columns(size_t n_rows, size_t d, const double *x, const double *factor,
                         const double *centre, double *u, size_t stride, struct end end)
{
    __m512d last_factor = _mm512_maskz_loadu_pd(end.in, factor + end.at);
    __m512d last_centre = _mm512_maskz_loadu_pd(end.in, centre + end.at);
    for (size_t i = 0; i < n_rows; i++, x += d, u += stride) {
        for (size_t j = 0; j < end.at; j += LANES)
            _mm512_storeu_pd(u + j,
                             place(_mm512_loadu_pd(x + j), _mm512_loadu_pd(factor + j),
                                   _mm512_loadu_pd(centre + j)));
        _mm512_mask_storeu_pd(
            u + end.at, end.out,
            place(_mm512_maskz_loadu_pd(end.in, x + end.at), last_factor, last_centre));
    }
}

void affine_avx512_rows(size_t n_rows, size_t d, const double *x, const double *factor,
                        const double *centre, double *u, size_t stride)
{
    size_t n_vectors = (d + LANES - 1) / LANES, at = d > 0 ? LANES * (n_vectors - 1) : 0;
    struct end end = {at, vector_lanes(d - at), vector_lanes(stride - at)};
    switch (n_vectors) {
    case 0:
        return;
    case 1:
        few_columns(n_rows, d, x, factor, centre, u, stride, end, 1);
        return;
    case 2:
        few_columns(n_rows, d, x, factor, centre, u, stride, end, 2);
        return;
    case 3:
        few_columns(n_rows, d, x, factor, centre, u, stride, end, 3);
        return;
    case MOST_HELD:
        few_columns(n_rows, d, x, factor, centre, u, stride, end, MOST_HELD);
        return;
    default:
        many_columns(n_rows, d, x, factor, centre, u, stride, end);
    }
}
