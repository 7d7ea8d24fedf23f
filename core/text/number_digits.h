/*
 * Eight characters at a time, for reading numbers: the first in the lowest byte.
 */
#ifndef LOGITD_CORE_TEXT_NUMBER_DIGITS_H
#define LOGITD_CORE_TEXT_NUMBER_DIGITS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define NUMBER_DIGITS_ONES UINT64_C(0x0101010101010101)
#define NUMBER_DIGITS_TOPS (NUMBER_DIGITS_ONES * 0x80)

static inline uint64_t number_digits_load(const char *text)
{
    uint64_t eight;
    memcpy(&eight, text, sizeof(eight));
    return le64toh(eight);
}

/* Top bits of the bytes that are no digits. Adding 0x46 carries what is above '9' into
 * the top bit, subtracting 0x30 what is below '0'; what is carried out of the first that
 * is none may spoil those behind it. */
static inline uint64_t number_digits_others(uint64_t eight)
{
    return ((eight + NUMBER_DIGITS_ONES * 0x46) | (eight - NUMBER_DIGITS_ONES * 0x30)) &
           NUMBER_DIGITS_TOPS;
}

/* The number that eight digits from 0 to 9 (not characters) make: pairs, then fours,
 * then all, each step in every lane at once. */
static inline uint64_t number_digits_sum(uint64_t eight)
{
    eight = eight * 10 + (eight >> 8);
    uint64_t low =
        (eight & UINT64_C(0x000000ff000000ff)) * (100 + (UINT64_C(1000000) << 32));
    uint64_t high =
        ((eight >> 16) & UINT64_C(0x000000ff000000ff)) * (1 + (UINT64_C(10000) << 32));
    return (low + high) >> 32;
}

/* The number that eight digits spell. */
static inline uint64_t number_digits_value(uint64_t eight)
{
    return number_digits_sum(eight - NUMBER_DIGITS_ONES * 0x30);
}

/* Powers of ten that are doubles. */
#define NUMBER_DIGITS_MOST_TEN 22
static const double number_digits_tens[] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#endif
