/*
 * The text is looked at in blocks of 64 bytes, a bit for each byte, and its grammar is
 * checked in these bits: what every byte is, and what may stand before it. Then signs,
 * points and blanks are left out, so that the digits of a number follow each other; a bit
 * of its first one tells of a sign, a bit of the one behind the point of that. Between
 * two numbers there is one byte. Then eight numbers at a time are made of their last
 * digits.
 */
#include "core/text/json_digits.h"

#include <stdint.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "core/text/number.h"
#include "core/text/number_digits.h"
#include "core/text/number_tenths.h"

#ifdef __x86_64__
#define VECTORS                                                                          \
    __attribute__((target("avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512vbmi2,"     \
                          "bmi,bmi2,lzcnt,popcnt"))) static
#define INLINE VECTORS __attribute__((always_inline)) inline

#define BLOCK 64U
#define GROUP 8U        /* numbers that are made at once */
#define SIXTEEN 16U     /* places that are noted at once */
#define MOST 64U        /* numbers whose digits are gathered before any is made */
#define MOST_BYTES 512U /* a longer number is for the slower way */
#define BEFORE 32U      /* bytes before the digits that may be read */
#define ROOM 2048U      /* for digits */

#define IS_FIRST 0x40 /* behind a sign */
#define IS_PLACE 0x80 /* the first behind a point */

/* Digits of numbers, each number ended by a byte, from BEFORE on. */
struct digits {
    unsigned char bytes[BEFORE + ROOM + BLOCK];
    uint32_t ends[1 + MOST + BLOCK + SIXTEEN]; /* the first: before all of them */
    size_t n_bytes, n;
    size_t used; /* of the text: where the last number ends */
    bool is_over;
};

/* ---- what the bytes are ---- */

/* Bits that one block leaves to the next, as bit 0. */
struct carry {
    uint64_t opens; /* an element starts here, or behind blanks */
    uint64_t digit, sign, point, zero, places;
};

INLINE uint64_t find(__m512i bytes, char c)
{
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c));
}

INLINE uint64_t find_blanks(__m512i bytes)
{
    return find(bytes, ' ') | find(bytes, '\n') | find(bytes, '\r') | find(bytes, '\t');
}

/* The bytes behind those. */
INLINE uint64_t behind(uint64_t those, uint64_t *carry)
{
    uint64_t next = those << 1 | *carry;
    *carry = those >> (BLOCK - 1);
    return next;
}

/* The first byte behind each mark, or behind the blanks there: a carry runs through them
 * all. */
INLINE uint64_t find_starts(uint64_t marks, uint64_t blanks, struct carry *carry)
{
    uint64_t starts = behind(marks, &carry->opens), ends;
    if (!(starts & blanks))
        return starts;
    carry->opens |= __builtin_add_overflow(blanks, starts & blanks, &ends);
    return (starts | ends) & ~blanks;
}

/* What is behind the digits behind points. */
INLINE uint64_t find_ends_of_places(uint64_t first_places, uint64_t digits,
                                    struct carry *carry)
{
    uint64_t ends;
    carry->places = __builtin_add_overflow(digits, first_places | carry->places, &ends);
    return ends & ~digits;
}

struct block {
    uint64_t digits, marks;
    uint64_t firsts, places; /* see IS_FIRST, IS_PLACE */
    uint64_t bad;            /* what cannot be there */
};

INLINE struct block look_at(__m512i bytes, uint64_t *brackets, struct carry *carry)
{
    __m512i values = _mm512_sub_epi8(bytes, _mm512_set1_epi8('0'));
    uint64_t digits = _mm512_cmplt_epu8_mask(values, _mm512_set1_epi8(10));
    uint64_t zeros = _mm512_testn_epi8_mask(values, values);
    uint64_t signs = find(bytes, '-'), points = find(bytes, '.');
    *brackets = find(bytes, ']');
    uint64_t marks = find(bytes, ',') | *brackets;
    uint64_t others = ~(digits | signs | points | marks);
    uint64_t blanks = others ? find_blanks(bytes) : 0;
    uint64_t starts = find_starts(marks, blanks, carry);
    uint64_t behind_digit = behind(digits, &carry->digit);
    uint64_t behind_sign = behind(signs, &carry->sign);
    uint64_t behind_point = behind(points, &carry->point);
    uint64_t first_zeros = (starts | behind_sign) & zeros;
    uint64_t bad = others & ~blanks;
    bad |= (signs & ~starts) | (starts & ~(digits | signs));
    bad |= (behind_sign | behind_point) & ~digits;
    bad |= behind(first_zeros, &carry->zero) & digits;
    bad |= (points | marks) & ~behind_digit;
    bad |= blanks & behind_digit;
    bad |= find_ends_of_places(behind_point, digits, carry) & ~marks;
    return (struct block){digits, marks, behind_sign, behind_point, bad};
}

