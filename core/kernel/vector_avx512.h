/*
 * Vectors of eight doubles, by the names in which code is written that is compiled once
 * for each instruction set (files named _body.h): for files that are compiled for
 * AVX-512. vector_avx2.h has the same names for vectors of four.
 */
#ifndef LOGITD_CORE_KERNEL_VECTOR_AVX512_H
#define LOGITD_CORE_KERNEL_VECTOR_AVX512_H

#include <immintrin.h>
#include <stddef.h>

#define VECTOR __m512d
#define MASK __mmask8 /* which lanes are in use */
#define LANES 8U

/* The first n, or all. */
static inline MASK vector_lanes(size_t n)
{
    unsigned first = n < LANES ? (1U << n) - 1 : 0xffU;
    return (MASK)first;
}

static inline VECTOR vector_spread(double value)
{
    return _mm512_set1_pd(value);
}

static inline VECTOR vector_load(const double *from)
{
    return _mm512_loadu_pd(from);
}

static inline void vector_store(double *to, VECTOR vector)
{
    _mm512_storeu_pd(to, vector);
}

/* Lanes that are not in use are 0, or not written; nothing is touched for them. */
static inline VECTOR vector_load_some(const double *from, MASK lanes)
{
    return _mm512_maskz_loadu_pd(lanes, from);
}

static inline void vector_store_some(double *to, MASK lanes, VECTOR vector)
{
    _mm512_mask_storeu_pd(to, lanes, vector);
}

static inline VECTOR vector_add(VECTOR a, VECTOR b)
{
    return _mm512_add_pd(a, b);
}

static inline VECTOR vector_subtract(VECTOR a, VECTOR b)
{
    return _mm512_sub_pd(a, b);
}

static inline VECTOR vector_multiply(VECTOR a, VECTOR b)
{
    return _mm512_mul_pd(a, b);
}

/* a·b + sum, rounded once. */
static inline VECTOR vector_add_product(VECTOR a, VECTOR b, VECTOR sum)
{
    return _mm512_fmadd_pd(a, b, sum);
}

/* a·b - c, rounded once. */
static inline VECTOR vector_product_less(VECTOR a, VECTOR b, VECTOR c)
{
    return _mm512_fmsub_pd(a, b, c);
}

/* The greater and the lesser of two; of one that is no number, the second. */
static inline VECTOR vector_greater(VECTOR a, VECTOR b)
{
    return _mm512_max_pd(a, b);
}

static inline VECTOR vector_lesser(VECTOR a, VECTOR b)
{
    return _mm512_min_pd(a, b);
}

static inline VECTOR vector_divide(VECTOR a, VECTOR b)
{
    return _mm512_div_pd(a, b);
}

static inline VECTOR vector_size(VECTOR a)
{
    return _mm512_abs_pd(a);
}

/* Where the sign of z is -, a; else b. */
static inline VECTOR vector_by_sign(VECTOR z, VECTOR a, VECTOR b)
{
    return _mm512_mask_blend_pd(_mm512_movepi64_mask(_mm512_castpd_si512(z)), b, a);
}

/* 2ⁿ, n in -1022…1023, from the bits of a number whose last ones are those of n. */
static inline VECTOR vector_power(VECTOR shifted)
{
    __m512i bits = _mm512_slli_epi64(_mm512_castpd_si512(shifted), 52);
    __m512i one = _mm512_castpd_si512(_mm512_set1_pd(1));
    return _mm512_castsi512_pd(_mm512_add_epi64(bits, one));
}

#endif
