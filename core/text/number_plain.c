#include "core/text/number_plain.h"

#include <math.h>
#include <stdint.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "core/text/number_digits.h"

#define MOST_DIGITS 15U /* decimals of so many digits and doubles map one to one */

/* Without a branch: signs come as they please. */
static double negate(double magnitude, bool is_negative)
{
    uint64_t bits;
    memcpy(&bits, &magnitude, sizeof(bits));
    bits |= (uint64_t)is_negative << 63;
    memcpy(&magnitude, &bits, sizeof(bits));
    return magnitude;
}

/* ---- in words ---- */

/*
 * The text is moved to the high end of one or two words, so that its last character is
 * always in the same place and zeros stand before it; then the point is taken out by
 * moving what is above it in significance up by one byte. Nothing branches on lengths but
 * whether one word is enough.
 */

/* Of the characters behind the point; 64: there is none. */
static int bits_behind_point(uint64_t word)
{
    uint64_t others = word ^ NUMBER_DIGITS_ONES * '.';
    uint64_t points = ~(((others & ~NUMBER_DIGITS_TOPS) + ~NUMBER_DIGITS_TOPS) | others) &
                      NUMBER_DIGITS_TOPS;
    return points ? __builtin_clzll(points) & ~7 : 64;
}

/* All bytes digits from 0 to 9? */
static bool are_digits(uint64_t digits)
{
    return (((digits + NUMBER_DIGITS_ONES * 0x76) | digits) & NUMBER_DIGITS_TOPS) == 0;
}

/* The n characters at the high end become digits, zeros before them. 1 ≤ n ≤ 8. */
static uint64_t to_digits(uint64_t word, size_t n)
{
    return word - (NUMBER_DIGITS_ONES * 0x30 << 8 * (8 - n));
}

/* word without the byte that has `behind` bits above it; a zero comes in below. */
static uint64_t take_out(uint64_t word, int behind)
{
    uint64_t above = ~(UINT64_MAX >> behind);
    return (word & above) | (word << 8 & ~above);
}

/* w and how many of its digits stand behind the point, of n characters, the first a
 * digit; -1 if they are no such number. n ≤ 8. */
static int read_word(const char *text, size_t n, uint64_t *w)
{
    uint64_t word = number_digits_load(text) << 8 * (8 - n);
    int behind = bits_behind_point(word);
    if (behind == 64) {
        word = to_digits(word, n);
        *w = number_digits_sum(word);
        return are_digits(word) ? 0 : -1;
    }
    if (behind == 0)
        return -1;
    word = to_digits(take_out(word, behind), n - 1);
    *w = number_digits_sum(word);
    return are_digits(word) ? behind / 8 : -1;
}

/* The same of 9 to 16 characters. */
static int read_two_words(const char *text, size_t n, uint64_t *w)
{
    size_t n_first = n - 8;
    uint64_t last = number_digits_load(text + n_first);
    uint64_t first = number_digits_load(text) << 8 * (8 - n_first);
    int n_places = 0, behind = bits_behind_point(last);
    if (behind < 64) {
        n_places = behind / 8;
        last = take_out(last, behind) | first >> 56;
        first <<= 8;
        n_first--;
    } else if ((behind = bits_behind_point(first)) < 64) {
        n_places = 8 + behind / 8;
        first = take_out(first, behind);
        n_first--;
    }
    if (behind == 0 && n_places == 0)
        return -1;
    last = to_digits(last, 8);
    first = n_first > 0 ? to_digits(first, n_first) : 0;
    *w = number_digits_sum(first) * 100000000 + number_digits_sum(last);
    return are_digits(first) && are_digits(last) ? n_places : -1;
}

bool number_plain(const char *text, size_t n, double *value)
{
    bool is_negative = n > 0 && *text == '-';
    uint64_t w;
    text += is_negative;
    n -= is_negative;
    if (n - 1 > MOST_DIGITS || (unsigned char)(*text - '0') > 9)
        return false;
    int n_places = n <= 8 ? read_word(text, n, &w) : read_two_words(text, n, &w);
    if (n_places < 0)
        return false;
    bool has_point = n_places > 0;
    size_t n_whole = n - (size_t)n_places - has_point;
    double magnitude = (double)w / number_digits_tens[n_places];
    *value = negate(magnitude, is_negative);
    if ((n_whole > 1 && *text == '0') || n - has_point > MOST_DIGITS)
        return false;
    return has_point ? text[n - 1] != '0' && magnitude >= 1e-4 : w > 0 || !is_negative;
}

