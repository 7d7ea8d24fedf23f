#include "core/text/number_cells.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "core/text/number.h"
#include "core/text/number_decimal.h"
#include "core/text/number_digits.h"
#include "core/text/number_plain.h"
#include "core/text/number_short.h"
#include "core/text/number_tenths.h"

#define BATCH                                                                            \
    64U /* cells for which there is room, or a number of words chosen, together */

/* ---- one by one ---- */

/* Without a branch: signs come as they please. */
static double negate(double magnitude, unsigned is_negative)
{
    uint64_t bits;
    memcpy(&bits, &magnitude, sizeof(bits));
    bits |= (uint64_t)is_negative << 63;
    memcpy(&magnitude, &bits, sizeof(bits));
    return magnitude;
}

#define MOST_DIGITS 19
#define MOST_CHARACTERS (MOST_DIGITS + 2U)

/* The digits of [-] digits [. digits], of which there are up to MOST_DIGITS, and how many
 * of them stand behind the point; false if it is another text. */
static bool read_digits(const char *text, size_t n, uint64_t *w, int *n_places)
{
    size_t n_points = 0, start = n > 0 && *text == '-';
    if (n > MOST_CHARACTERS)
        return false;
    *w = 0;
    *n_places = 0;
    for (size_t i = start; i < n; i++) {
        unsigned digit = (unsigned char)(text[i] - '0');
        if (text[i] == '.') {
            n_points++;
            *n_places = (int)(n - i - 1);
        } else if (digit <= 9) {
            *w = *w * 10 + digit;
        } else {
            return false;
        }
    }
    return n_points <= 1 && n - start - n_points - 1 < MOST_DIGITS;
}

/* One that is not plain. */
static unsigned char read_other(const char *text, size_t n, double *value)
{
    uint64_t w;
    int n_places;
    bool is_simple = read_digits(text, n, &w, &n_places);
    if (is_simple && w > 0 && number_decimal_value(w, -n_places, value)) {
        *value = negate(*value, *text == '-');
        return NUMBER_CELLS_NUMBER;
    }
    if (is_simple && number_parse(text, n, value))
        return NUMBER_CELLS_NUMBER;
    *value = NAN;
    return NUMBER_CELLS_OTHER;
}

/* How many whole numbers of few digits there are at the begin of the cells, where they
 * can be read together. */
static size_t read_short(const char *text, const struct csv_field *fields, size_t n,
                         double *values, unsigned char *kinds)
{
#ifdef __x86_64__
    if (fields->end >= NUMBER_SHORT_MOST && __builtin_cpu_supports("avx2"))
        return number_short_avx2(text, fields, n, values, kinds);
#endif
    (void)text, (void)fields, (void)n, (void)values, (void)kinds;
    return 0;
}

void number_cells_read_portable(const char *text, const struct csv_field *fields,
                                size_t n, double *values, unsigned char *kinds)
{
    struct csv_cell cells[BATCH];
    for (size_t first = 0, n_now; first < n; first += n_now) {
        size_t n_left = n - first < BATCH ? n - first : BATCH;
        n_now = read_short(text, fields + first, n_left, values + first, kinds + first);
        if (n_now > 0)
            continue;
        n_now = n_left;
        for (size_t i = 0; i < n_now; i++) {
            const struct csv_field *field = &fields[first + i];
            cells[i] =
                (struct csv_cell){text + field->start, field->end - field->start, false};
        }
        number_plain_cells(cells, n_now, values + first);
        for (size_t i = 0; i < n_now; i++)
            kinds[first + i] =
                isnan(values[first + i])
                    ? read_other(cells[i].text, cells[i].n_bytes, &values[first + i])
                    : (unsigned char)NUMBER_CELLS_PLAIN;
    }
}

/* ---- eight at a time ---- */

#ifdef __x86_64__
#define VECTORS                                                                          \
    __attribute__((target("avx512f,avx512bw,avx512cd,avx512dq,avx512vl"))) static
/* So that the number of words is a constant. */
#define AVX512 VECTORS __attribute__((always_inline)) inline

/*
 * The characters of a cell stand right-aligned in one to three words, the last eight in
 * the first word: the last character in the highest byte. Then the point is taken out by
 * moving what stands before it by one byte towards the end. Each lane is a cell.
 */
#define UNROLLED _Pragma("GCC unroll 8")

#define MOST_WORDS 3U
#define GROUP 8U
#define MOST_PLAIN_DIGITS 15

/* Digits with so many places behind the point are at least 1e-4 from here on. */
static const uint64_t least[16] = {
    0,     0,      0,       0,        1,         10,         100,         1000,
    10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000};

