#include "core/text/csv_cut.h"

#ifdef __x86_64__
#include <immintrin.h>

#include "core/text/csv_cut_body.h"

#define VECTORS                                                                          \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,bmi,bmi2,"     \
                          "lzcnt,popcnt")))

static const unsigned char places[CSV_MARKS_BLOCK] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
    32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
    48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

VECTORS CSV_CUT_INLINE void look(const struct csv_cut *cut, const char *bytes,
                                 struct block *block)
{
    __m512i here = _mm512_loadu_si512(bytes);
    block->delimiters = _mm512_cmpeq_epi8_mask(here, _mm512_set1_epi8(cut->delimiter));
    block->line_feeds = _mm512_cmpeq_epi8_mask(here, _mm512_set1_epi8('\n'));
    uint64_t special = _mm512_cmple_epu8_mask(here, _mm512_set1_epi8(' ')) |
                       _mm512_cmpeq_epi8_mask(here, _mm512_set1_epi8(cut->quote)) |
                       _mm512_movepi8_mask(here);
    block->others = special & ~(block->delimiters | block->line_feeds);
}

/* Eight cells whose ends are the low bytes of `of`; those of the eight before are in
 * `ends`, and then these. */
VECTORS CSV_CUT_INLINE void put_eight(__m128i of, __m512i at, __m512i *ends,
                                      struct csv_field *fields)
{
    __m512i here = _mm512_add_epi64(_mm512_cvtepu8_epi64(of), at);
    __m512i starts =
        _mm512_add_epi64(_mm512_alignr_epi64(here, *ends, 7), _mm512_set1_epi64(1));
    _mm512_storeu_si512(fields, _mm512_or_si512(starts, _mm512_slli_epi64(here, 32)));
    *ends = here;
}

VECTORS CSV_CUT_INLINE void put_sixteen(__m128i of, __m512i at, __m512i *ends,
                                        struct csv_field *fields)
{
    put_eight(of, at, ends, fields);
    put_eight(_mm_unpackhi_epi64(of, of), at, ends, fields + 8);
}

VECTORS CSV_CUT_INLINE void put_fields(uint64_t marks, size_t at, size_t start,
                                       struct csv_field *fields)
{
    __m512i found = _mm512_maskz_compress_epi8(marks, _mm512_loadu_si512(places));
    __m512i first = _mm512_set1_epi64((long long)at),
            ends = _mm512_set1_epi64((long long)start - 1);
    size_t n = (size_t)__builtin_popcountll(marks);
    put_sixteen(_mm512_castsi512_si128(found), first, &ends, fields);
    if (n <= 16)
        return;
    put_sixteen(_mm512_extracti64x2_epi64(found, 1), first, &ends, fields + 16);
    if (n <= 32)
        return;
    put_sixteen(_mm512_extracti64x2_epi64(found, 2), first, &ends, fields + 32);
    put_sixteen(_mm512_extracti64x2_epi64(found, 3), first, &ends, fields + 48);
}

VECTORS size_t csv_cut_avx512(struct csv_cut *cut, size_t at, size_t n)
{
    return take_blocks(cut, at, n, look, put_fields);
}
#else
size_t csv_cut_avx512(struct csv_cut *cut, size_t at, size_t n)
{
    (void)cut, (void)n;
    return at;
}
#endif