void number_plain_cells_portable(const struct csv_cell *cells, size_t n_cells,
                                 double *values)
{
    for (size_t i = 0; i < n_cells; i++)
        if (!number_plain(cells[i].text, cells[i].n_bytes, &values[i]))
            values[i] = NAN;
}

/* ---- in vectors ---- */

#ifdef __x86_64__
#define SSE41 __attribute__((target("sse4.1")))

/* From ramp + d on: d-16, d-15, …, d-1: which digit of d goes to each place of 16, so
 * that the last one stands last; below 0: none does. */
static const signed char ramp[32] = {-16, -15, -14, -13, -12, -11, -10, -9, -8, -7, -6,
                                     -5,  -4,  -3,  -2,  -1,  0,   1,   2,  3,  4,  5,
                                     6,   7,   8,   9,   10,  11,  12,  13, 14, 15};
/* From steps + k on: the last k places are 1: behind the point a digit stands one
 * character further. */
static const signed char steps[32] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                      1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
/* Digits with so many places behind the point are at least 1e-4 from here on. */
static const uint64_t least[16] = {
    0,     0,      0,       0,        1,         10,         100,         1000,
    10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000};

SSE41 static __m128i load(const void *bytes)
{
    return _mm_loadu_si128(bytes);
}

/* The number that 16 digits make: pairs, fours, eights. */
SSE41 static uint64_t sum_digits(__m128i digits)
{
    const __m128i tens = _mm_set1_epi16(10 + (1 << 8));
    const __m128i hundreds = _mm_set1_epi32(100 + (1 << 16));
    const __m128i myriads = _mm_set1_epi32(10000 + (1 << 16));
    __m128i fours = _mm_madd_epi16(_mm_maddubs_epi16(digits, tens), hundreds);
    __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), myriads);
    uint64_t both = (uint64_t)_mm_cvtsi128_si64(eights);
    return (both & UINT32_MAX) * 100000000 + (both >> 32);
}

SSE41 static double read_vector(const char *text, size_t n)
{
    bool is_negative = n > 0 && *text == '-';
    text += is_negative;
    n -= is_negative;
    if (n - 1 > MOST_DIGITS)
        return NAN;
    __m128i all = load(text);
    uint32_t points =
        (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(all, _mm_set1_epi8('.')));
    points &= (2U << (n - 1)) - 1;
    bool has_point = points != 0;
    size_t n_digits = n - has_point;
    size_t n_whole = (size_t)__builtin_ctz(points | 1U << n),
           n_places = n_digits - n_whole;
    __m128i which = _mm_add_epi8(load(ramp + n_digits), load(steps + n_places));
    __m128i digits = _mm_shuffle_epi8(_mm_sub_epi8(all, _mm_set1_epi8('0')), which);
    uint64_t w = sum_digits(digits);
    __m128i others = _mm_subs_epu8(digits, _mm_set1_epi8(9));
    bool is_plain = _mm_testz_si128(others, others);
    is_plain &= (n_whole == 1) | ((n_whole > 0) & (*text != '0'));
    is_plain &=
        has_point ? text[n - 1] > '0' && w >= least[n_places] : w > 0 || !is_negative;
    is_plain &= n_digits <= MOST_DIGITS;
    return is_plain ? negate((double)w / number_digits_tens[n_places], is_negative) : NAN;
}

SSE41 static void read_vectors(const struct csv_cell *cells, size_t n_cells,
                               double *values)
{
    for (size_t i = 0; i < n_cells; i++)
        values[i] = read_vector(cells[i].text, cells[i].n_bytes);
}
#endif

void number_plain_cells(const struct csv_cell *cells, size_t n_cells, double *values)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.1")) {
        read_vectors(cells, n_cells, values);
        return;
    }
#endif
    number_plain_cells_portable(cells, n_cells, values);
}