/* Eight cells, each lane of one: what is known of them. */
struct lanes {
    __m512i n;                 /* characters, without the sign */
    __m512i words[MOST_WORDS]; /* digits from 0 to 9; zeros before them */
    __m512i first;             /* digit, sign or point in the low byte */
    __m512i n_places;
    __mmask8 is_negative, has_point;
};

AVX512 __m512i broadcast(uint64_t word)
{
    return _mm512_set1_epi64((long long)word);
}

/* The characters that end `back` bytes before the cells do. */
AVX512 __m512i load_words(const char *text, __m512i ends, size_t back)
{
    return _mm512_i64gather_epi64(ends, text - back - 8, 1);
}

/* Bits of the bytes of word k in which there is none of n characters; all of them if
 * there are too few for that word. Below 0 becomes 0. */
AVX512 __m512i bits_before(__m512i n, size_t k)
{
    return _mm512_slli_epi64(_mm512_subs_epu16(broadcast(8 * (k + 1)), n), 3);
}

/* The first of n characters, in the low byte. A shift by 64 or more gives 0. */
AVX512 __m512i first_of(const __m512i *words, __m512i n, size_t n_words)
{
    __m512i first = _mm512_setzero_si512();
    UNROLLED for (size_t k = 0; k < n_words; k++)
    {
        __m512i bits = _mm512_slli_epi64(_mm512_sub_epi64(broadcast(8 * (k + 1)), n), 3);
        first = _mm512_or_si512(first, _mm512_srlv_epi64(words[k], bits));
        /* of a longer text this word has none: the difference is then below 0 */
    }
    return _mm512_and_si512(first, broadcast(0xff));
}

AVX512 void take_sign(struct lanes *lanes, size_t n_words)
{
    __m512i first = first_of(lanes->words, lanes->n, n_words);
    lanes->is_negative = _mm512_cmpeq_epi64_mask(first, broadcast('-'));
    lanes->n =
        _mm512_mask_sub_epi64(lanes->n, lanes->is_negative, lanes->n, broadcast(1));
    UNROLLED for (size_t k = 0; k < n_words; k++)
    {
        __m512i digits = _mm512_sub_epi8(lanes->words[k], _mm512_set1_epi8('0'));
        __m512i ones = _mm512_sllv_epi64(broadcast(UINT64_MAX), bits_before(lanes->n, k));
        lanes->words[k] = _mm512_and_si512(digits, ones);
    }
    lanes->first = first_of(lanes->words, lanes->n, n_words);
}

/* The word with its characters up to the point moved by one byte, `before` coming in. */
AVX512 __m512i close_gap(__m512i word, __m512i before, __m512i low)
{
    __m512i one = broadcast(1), below = _mm512_sub_epi64(low, one);
    __m512i above = _mm512_sub_epi64(_mm512_slli_epi64(low, 8), one);
    __m512i moved = _mm512_slli_epi64(_mm512_and_si512(word, below), 8);
    return _mm512_or_si512(_mm512_or_si512(moved, before),
                           _mm512_andnot_si512(above, word));
}

AVX512 bool has_points(const struct lanes *lanes, size_t n_words)
{
    __mmask64 found = 0;
    UNROLLED for (size_t k = 0; k < n_words; k++) found |=
        _mm512_cmpeq_epi8_mask(lanes->words[k], _mm512_set1_epi8((char)('.' - '0')));
    return found != 0;
}

/* A second point stays, and is no digit. */
AVX512 void take_point(struct lanes *lanes, size_t n_words)
{
    const __m512i point = _mm512_set1_epi8((char)('.' - '0')),
                  zero = _mm512_setzero_si512();
    lanes->has_point = 0;
    lanes->n_places = zero;
    if (!has_points(lanes, n_words))
        return;
    UNROLLED for (size_t k = 0; k < n_words; k++)
    {
        __m512i word = lanes->words[k];
        __m512i before =
            k + 1 < n_words ? _mm512_srli_epi64(lanes->words[k + 1], 56) : zero;
        __m512i points = _mm512_movm_epi8(_mm512_cmpeq_epi8_mask(word, point));
        __m512i low = _mm512_and_si512(points, _mm512_sub_epi64(zero, points));
        __mmask8 is_here =
            _mm512_mask_test_epi64_mask((__mmask8)~lanes->has_point, points, points);
        __m512i n_behind = _mm512_srli_epi64(_mm512_lzcnt_epi64(low), 3);
        lanes->n_places =
            _mm512_mask_add_epi64(lanes->n_places, is_here, n_behind, broadcast(8 * k));
        __m512i moved = _mm512_or_si512(_mm512_slli_epi64(word, 8), before);
        lanes->words[k] = _mm512_mask_blend_epi64(lanes->has_point, word, moved);
        lanes->words[k] =
            _mm512_mask_mov_epi64(lanes->words[k], is_here, close_gap(word, before, low));
        lanes->has_point |= is_here;
    }
}

