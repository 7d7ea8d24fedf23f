/*
 * Where in a text the bytes are that may end a plain cell: delimiter, quote, and control
 * characters up to CR. 64 bytes are looked at together, and what was found in them is
 * kept as one bit a byte, so that each further cell costs a shift. The caller locks.
 */
#ifndef LOGITD_CORE_TEXT_CSV_MARKS_H
#define LOGITD_CORE_TEXT_CSV_MARKS_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CSV_MARKS_BLOCK 64U

struct csv_marks {
    unsigned char delimiter, quote; /* '\0' for no quote */
    const char *block; /* the last one looked at, and its bytes; NULL: none */
    size_t n;
    uint64_t found; /* bit i: byte i is one of them */
    bool has_high;  /* some byte of the block is beyond ASCII */
};

#define CSV_MARKS_ONES UINT64_C(0x0101010101010101)
#define CSV_MARKS_TOPS (CSV_MARKS_ONES * 0x80)

/* Top bits where a byte of the word is 0, or at most `most`, below 0x80. */
static inline uint64_t csv_marks_zeros(uint64_t word)
{
    return ~(((word & ~CSV_MARKS_TOPS) + ~CSV_MARKS_TOPS) | word) & CSV_MARKS_TOPS;
}

static inline uint64_t csv_marks_low(uint64_t word, unsigned char most)
{
    uint64_t sum = (word & ~CSV_MARKS_TOPS) + CSV_MARKS_ONES * (0x7fU - most);
    return ~(sum | word) & CSV_MARKS_TOPS;
}

/* The same of 64 bytes without vectors, for machines that have none that we know. */
static inline void csv_marks_look_portable(struct csv_marks *marks, const char *bytes)
{
    uint64_t found = 0, high = 0;
    for (size_t i = 0; i < CSV_MARKS_BLOCK / 8; i++) {
        uint64_t word;
        memcpy(&word, bytes + 8 * i, sizeof(word));
        word = le64toh(word);
        uint64_t tops = csv_marks_zeros(word ^ CSV_MARKS_ONES * marks->delimiter) |
                        csv_marks_zeros(word ^ CSV_MARKS_ONES * marks->quote) |
                        csv_marks_low(word, '\r');
        /* The eight top bits become the product's top byte, the first the lowest. */
        found |= ((tops >> 7) * UINT64_C(0x0102040810204080)) >> 56 << 8 * i;
        high |= word;
    }
    marks->found = found;
    marks->has_high = (high & CSV_MARKS_TOPS) != 0;
}

#ifdef __SSE2__
typedef unsigned char csv_marks_lanes __attribute__((vector_size(16)));
typedef char csv_marks_signs __attribute__((vector_size(16)));

static inline uint64_t csv_marks_bits(csv_marks_signs signs)
{
    return (uint16_t)__builtin_ia32_pmovmskb128(signs);
}

static inline void csv_marks_look(struct csv_marks *marks, const char *bytes)
{
    uint64_t found = 0;
    csv_marks_lanes high = {0};
    for (size_t i = 0; i < CSV_MARKS_BLOCK / 16; i++) {
        csv_marks_lanes lanes;
        memcpy(&lanes, bytes + 16 * i, sizeof(lanes));
        found |=
            csv_marks_bits((csv_marks_signs)((lanes == marks->delimiter) |
                                             (lanes == marks->quote) | (lanes <= '\r')))
            << 16 * i;
        high |= lanes;
    }
    marks->found = found;
    marks->has_high = csv_marks_bits((csv_marks_signs)high) != 0;
}
#else
static inline void csv_marks_look(struct csv_marks *marks, const char *bytes)
{
    csv_marks_look_portable(marks, bytes);
}
#endif

/* The next block begins here; it may be the last, of fewer bytes. */
static inline void csv_marks_take_block(struct csv_marks *marks, const char *at, size_t n)
{
    char copy[CSV_MARKS_BLOCK] = {0};
    marks->block = at;
    marks->n = n < CSV_MARKS_BLOCK ? n : CSV_MARKS_BLOCK;
    if (n < CSV_MARKS_BLOCK) {
        memcpy(copy, at, n);
        at = copy;
    }
    csv_marks_look(marks, at);
    if (n < CSV_MARKS_BLOCK)
        marks->found &= (UINT64_C(1) << n) - 1;
}

/* The bytes at which it looked are gone, or others. */
static inline void csv_marks_forget(struct csv_marks *marks)
{
    marks->block = NULL;
    marks->n = 0;
}

/* Of what there is at text[at..n), at < n: bit i is set where text[at + i] is a mark, for
 * the first *n_known bytes. *has_high is set if there are bytes beyond ASCII, among these
 * or right before them. */
static inline uint64_t csv_marks_at(struct csv_marks *marks, const char *text, size_t at,
                                    size_t n, size_t *n_known, bool *has_high)
{
    size_t offset = (size_t)((uintptr_t)(text + at) - (uintptr_t)marks->block);
    if (offset >= marks->n) {
        csv_marks_take_block(marks, text + at, n - at);
        offset = 0;
    }
    *has_high |= marks->has_high;
    *n_known = marks->n - offset;
    return marks->found >> offset;
}

/* The first mark in text[at..n), or n. */
static inline size_t csv_marks_next(struct csv_marks *marks, const char *text, size_t at,
                                    size_t n, bool *has_high)
{
    while (at < n) {
        size_t n_known;
        uint64_t found = csv_marks_at(marks, text, at, n, &n_known, has_high);
        if (found)
            return at + (size_t)__builtin_ctzll(found);
        at += n_known;
    }
    return n;
}

#endif
