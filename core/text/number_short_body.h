/* What the files of number_short.h are made of, once for each instruction set. */
#ifndef LOGITD_CORE_TEXT_NUMBER_SHORT_BODY_H
#define LOGITD_CORE_TEXT_NUMBER_SHORT_BODY_H

#include <endian.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/text/number_cells.h"
#include "core/text/number_short.h"

/*
 * Each lane is a cell, its last character in the highest byte. All is done without
 * branches; a group with a cell of another kind is left to others.
 */

#define LANES NUMBER_SHORT_GROUP
typedef uint32_t words __attribute__((vector_size(LANES * sizeof(uint32_t))));
typedef int32_t whole __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef double numbers __attribute__((vector_size(LANES * sizeof(double))));
typedef unsigned char bytes __attribute__((vector_size(LANES)));

static inline bool has_any(const words *lanes)
{
    uint64_t parts[LANES / 2], all = 0;
    memcpy(parts, lanes, sizeof(parts));
    for (size_t i = 0; i < LANES / 2; i++)
        all |= parts[i];
    return all != 0;
}

/* The characters of each cell, and how many they are. */
static inline void load(const char *text, const struct csv_field *fields, words *found,
                        words *n)
{
    uint32_t ends[LANES], counts[LANES];
    for (size_t i = 0; i < LANES; i++) {
        uint32_t word;
        memcpy(&word, text + fields[i].end - NUMBER_SHORT_MOST, sizeof(word));
        ends[i] = le32toh(word);
        counts[i] = fields[i].end - fields[i].start;
    }
    memcpy(found, ends, sizeof(*found));
    memcpy(n, counts, sizeof(*n));
}

/* The first of n characters. */
static inline void first_of(const words *characters, const words *n, words *first)
{
    *first = *characters >> ((0U - *n) * 8 & 31) & 0xff; /* of four: by 0 */
}

static inline bool read_group(const char *text, const struct csv_field *fields,
                              double *values, unsigned char *kinds)
{
    words characters, n, first;
    load(text, fields, &characters, &n);
    words is_empty = (words)(n == 0);
    first_of(&characters, &n, &first);
    words is_negative = (words)(first == '-') & ~is_empty;
    words n_digits = n + is_negative; /* which is all ones: one less */
    words keep = (UINT32_MAX << ((0U - n_digits) * 8 & 31)) & (words)(n_digits != 0);
    words digits = (characters ^ UINT32_C(0x30303030)) & keep;
    /* What is above 9 carries into the top bit of its byte, or has it. */
    words others = ((digits + UINT32_C(0x76767676)) | digits) & UINT32_C(0x80808080);
    words value =
        (digits * (1 + (10U << 8)) >> 8 & UINT32_C(0x00ff00ff)) * (1 + (100U << 16)) >>
        16;
    others |= (words)(n > NUMBER_SHORT_MOST) | (is_negative & (words)(value == 0));
    if (has_any(&others))
        return false;
    first_of(&digits, &n_digits, &first);
    words is_plain = ((words)(first != 0) | (words)(n_digits == 1)) & ~is_empty;
    words kind = NUMBER_CELLS_NUMBER + is_plain + (is_empty & 1);
    bytes of = __builtin_convertvector(kind, bytes);
    memcpy(kinds, &of, sizeof(of));
    numbers found =
        __builtin_convertvector((whole)((value ^ is_negative) - is_negative), numbers);
    memcpy(values, &found, sizeof(found));
    for (size_t i = 0; has_any(&is_empty) && i < LANES; i++)
        if (is_empty[i])
            values[i] = NAN;
    return true;
}

static inline size_t read_groups(const char *text, const struct csv_field *fields,
                                 size_t n, double *values, unsigned char *kinds)
{
    size_t i = 0;
    while (i + LANES <= n && read_group(text, fields + i, values + i, kinds + i))
        i += LANES;
    return i;
}

#endif