/* ---- gathering digits ---- */

/* Appends where the bits are; writes up to 15 more. */
INLINE void put_ends(struct digits *out, uint64_t bits)
{
    static const unsigned char numbers[BLOCK] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
        16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
        32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
        48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    const __m512i from = _mm512_set1_epi32((int)out->n_bytes);
    __m512i found = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(numbers));
    size_t n = (size_t)__builtin_popcountll(bits);
    for (size_t i = 0; i < n; i += SIXTEEN) {
        __m512i some = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(found));
        _mm512_storeu_si512(out->ends + 1 + out->n + i, _mm512_add_epi32(some, from));
        found = _mm512_alignr_epi32(found, found, 4);
    }
    out->n += n;
}

/* Digits and marks of `block` that are among `wanted`. */
INLINE void put_block(struct digits *out, __m512i bytes, const struct block *block,
                      uint64_t wanted)
{
    uint64_t kept = (block->digits | block->marks) & wanted;
    __m512i values = _mm512_maskz_sub_epi8(block->digits, bytes, _mm512_set1_epi8('0'));
    values =
        _mm512_mask_add_epi8(values, block->firsts, values, _mm512_set1_epi8(IS_FIRST));
    values = _mm512_mask_add_epi8(values, block->places, values,
                                  _mm512_set1_epi8((char)IS_PLACE));
    _mm512_storeu_si512(out->bytes + out->n_bytes,
                        _mm512_maskz_compress_epi8(kept, values));
    put_ends(out, _pext_u64(block->marks & wanted, kept));
    out->n_bytes += (size_t)__builtin_popcountll(kept);
}

/* The first n of the bits. */
INLINE uint64_t first_bits(uint64_t bits, size_t n)
{
    return bits & (_pdep_u64(UINT64_C(1) << n, bits) - 1);
}

/* Of text from `at` on, up to `most` numbers. */
INLINE void gather(struct digits *out, const char *text, size_t at, size_t n, size_t most)
{
    struct carry carry = {.opens = 1};
    out->n_bytes = BEFORE;
    out->n = 0;
    out->ends[0] = BEFORE - 1;
    out->is_over = false;
    for (; at < n && out->n < most && out->n_bytes < ROOM && !out->is_over; at += BLOCK) {
        __m512i bytes = _mm512_loadu_si512(text + at);
        uint64_t brackets;
        struct block block = look_at(bytes, &brackets, &carry);
        uint64_t wanted = n - at < BLOCK ? (UINT64_C(1) << (n - at)) - 1 : UINT64_MAX;
        wanted &= (brackets ^ (brackets - 1)) & ((block.bad & -block.bad) - 1);
        out->is_over = brackets || block.bad;
        uint64_t ends = block.marks & wanted;
        if (out->n + (size_t)__builtin_popcountll(ends) > most) {
            ends = first_bits(ends, most - out->n);
            wanted &= UINT64_MAX >> _lzcnt_u64(ends);
        }
        if (ends)
            out->used = at + BLOCK - 1 - _lzcnt_u64(ends);
        put_block(out, bytes, &block, wanted);
    }
}

/* ---- making numbers ---- */

#define UNROLLED _Pragma("GCC unroll 8")

INLINE __m512i broadcast(uint64_t word)
{
    return _mm512_set1_epi64((long long)word);
}

/* Two bytes before each of eight ends: of 9 to 16 in *first, the last eight in *last. */
INLINE void load_words(const unsigned char *bytes, const uint32_t *ends, __m512i *first,
                       __m512i *last)
{
    __m128i pairs[GROUP];
    UNROLLED for (size_t i = 0; i < GROUP; i++) pairs[i] =
        _mm_loadu_si128((const void *)(bytes + ends[i] - 16));
    __m512i even = _mm512_castsi128_si512(pairs[0]),
            odd = _mm512_castsi128_si512(pairs[1]);
    even = _mm512_inserti64x2(even, pairs[2], 1);
    odd = _mm512_inserti64x2(odd, pairs[3], 1);
    even = _mm512_inserti64x2(even, pairs[4], 2);
    odd = _mm512_inserti64x2(odd, pairs[5], 2);
    even = _mm512_inserti64x2(even, pairs[6], 3);
    odd = _mm512_inserti64x2(odd, pairs[7], 3);
    *first = _mm512_unpacklo_epi64(even, odd);
    *last = _mm512_unpackhi_epi64(even, odd);
}

