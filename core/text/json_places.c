/*
 * Marks (commas and brackets) are looked for in blocks of 64 bytes, a bit for each byte.
 */
#include "core/text/json_places.h"

#include <stdbool.h>
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

size_t json_places_find(const char *text, size_t at, size_t n, struct csv_field *cells,
                        size_t most)
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
