#include "core/text/number_short.h"

#ifdef __x86_64__
#include <immintrin.h>
#include <math.h>
#include <stdbool.h>

#include "core/text/number_cells.h"

/*
 * Each lane is a cell, its last character in the highest byte. Shifts by 32 and more give
 * 0, so that a cell without characters needs no care.
 */

#define LANES NUMBER_SHORT_GROUP

/* The least number that has as many digits as four less the place; none has none. */
static const uint32_t least[LANES] = {1000, 100, 10, 0, UINT32_MAX};

struct lanes {
    __m512i characters;
    __m512i bits_before; /* of them */
    __mmask16 are_short, are_empty;
};

static inline void load(const char *text, const struct csv_field *fields,
                        struct lanes *lanes)
{
    const __m512i even = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8,
                                          6, 4, 2, 0),
                  one = _mm512_set1_epi32(1);
    __m512i low = _mm512_loadu_si512(fields), high = _mm512_loadu_si512(fields + 8);
    __m512i starts = _mm512_permutex2var_epi32(low, even, high);
    __m512i ends = _mm512_permutex2var_epi32(low, _mm512_or_si512(even, one), high);
    __m512i n = _mm512_sub_epi32(ends, starts);
    lanes->characters = _mm512_i32gather_epi32(ends, text - NUMBER_SHORT_MOST, 1);
    lanes->are_short = _mm512_cmple_epu32_mask(n, _mm512_set1_epi32(NUMBER_SHORT_MOST));
    lanes->are_empty = _mm512_testn_epi32_mask(n, n);
    lanes->bits_before = _mm512_sub_epi32(_mm512_set1_epi32(32), _mm512_slli_epi32(n, 3));
}

/* The numbers, of which the lanes of is_negative are below 0; false where a cell is
 * another thing. */
static inline bool read_lanes(struct lanes *lanes, __m512i *values,
                              __mmask16 *is_negative)
{
    const __m512i tens = _mm512_set1_epi16(10 + (1 << 8)),
                  hundreds = _mm512_set1_epi32(100 + (1 << 16));
    __m512i first =
        _mm512_and_si512(_mm512_srlv_epi32(lanes->characters, lanes->bits_before),
                         _mm512_set1_epi32(0xff));
    *is_negative = _mm512_cmpeq_epi32_mask(first, _mm512_set1_epi32('-'));
    lanes->bits_before = _mm512_mask_add_epi32(lanes->bits_before, *is_negative,
                                               lanes->bits_before, _mm512_set1_epi32(8));
    __m512i keep = _mm512_sllv_epi32(_mm512_set1_epi32(-1), lanes->bits_before);
    __m512i digits = _mm512_and_si512(
        _mm512_xor_si512(lanes->characters, _mm512_set1_epi8('0')), keep);
    *values = _mm512_madd_epi16(_mm512_maddubs_epi16(digits, tens), hundreds);
    __mmask16 are_zero = _mm512_testn_epi32_mask(*values, *values);
    return _mm512_cmpgt_epu8_mask(digits, _mm512_set1_epi8(9)) == 0 &&
           lanes->are_short == 0xffff && (*is_negative & are_zero) == 0;
}

static inline __mmask16 find_plain(const struct lanes *lanes, __m512i values)
{
    __m512i floor = _mm512_permutexvar_epi32(_mm512_srli_epi32(lanes->bits_before, 3),
                                             _mm512_loadu_si512(least));
    return _mm512_cmpge_epu32_mask(values, floor);
}

static inline void put_numbers(__m512i found, __mmask16 are_empty, double *values)
{
    const __m512d none = _mm512_set1_pd(NAN);
    __m256i high = _mm512_extracti64x4_epi64(found, 1);
    _mm512_storeu_pd(values, _mm512_mask_cvtepi32_pd(none, (__mmask8)~are_empty,
                                                     _mm512_castsi512_si256(found)));
    _mm512_storeu_pd(values + 8,
                     _mm512_mask_cvtepi32_pd(none, (__mmask8)(~are_empty >> 8), high));
}

static inline bool read_group(const char *text, const struct csv_field *fields,
                              double *values, unsigned char *kinds)
{
    struct lanes lanes;
    __m512i found;
    __mmask16 is_negative;
    load(text, fields, &lanes);
    if (!read_lanes(&lanes, &found, &is_negative))
        return false;
    __m128i of = _mm_set1_epi8(NUMBER_CELLS_NUMBER);
    of = _mm_add_epi8(of, _mm_movm_epi8(find_plain(&lanes, found)));
    of = _mm_sub_epi8(of, _mm_movm_epi8(lanes.are_empty));
    _mm_storeu_si128((__m128i *)(void *)kinds, of);
    found = _mm512_mask_sub_epi32(found, is_negative, _mm512_setzero_si512(), found);
    put_numbers(found, lanes.are_empty, values);
    return true;
}

size_t number_short_avx512(const char *text, const struct csv_field *fields, size_t n,
                           double *values, unsigned char *kinds)
{
    size_t i = 0;
    while (i + LANES <= n && read_group(text, fields + i, values + i, kinds + i))
        i += LANES;
    return i;
}
#endif
