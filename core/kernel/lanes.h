/*
 * Which lanes of a vector are in use where fewer numbers are left than it holds. For the
 * files that are compiled for these instructions.
 */
#ifndef LOGITD_CORE_KERNEL_LANES_H
#define LOGITD_CORE_KERNEL_LANES_H

#include <immintrin.h>
#include <stddef.h>

#ifdef __AVX512F__
/* The first n of eight, or all. */
static inline __mmask8 lanes_first_of_8(size_t n)
{
    unsigned mask = n < 8 ? (1U << n) - 1 : 0xffU;
    return (__mmask8)mask;
}
#endif

/* The first n of four, or all. */
static inline __m256i lanes_first_of_4(size_t n)
{
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)n),
                              _mm256_setr_epi64x(0, 1, 2, 3));
}

#endif
