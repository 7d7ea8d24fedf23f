/*
 * Vectors of four doubles, by the names in which code is written that is compiled once
 * for each instruction set (files named _body.h): for files that are compiled for AVX2
 * and FMA. vector_avx512.h has the same names for vectors of eight.
 */
#ifndef LOGITD_CORE_KERNEL_VECTOR_AVX2_H
#define LOGITD_CORE_KERNEL_VECTOR_AVX2_H

#include <immintrin.h>
#include <stddef.h>

#define VECTOR __m256d
#define MASK __m256i /* which lanes are in use */
#define LANES 4U

/* The first n, or all. */
static inline MASK vector_lanes(size_t n)
{
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)n),
                              _mm256_setr_epi64x(0, 1, 2, 3));
}

static inline VECTOR vector_spread(double value)
{
    return _mm256_set1_pd(value);
}

static inline VECTOR vector_load(const double *from)
{
    return _mm256_loadu_pd(from);
}

static inline void vector_store(double *to, VECTOR vector)
{
    _mm256_storeu_pd(to, vector);
}

/* Lanes that are not in use are 0, or not written; nothing is touched for them. */
static inline VECTOR vector_load_some(const double *from, MASK lanes)
{
    return _mm256_maskload_pd(from, lanes);
}

static inline void vector_store_some(double *to, MASK lanes, VECTOR vector)
{
    _mm256_maskstore_pd(to, lanes, vector);
}

static inline VECTOR vector_add(VECTOR a, VECTOR b)
{
    return _mm256_add_pd(a, b);
}

static inline VECTOR vector_subtract(VECTOR a, VECTOR b)
{
    return _mm256_sub_pd(a, b);
}

static inline VECTOR vector_multiply(VECTOR a, VECTOR b)
{
    return _mm256_mul_pd(a, b);
}

/* a·b + sum, rounded once. */
static inline VECTOR vector_add_product(VECTOR a, VECTOR b, VECTOR sum)
{
    return _mm256_fmadd_pd(a, b, sum);
}

/* a·b - c, rounded once. */
static inline VECTOR vector_product_less(VECTOR a, VECTOR b, VECTOR c)
{
    return _mm256_fmsub_pd(a, b, c);
}

/* The greater and the lesser of two; of one that is no number, the second. */
static inline VECTOR vector_greater(VECTOR a, VECTOR b)
{
    return _mm256_max_pd(a, b);
}

static inline VECTOR vector_lesser(VECTOR a, VECTOR b)
{
    return _mm256_min_pd(a, b);
}

static inline VECTOR vector_divide(VECTOR a, VECTOR b)
{
    return _mm256_div_pd(a, b);
}

static inline VECTOR vector_size(VECTOR a)
{
    return _mm256_andnot_pd(_mm256_set1_pd(-0.0), a);
}

/* Where the sign of z is -, a; else b. */
static inline VECTOR vector_by_sign(VECTOR z, VECTOR a, VECTOR b)
{
    return _mm256_blendv_pd(b, a, z);
}

/* 2ⁿ, n in -1022…1023, from the bits of a number whose last ones are those of n. */
static inline VECTOR vector_power(VECTOR shifted)
{
    __m256i bits = _mm256_slli_epi64(_mm256_castpd_si256(shifted), 52);
    __m256i one = _mm256_castpd_si256(_mm256_set1_pd(1));
    return _mm256_castsi256_pd(_mm256_add_epi64(bits, one));
}

#endif