/* The eight bytes that end 16 bytes before each end. */
INLINE __m512i load_third(const unsigned char *bytes, __m512i ends)
{
    return _mm512_i64gather_epi64(_mm512_sub_epi64(ends, broadcast(24)),
                                  (const void *)bytes, 1);
}

/* Word k, counted from the end, without what is before the n digits. */
INLINE __m512i cut(__m512i word, __m512i n, size_t k)
{
    __m512i bits = _mm512_slli_epi64(_mm512_subs_epu16(broadcast(8 * (k + 1)), n), 3);
    return _mm512_and_si512(word, _mm512_sllv_epi64(broadcast(UINT64_MAX), bits));
}

/* The numbers that eight digits each make. */
INLINE __m512i sum_digits(__m512i digits)
{
    const __m512i tens = _mm512_set1_epi16(10 + (1 << 8));
    const __m512i hundreds = _mm512_set1_epi32(100 + (1 << 16));
    digits = _mm512_and_si512(digits, _mm512_set1_epi8(15));
    __m512i fours = _mm512_madd_epi16(_mm512_maddubs_epi16(digits, tens), hundreds);
    return _mm512_add_epi64(_mm512_mul_epu32(fours, broadcast(10000)),
                            _mm512_srli_epi64(fours, 32));
}

/* Digits behind the point, of which the first is marked. */
INLINE __m512i count_places(const __m512i *words, size_t n_words)
{
    const __m512i is_place = _mm512_set1_epi8((char)IS_PLACE);
    __m512i n_bits = _mm512_setzero_si512(), seen = n_bits;
    UNROLLED for (size_t k = 0; k < n_words; k++)
    {
        __m512i marked = _mm512_and_si512(words[k], is_place);
        __mmask8 goes_on = _mm512_testn_epi64_mask(seen, seen);
        n_bits =
            _mm512_mask_add_epi64(n_bits, goes_on, n_bits, _mm512_lzcnt_epi64(marked));
        seen = _mm512_or_si512(seen, marked);
    }
    __mmask8 has_point = _mm512_test_epi64_mask(seen, seen);
    return _mm512_maskz_add_epi64(has_point, _mm512_srli_epi64(n_bits, 3), broadcast(1));
}

/* Numbers of up to eight digits: they and the power of ten are doubles. */
INLINE __m512d make_short(const __m512i *words, __m512i n_places)
{
    __m512d w = _mm512_cvtepu64_pd(sum_digits(words[0]));
    __m512d tens = _mm512_permutexvar_pd(n_places, _mm512_loadu_pd(number_digits_tens));
    return _mm512_div_pd(w, tens);
}

/* Of more digits, in the lanes told: those that have up to 19 behind zeros. */
INLINE __mmask8 make_long(const __m512i *words, size_t n_words, __m512i n_places,
                          __m512d *found)
{
    const __m512d myriads = _mm512_set1_pd(1e8);
    __m512i first = sum_digits(words[1]);
    __mmask8 are_few = 0xff;
    if (n_words == 3) {
        __m512i before = sum_digits(words[2]);
        are_few = _mm512_cmplt_epu64_mask(before, broadcast(1000));
        first = _mm512_add_epi64(first, _mm512_mul_epu32(before, broadcast(100000000)));
    }
    __m512d high = _mm512_cvtepu64_pd(first);
    __m512d low = _mm512_cvtepu64_pd(sum_digits(words[0]));
    __m512d w = _mm512_fmadd_pd(high, myriads, low);
    __m512d w_low = _mm512_add_pd(_mm512_fmsub_pd(high, myriads, w), low); /* exactly */
    return are_few & number_tenths_scale(w, w_low, n_places, found);
}

/* The lanes in which there are numbers now. */
INLINE __mmask8 make_group(const struct digits *digits, size_t i, __m512i ends, __m512i n,
                           size_t n_words, __m512d *found)
{
    __m512i words[3], any;
    __mmask8 are_certain = 0xff;
    load_words(digits->bytes, digits->ends + 1 + i, &words[1], &words[0]);
    if (n_words == 3)
        words[2] = load_third(digits->bytes, ends);
    UNROLLED for (size_t k = 0; k < n_words; k++) words[k] = cut(words[k], n, k);
    __m512i n_places = count_places(words, n_words);
    if (n_words == 1)
        *found = make_short(words, n_places);
    else
        are_certain = make_long(words, n_words, n_places, found);
    any = words[0];
    UNROLLED for (size_t k = 1; k < n_words; k++) any = _mm512_or_si512(any, words[k]);
    __mmask8 is_negative = _mm512_test_epi64_mask(any, _mm512_set1_epi8((char)IS_FIRST));
    __m512i bits = _mm512_castpd_si512(*found);
    *found = _mm512_castsi512_pd(
        _mm512_mask_xor_epi64(bits, is_negative, bits, broadcast(UINT64_C(1) << 63)));
    return are_certain & _mm512_cmple_epu64_mask(n, broadcast(8 * n_words));
}

