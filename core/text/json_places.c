/*
 * Marks (commas and brackets) are looked for in blocks of 64 bytes, a bit for each byte.
 * With AVX-512 so are the bytes behind them where cells start, and what JSON wants of a
 * number's first two digits and its last; without, cells are looked at one by one.
 */
#include "core/text/json_places.h"

#include <stdint.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#define BLOCK 64U
#define AT_ONCE 4U /* marks of a block that are noted together */
#define PLACES (JSON_PLACES_MOST + BLOCK)

static uint64_t bits_before(size_t n)
{
    return n < BLOCK ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
}

/* ---- one by one ---- */

/* Which bytes of a block are a comma, and which a closing bracket. */
struct marks {
    uint64_t commas, brackets;
};

#ifdef __SSE2__
static inline uint64_t find_byte(const __m128i *some, char c)
{
    const __m128i all = _mm_set1_epi8(c);
    uint64_t found = 0;
    for (size_t i = 0; i < 4; i++)
        found |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(some[i], all))
                 << 16 * i;
    return found;
}

static inline struct marks find_marks(const char *bytes)
{
    __m128i some[4];
    for (size_t i = 0; i < 4; i++)
        some[i] = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * i));
    return (struct marks){find_byte(some, ','), find_byte(some, ']')};
}
#else
static inline struct marks find_marks(const char *bytes)
{
    struct marks marks = {0};
    for (size_t i = 0; i < BLOCK; i++) {
        marks.commas |= (uint64_t)(bytes[i] == ',') << i;
        marks.brackets |= (uint64_t)(bytes[i] == ']') << i;
    }
    return marks;
}
#endif

/* Appends where the bits are, which come as they please: a few at a time, whether or
 * not there are so many, for a branch on each would be guessed wrong. */
static inline size_t put_places(uint64_t bits, uint32_t block, uint32_t *places)
{
    size_t n = 0;
    while (bits)
        for (size_t k = 0; k < AT_ONCE; k++) {
            places[n] = block + (bits ? (uint32_t)__builtin_ctzll(bits) : 0);
            n += bits != 0;
            bits &= bits - 1;
        }
    return n;
}

/* Where the cells from `at` on end, up to the one that a bracket ends: `most` of them or
 * fewer than a block more. */
static size_t find_ends(const char *text, size_t at, size_t n, uint32_t *ends,
                        size_t most)
{
    size_t n_ends = 0;
    for (size_t block = at; block < n && n_ends < most; block += BLOCK) {
        struct marks marks = find_marks(text + block);
        uint64_t to_bracket = marks.brackets ^ (marks.brackets - 1);
        uint64_t found =
            (marks.commas | marks.brackets) & to_bracket & bits_before(n - block);
        n_ends += put_places(found, (uint32_t)block, ends + n_ends);
        if (marks.brackets)
            break;
    }
    return n_ends < most ? n_ends : most;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline uint32_t pass_blanks(const char *text, uint32_t at, uint32_t end)
{
    while (at < end && is_blank(text[at]))
        at++;
    return at;
}

/* A digit or '-', told without a branch between the two: signs come as they please. */
static inline bool begins_number(char c)
{
    const uint64_t digits_and_sign = UINT64_C(0x3ff) << ('0' - '-') | 1;
    unsigned from_sign = (unsigned char)(c - '-');
    return from_sign < 64 && (digits_and_sign >> from_sign & 1);
}

size_t json_places_find_portable(const char *text, size_t at, size_t n,
                                 struct csv_field *cells, size_t most)
{
    uint32_t ends[PLACES + AT_ONCE], start = (uint32_t)at;
    size_t n_ends = find_ends(text, at, n, ends, most);
    for (size_t i = 0; i < n_ends; i++) {
        start = pass_blanks(text, start, ends[i]);
        if (!begins_number(text[start]))
            return i;
        cells[i] = (struct csv_field){start, ends[i]};
        start = ends[i] + 1;
    }
    return n_ends;
}

/* ---- many at a time ---- */

#ifdef __x86_64__
#define VECTORS __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2"))) static
#define SIXTEEN 16U

VECTORS inline uint64_t find(__m512i bytes, char c)
{
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c));
}

VECTORS inline uint64_t find_digits(__m512i bytes)
{
    return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8('0')),
                                  _mm512_set1_epi8(10));
}