/* The numbers that eight digits each make. */
AVX512 __m512i sum_digits(__m512i digits)
{
    const __m512i tens = _mm512_set1_epi16(10 + (1 << 8));
    const __m512i hundreds = _mm512_set1_epi32(100 + (1 << 16));
    __m512i fours = _mm512_madd_epi16(_mm512_maddubs_epi16(digits, tens), hundreds);
    return _mm512_add_epi64(_mm512_mul_epu32(fours, broadcast(10000)),
                            _mm512_srli_epi64(fours, 32));
}

AVX512 __m512i sum_words(const __m512i *words, size_t n_words)
{
    __m512i sum = sum_digits(words[n_words - 1]);
    UNROLLED for (size_t k = n_words - 1; k-- > 0;) sum = _mm512_add_epi64(
        k == 0 && n_words == 3 ? _mm512_mullo_epi64(sum, broadcast(100000000))
                               : _mm512_mul_epu32(sum, broadcast(100000000)),
        sum_digits(words[k]));
    return sum;
}

AVX512 __mmask8 find_numbers(const struct lanes *lanes, __m512i n_digits,
                             __m512i n_characters, size_t n_words)
{
    __m512i most = lanes->words[0];
    UNROLLED for (size_t k = 1; k < n_words; k++) most =
        _mm512_max_epu8(most, lanes->words[k]);
    __m512i others = _mm512_subs_epu8(most, _mm512_set1_epi8(9));
    __mmask8 are_digits = _mm512_testn_epi64_mask(others, others);
    __m512i n_but_one = _mm512_sub_epi64(n_digits, broadcast(1)); /* huge for none */
    return are_digits & _mm512_cmple_epu64_mask(n_characters, broadcast(8 * n_words)) &
           _mm512_cmplt_epu64_mask(n_but_one, broadcast(MOST_DIGITS));
}

/* See number_plain.h. */
AVX512 __mmask8 find_plain(const struct lanes *lanes, __m512i n_digits, __m512i w)
{
    const __m512i zero = _mm512_setzero_si512(), one = broadcast(1);
    __m512i n_whole = _mm512_sub_epi64(n_digits, lanes->n_places);
    __m512i floor = _mm512_permutex2var_epi64(_mm512_loadu_si512(least), lanes->n_places,
                                              _mm512_loadu_si512(least + 8));
    __m512i last = _mm512_srli_epi64(lanes->words[0], 56);
    __mmask8 has_first = _mm512_cmpneq_epi64_mask(lanes->first, zero);
    __mmask8 begins_well = _mm512_cmpeq_epi64_mask(n_whole, one) |
                           (has_first & _mm512_cmpgt_epi64_mask(n_whole, zero));
    __mmask8 ends_well = _mm512_cmpneq_epi64_mask(last, zero) &
                         _mm512_cmpneq_epi64_mask(lanes->n_places, zero) &
                         _mm512_cmpge_epu64_mask(w, floor);
    __mmask8 is_whole =
        (__mmask8)(_mm512_cmpneq_epi64_mask(w, zero) | ~lanes->is_negative);
    return begins_well &
           (__mmask8)((lanes->has_point & ends_well) | (~lanes->has_point & is_whole)) &
           _mm512_cmple_epu64_mask(n_digits, broadcast(MOST_PLAIN_DIGITS));
}

AVX512 __m512d negate_all(__m512d magnitude, __mmask8 is_negative)
{
    __m512i bits = _mm512_castpd_si512(magnitude);
    return _mm512_castsi512_pd(
        _mm512_mask_xor_epi64(bits, is_negative, bits, broadcast(UINT64_C(1) << 63)));
}

AVX512 __m512d powers_of(__m512i n_places)
{
    return _mm512_permutexvar_pd(n_places, _mm512_loadu_pd(number_digits_tens));
}

/* w·10^-n_places in the lanes told. */
AVX512 __mmask8 scale(__m512i w, __m512i n_places, __m512d *found)
{
    __m512d high = _mm512_cvtepu64_pd(w);
    __m512i low = _mm512_sub_epi64(w, _mm512_cvtpd_epu64(high));
    return number_tenths_scale(high, _mm512_cvtepi64_pd(low), n_places, found);
}

/* The few that it cannot tell, one by one. Returns which of them are found. */
static unsigned scale_each(unsigned which, const uint64_t *digits, const uint64_t *places,
                           unsigned is_negative, double *values)
{
    unsigned done = 0;
    for (; which; which &= which - 1) {
        unsigned i = (unsigned)__builtin_ctz(which);
        double value;
        if (!number_decimal_value(digits[i], -(int)places[i], &value))
            continue;
        values[i] = negate(value, is_negative >> i & 1);
        done |= 1U << i;
    }
    return done;
}