INLINE __m512i load_ends(const uint32_t *ends)
{
    return _mm512_cvtepu32_epi64(_mm256_loadu_si256((const void *)ends));
}

/* Eight of the numbers from the i-th on, those that there are. Returns which of them
 * it could not tell. */
INLINE __mmask8 make_numbers(const struct digits *digits, size_t i, double *values)
{
    size_t n_left = digits->n - i;
    __mmask8 are_there = (__mmask8)(n_left < GROUP ? (1U << n_left) - 1 : 0xff), are_made;
    __m512i ends = load_ends(digits->ends + 1 + i), before = load_ends(digits->ends + i);
    __m512i n = _mm512_sub_epi64(_mm512_sub_epi64(ends, before), broadcast(1));
    __m512d found;
    if (!(_mm512_cmpgt_epu64_mask(n, broadcast(8)) & are_there))
        are_made = make_group(digits, i, ends, n, 1, &found);
    else if (!(_mm512_cmpgt_epu64_mask(n, broadcast(16)) & are_there))
        are_made = make_group(digits, i, ends, n, 2, &found);
    else
        are_made = make_group(digits, i, ends, n, 3, &found);
    _mm512_mask_storeu_pd(values, are_there, found);
    return are_there & (__mmask8)~are_made;
}

/* ---- one by one ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The element at text[*at], whatever number it is; *at is its mark then. */
static bool read_other(const char *text, size_t *at, size_t n, double *value)
{
    size_t start = *at;
    while (start < n && is_blank(text[start]))
        start++;
    const char *end, *last = text + (n - start < MOST_BYTES ? n : start + MOST_BYTES);
    if (number_read_json(text + start, (size_t)(last - text) - start, value, &end) !=
            NUMBER_OK ||
        end == last || (*end != ',' && *end != ']'))
        return false;
    *at = (size_t)(end - text);
    return true;
}

/* Where element i of those from text[at] on begins. */
static size_t find_element(const char *text, size_t at, size_t i)
{
    for (; i > 0; at++)
        i -= text[at] == ',';
    return at;
}

/* ---- the whole ---- */

/* All that were gathered from text[at] on; how many, up to the first that is beyond the
 * range of doubles, or very long. */
VECTORS size_t make_all(struct digits *digits, const char *text, size_t at,
                        double *values)
{
    for (size_t i = 0; i < digits->n; i += GROUP) {
        unsigned left = make_numbers(digits, i, values + i);
        for (; left; left &= left - 1) {
            size_t which = i + (size_t)__builtin_ctz(left);
            size_t start = find_element(text, at, which), end = start;
            if (read_other(text, &end, digits->used + 1, &values[which]))
                continue;
            digits->used = start - 1; /* where there was one before it */
            return which;
        }
    }
    return digits->n;
}

VECTORS size_t read_all(const char *text, size_t n, double *values, size_t most,
                        size_t *n_used)
{
    struct digits digits;
    size_t n_read = 0, at = 0;
    memset(digits.bytes, 0, BEFORE);
    *n_used = 0;
    while (n_read < most) {
        size_t n_left = most - n_read;
        gather(&digits, text, at, n, n_left < MOST ? n_left : MOST);
        size_t n_made = make_all(&digits, text, at, values + n_read);
        n_read += n_made;
        if (n_made > 0)
            *n_used = digits.used;
        else if (read_other(text, &at, n, &values[n_read]))
            *n_used = at, n_read++;
        else
            break;
        if (n_made < digits.n || text[*n_used] == ']')
            break;
        at = *n_used + 1;
    }
    return n_read;
}
#endif

bool json_digits_is_here(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2");
#else
    return false;
#endif
}

size_t json_digits_read(const char *text, size_t n, double *values, size_t most,
                        size_t *n_used)
{
#ifdef __x86_64__
    return read_all(text, n, values, most, n_used);
#else
    (void)text, (void)n, (void)values, (void)most;
    *n_used = 0;
    return 0;
#endif
}