VECTORS inline uint64_t find_blanks(__m512i bytes)
{
    if (!_mm512_cmple_epu8_mask(bytes, _mm512_set1_epi8(' ')))
        return 0;
    return find(bytes, ' ') | find(bytes, '\n') | find(bytes, '\r') | find(bytes, '\t');
}

/* Appends where the bits are; writes up to 15 more. */
VECTORS inline size_t put_all(uint64_t bits, size_t block, uint32_t *places)
{
    static const unsigned char numbers[BLOCK] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
        16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
        32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
        48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    const __m512i from = _mm512_set1_epi32((int)block);
    __m512i found = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(numbers));
    size_t n = (size_t)__builtin_popcountll(bits);
    for (size_t i = 0; i < n; i += SIXTEEN) {
        __m512i some = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(found));
        _mm512_storeu_si512(places + i, _mm512_add_epi32(some, from));
        found = _mm512_alignr_epi32(found, found, 4);
    }
    return n;
}

/* What one block leaves to the next. */
struct carry {
    uint64_t opens; /* 1: a cell starts with the block, or behind blanks in it */
    uint64_t point; /* 1: a point stood before it */
};

struct found {
    uint64_t starts, ends; /* of cells; the last start may have no end yet */
    bool is_last;
};

/* The first byte behind each mark, or behind the blanks there: a carry runs through them
 * all. */
static inline uint64_t find_starts(uint64_t marks, uint64_t blanks, struct carry *carry)
{
    uint64_t starts = marks << 1 | carry->opens, behind;
    carry->opens = marks >> (BLOCK - 1);
    if (!(starts & blanks))
        return starts;
    carry->opens |= __builtin_add_overflow(blanks, starts & blanks, &behind);
    return (starts | behind) & ~blanks;
}

VECTORS inline struct found look_at(const char *bytes, size_t n, struct carry *carry)
{
    __m512i here = _mm512_loadu_si512(bytes), next = _mm512_loadu_si512(bytes + 1);
    __m512i after = _mm512_loadu_si512(bytes + 2);
    uint64_t brackets = find(here, ']'), points = find(here, '.');
    uint64_t up_to = (brackets ^ (brackets - 1)) & bits_before(n);
    uint64_t ends = (find(here, ',') | brackets) & up_to;
    uint64_t behind_point = points << 1 | carry->point;
    carry->point = points >> (BLOCK - 1);
    uint64_t starts = find_starts(ends, find_blanks(here), carry) & up_to;
    /* no zero before another digit, with a sign or without */
    uint64_t second = find_digits(next);
    uint64_t unsigned_well = find_digits(here) & ~(find(here, '0') & second);
    uint64_t signed_well =
        find(here, '-') & second & ~(find(next, '0') & find_digits(after));
    uint64_t bad = (starts & ~(unsigned_well | signed_well)) | (ends & behind_point);
    ends &= (bad & -bad) - 1;
    return (struct found){starts, ends, brackets || bad};
}

VECTORS size_t find_vectors(const char *text, size_t at, size_t n,
                            struct csv_field *cells, size_t most)
{
    uint32_t starts[PLACES + SIXTEEN], ends[PLACES + SIXTEEN];
    size_t n_starts = 0, n_ends = 0;
    struct carry carry = {.opens = 1};
    struct found found = {0};
    for (size_t block = at; block < n && n_ends < most && !found.is_last;
         block += BLOCK) {
        found = look_at(text + block, n - block, &carry);
        n_starts += put_all(found.starts, block, starts + n_starts);
        n_ends += put_all(found.ends, block, ends + n_ends);
    }
    n_ends = n_ends < most ? n_ends : most;
    for (size_t i = 0; i < n_ends; i++)
        cells[i] = (struct csv_field){starts[i], ends[i]};
    return n_ends;
}
#endif

size_t json_places_find(const char *text, size_t at, size_t n, struct csv_field *cells,
                        size_t most, bool *is_checked)
{
#ifdef __x86_64__
    *is_checked = __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512vl") &&
                  __builtin_cpu_supports("avx512vbmi2");
    if (*is_checked)
        return find_vectors(text, at, n, cells, most);
#else
    *is_checked = false;
#endif
    return json_places_find_portable(text, at, n, cells, most);
}
