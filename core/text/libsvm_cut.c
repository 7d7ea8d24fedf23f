#include "core/text/libsvm_cut.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#define MOST LIBSVM_FIELDS_MOST

/* ---- mark by mark ---- */

/* Bit i: byte i is a colon, a blank or a control character. */
static uint64_t find_marks(const char *bytes)
{
    uint64_t found = 0;
#ifdef __SSE2__
    for (size_t i = 0; i < CSV_MARKS_BLOCK / 16; i++) {
        csv_marks_lanes lanes;
        memcpy(&lanes, bytes + 16 * i, sizeof(lanes));
        found |= csv_marks_bits((csv_marks_signs)((lanes == ':') | (lanes <= ' ')))
                 << 16 * i;
    }
#else
    for (size_t i = 0; i < CSV_MARKS_BLOCK / 8; i++) {
        uint64_t word;
        memcpy(&word, bytes + 8 * i, sizeof(word));
        word = le64toh(word);
        uint64_t tops =
            csv_marks_zeros(word ^ CSV_MARKS_ONES * ':') | csv_marks_low(word, ' ');
        found |= ((tops >> 7) * UINT64_C(0x0102040810204080)) >> 56 << 8 * i;
    }
#endif
    return found;
}

/* What a byte at `at` ends; false where no further entry may follow. */
static bool take_end(struct libsvm_cut *cut, char c, size_t at)
{
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
        return false;
    cut->values[cut->n++].end = (uint32_t)at;
    cut->has_colon = false;
    return cut->n < MOST && (c == ' ' || c == '\t');
}

bool libsvm_cut_block_portable(struct libsvm_cut *cut, const char *text, size_t at)
{
    for (uint64_t found = find_marks(text + at); found; found &= found - 1) {
        size_t mark = at + (size_t)__builtin_ctzll(found);
        if (cut->has_colon) {
            if (!take_end(cut, text[mark], mark))
                return false;
        } else if (text[mark] == ':') {
            cut->values[cut->n].start = (uint32_t)mark + 1;
            cut->has_colon = true;
        } else {
            return false;
        }
    }
    return true;
}

/* ---- all marks at once ---- */

#ifdef __x86_64__
#define VECTORS                                                                          \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,bmi,bmi2,"     \
                          "lzcnt,popcnt")))
#define EVERY_SECOND UINT64_C(0x5555555555555555)

static const unsigned char places[CSV_MARKS_BLOCK] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
    32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
    48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

/* Bit i: byte i of the block. */
struct block {
    uint64_t colons, blanks, others; /* which end the row, or the entries */
};

VECTORS static struct block look(const char *bytes)
{
    __m512i here = _mm512_loadu_si512(bytes);
    uint64_t low = _mm512_cmple_epu8_mask(here, _mm512_set1_epi8(' '));
    struct block block = {_mm512_cmpeq_epi8_mask(here, _mm512_set1_epi8(':')),
                          _mm512_cmpeq_epi8_mask(here, _mm512_set1_epi8(' ')) |
                              _mm512_cmpeq_epi8_mask(here, _mm512_set1_epi8('\t')),
                          low};
    block.others &= ~block.blanks;
    return block;
}

/* Begins and ends of values take turns, as in `values`: the marks of the text from `at`
 * on, of which the first is the `which`-th of these. */
VECTORS static void put_places(struct csv_field *values, size_t which, size_t at,
                               uint64_t marks)
{
    const __m512i behind =
        which % 2 == 0 ? _mm512_set1_epi64(1) : _mm512_set1_epi64(INT64_C(1) << 32);
    const __m512i first = _mm512_add_epi32(behind, _mm512_set1_epi32((int)at));
    __m512i found = _mm512_maskz_compress_epi8(marks, _mm512_loadu_si512(places));
    uint32_t *to = &values[which / 2].start + which % 2;
    size_t n = (size_t)__builtin_popcountll(marks);
    for (size_t i = 0; i < n; i += 16) {
        __m512i here = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(found));
        _mm512_storeu_si512(to + i, _mm512_add_epi32(here, first));
        found = _mm512_shuffle_i64x2(found, found, 0x39); /* the next sixteen */
    }
}

/* The marks that come before anything else, where colons and blanks take turns and there
 * is room for all; false if they do not. */
VECTORS static bool take_marks(struct libsvm_cut *cut, size_t at,
                               const struct block *block)
{
    uint64_t before =
        (block->others & -block->others) - 1; /* all, where there are none */
    uint64_t marks = (block->colons | block->blanks) & before;
    size_t which = 2 * cut->n + cut->has_colon, n = (size_t)__builtin_popcountll(marks);
    uint64_t wanted = _bzhi_u64(EVERY_SECOND << cut->has_colon, (unsigned)n);
    if (which + n >= 2 * (size_t)MOST || _pext_u64(block->colons, marks) != wanted)
        return false;
    put_places(cut->values, which, at, marks);
    cut->n = (which + n) / 2;
    cut->has_colon = (which + n) % 2;
    return true;
}

VECTORS static bool cut_block(struct libsvm_cut *cut, const char *text, size_t at)
{
    const struct block block = look(text + at);
    if (!take_marks(cut, at, &block))
        return libsvm_cut_block_portable(cut, text, at);
    if (!block.others)
        return true;
    size_t end = at + (size_t)__builtin_ctzll(block.others);
    return cut->has_colon && take_end(cut, text[end], end);
}
#endif

bool libsvm_cut_block(struct libsvm_cut *cut, const char *text, size_t at)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512bw"))
        return cut_block(cut, text, at);
#endif
    return libsvm_cut_block_portable(cut, text, at);
}
