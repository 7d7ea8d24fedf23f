#include <immintrin.h>

#include "core/kernel/affine.h"
#include "core/kernel/vector_avx2.h"

/* The last vectors of a row may reach behind its numbers, and behind its room. */
static inline void end_row(size_t at, size_t d, const double *x, const double *factor,
                           const double *centre, double *u, size_t stride)
{
    for (; at < stride; at += LANES) {
        __m256i in = vector_lanes(d > at ? d - at : 0), out = vector_lanes(stride - at);
        __m256d product = _mm256_mul_pd(_mm256_maskload_pd(x + at, in),
                                        _mm256_maskload_pd(factor + at, in));
        _mm256_maskstore_pd(u + at, out,
                            _mm256_sub_pd(product, _mm256_maskload_pd(centre + at, in)));
    }
}

void affine_avx2_rows(size_t n_rows, size_t d, const double *x, const double *factor,
                      const double *centre, double *u, size_t stride)
{
    size_t whole = d - d % LANES;
    for (size_t i = 0; i < n_rows; i++, x += d, u += stride) {
        for (size_t j = 0; j < whole; j += LANES) {
            __m256d product =
                _mm256_mul_pd(_mm256_loadu_pd(x + j), _mm256_loadu_pd(factor + j));
            _mm256_storeu_pd(u + j, _mm256_sub_pd(product, _mm256_loadu_pd(centre + j)));
        }
        end_row(whole, d, x, factor, centre, u, stride);
    }
}
