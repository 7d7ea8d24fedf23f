/*
 * Eight decimals of up to 19 digits to doubles, each rounded once. Pure.
 */
#ifndef LOGITD_CORE_TEXT_NUMBER_TENTHS_H
#define LOGITD_CORE_TEXT_NUMBER_TENTHS_H

#ifdef __x86_64__
#include <immintrin.h>

#define NUMBER_TENTHS_VECTORS                                                            \
    __attribute__((target("avx512f,avx512bw,avx512cd,avx512dq,avx512vl")))               \
    __attribute__((always_inline)) static inline

/* 10^-k as the sum of two doubles, to about 2^-107 of it. */
#define NUMBER_TENTHS 24U
static const double number_tenths_high[NUMBER_TENTHS] = {
    1e0,   1e-1,  1e-2,  1e-3,  1e-4,  1e-5,  1e-6,  1e-7,  1e-8,  1e-9,  1e-10, 1e-11,
    1e-12, 1e-13, 1e-14, 1e-15, 1e-16, 1e-17, 1e-18, 1e-19, 1e-20, 1e-21, 1e-22, 1e-23};
static const double number_tenths_low[NUMBER_TENTHS] = {0,
                                                        -5.551115123125783e-18,
                                                        -2.0816681711721684e-19,
                                                        -2.0816681711721686e-20,
                                                        -4.7921736023859299e-21,
                                                        -8.1803053914031305e-22,
                                                        4.5251888174113741e-23,
                                                        4.5251888174113739e-24,
                                                        -2.0922560830128471e-25,
                                                        -6.2281591457779853e-26,
                                                        -3.6432197315497743e-27,
                                                        6.0503030718060191e-28,
                                                        2.0113352370744385e-29,
                                                        -3.0373745563400371e-30,
                                                        1.1806906454401013e-32,
                                                        -7.7705399876661076e-32,
                                                        2.0902213275965398e-33,
                                                        -7.1542424054621921e-34,
                                                        -7.1542424054621926e-35,
                                                        2.4754073164739869e-36,
                                                        5.4846728545790429e-37,
                                                        9.2462547772103625e-38,
                                                        -4.8596774326570872e-39,
                                                        3.9565301985100693e-40};

/* Of the table, one for each lane: n_places < 24. */
NUMBER_TENTHS_VECTORS __m512d number_tenths_pick(const double *table, __m512i n_places)
{
    __m512d to_15 = _mm512_permutex2var_pd(_mm512_loadu_pd(table), n_places,
                                           _mm512_loadu_pd(table + 8));
    __mmask8 is_beyond = _mm512_cmpge_epu64_mask(n_places, _mm512_set1_epi64(16));
    return _mm512_mask_permutexvar_pd(to_15, is_beyond, n_places,
                                      _mm512_loadu_pd(table + 16));
}

/*
 * (w + w_low)·10^-n_places, rounded once, in the lanes told; w is the sum of both
 * rounded. 10^-n is a sum of two doubles, too, and so product + rest is the true product
 * to less than 2^-103 of it: where that much more or less makes the same double, it is
 * the nearest one. Else it is so near to half-way between two, or there, that this cannot
 * tell.
 */
NUMBER_TENTHS_VECTORS __mmask8 number_tenths_scale(__m512d w, __m512d w_low,
                                                   __m512i n_places, __m512d *found)
{
    __m512d tenth = number_tenths_pick(number_tenths_high, n_places);
    __m512d tenth_low = number_tenths_pick(number_tenths_low, n_places);
    __m512d product = _mm512_mul_pd(w, tenth);
    __m512d rest = _mm512_fmsub_pd(w, tenth, product);
    rest = _mm512_fmadd_pd(w_low, tenth, rest);
    rest = _mm512_fmadd_pd(w, tenth_low, rest);
    __m512d error = _mm512_mul_pd(product, _mm512_set1_pd(0x1p-100));
    *found = _mm512_add_pd(product, _mm512_sub_pd(rest, error));
    return _mm512_cmp_pd_mask(*found, _mm512_add_pd(product, _mm512_add_pd(rest, error)),
                              _CMP_EQ_OQ);
}

#endif
#endif