AVX512 void read_group(const char *text, const struct csv_field *fields, size_t n_words,
                       double *values, unsigned char *kinds)
{
    struct lanes lanes;
    __m512i both = _mm512_loadu_si512(fields), ends = _mm512_srli_epi64(both, 32);
    __m512i n_characters =
        _mm512_sub_epi64(ends, _mm512_and_si512(both, broadcast(UINT32_MAX)));
    lanes.n = n_characters;
    UNROLLED for (size_t k = 0; k < n_words; k++) lanes.words[k] =
        load_words(text, ends, 8 * k);
    take_sign(&lanes, n_words);
    take_point(&lanes, n_words);
    __m512i n_digits =
        _mm512_mask_sub_epi64(lanes.n, lanes.has_point, lanes.n, broadcast(1));
    __m512i w = sum_words(lanes.words, n_words);
    __mmask8 are_numbers = find_numbers(&lanes, n_digits, n_characters, n_words);
    __mmask8 are_plain = find_plain(&lanes, n_digits, w) & are_numbers;
    __m512d found = _mm512_cvtepu64_pd(w);
    __mmask8 are_certain = are_numbers;
    if (lanes.has_point && n_words == 1) /* digits and power are doubles */
        found = _mm512_div_pd(found, powers_of(lanes.n_places));
    else if (lanes.has_point) /* columns of whole numbers are common */
        are_certain &= scale(w, lanes.n_places, &found);
    found = negate_all(found, lanes.is_negative);
    _mm512_storeu_pd(values, _mm512_mask_mov_pd(_mm512_set1_pd(NAN), are_certain, found));
    unsigned others = are_numbers & ~(unsigned)are_certain;
    if (others) {
        uint64_t digits[GROUP], places[GROUP];
        _mm512_storeu_si512(digits, w);
        _mm512_storeu_si512(places, lanes.n_places);
        others ^= scale_each(others, digits, places, lanes.is_negative, values);
        are_numbers &= (__mmask8)~others;
    }
    __m128i of = _mm_set1_epi8((char)NUMBER_CELLS_OTHER);
    of = _mm_add_epi8(_mm_add_epi8(of, _mm_movm_epi8(are_numbers)),
                      _mm_movm_epi8(are_plain));
    _mm_storel_epi64((__m128i *)(void *)kinds, of);
}

AVX512 size_t longest(const struct csv_field *fields, size_t n)
{
    uint32_t most = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t n_bytes = fields[i].end - fields[i].start;
        most = n_bytes > most ? n_bytes : most;
    }
    return most;
}

/* n is a multiple of GROUP. */
VECTORS void read_batch(const char *text, const struct csv_field *fields, size_t n,
                        double *values, unsigned char *kinds)
{
    size_t most = longest(fields, n), i = 0;
    if (most <= NUMBER_SHORT_MOST)
        i = number_short_avx512(text, fields, n, values, kinds);
    for (; i < n; i += GROUP)
        if (most <= 8)
            read_group(text, fields + i, 1, values + i, kinds + i);
        else if (most <= 16)
            read_group(text, fields + i, 2, values + i, kinds + i);
        else
            read_group(text, fields + i, 3, values + i, kinds + i);
}

/* Fewer cells than a group, with the last one in place of those that are missing. */
static void read_rest(const char *text, const struct csv_field *fields, size_t n,
                      double *values, unsigned char *kinds)
{
    struct csv_field all[GROUP];
    double found[GROUP];
    unsigned char of[GROUP];
    for (size_t i = 0; i < GROUP; i++)
        all[i] = fields[i < n ? i : n - 1];
    read_batch(text, all, GROUP, found, of);
    memcpy(values, found, n * sizeof(*values));
    memcpy(kinds, of, n);
}

static void read_vectors(const char *text, const struct csv_field *fields, size_t n,
                         double *values, unsigned char *kinds)
{
    for (size_t i = 0; i < n; i += BATCH) {
        size_t n_left = n - i < BATCH ? n - i : BATCH, whole = n_left / GROUP * GROUP;
        if (whole > 0)
            read_batch(text, fields + i, whole, values + i, kinds + i);
        if (n_left > whole)
            read_rest(text, fields + i + whole, n_left - whole, values + i + whole,
                      kinds + i + whole);
    }
}

static bool has_vectors(void)
{
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

void number_cells_read(const char *text, const struct csv_field *fields, size_t n,
                       double *values, unsigned char *kinds)
{
#ifdef __x86_64__
    size_t i = 0;
    if (has_vectors()) { /* what reaches before the text goes the other way */
        while (i < n && fields[i].end < 8 * MOST_WORDS)
            i++;
        read_vectors(text, fields + i, n - i, values + i, kinds + i);
        n = i;
    }
#endif
    number_cells_read_portable(text, fields, n, values, kinds);
}
