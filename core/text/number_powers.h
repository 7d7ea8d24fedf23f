/*
 * Powers of ten as 128-bit significands, for reading and writing numbers. Immutable.
 *
 * 10^k = significand · 2^(number_powers_exponent(k) − 127), where the significand, which
 * is in [2^127, 2^128), is cut off to a whole number: exact for 0 ≤ k ≤ 55 (5^55 <
 * 2^128), for every other k less than the true one by less than 1. The table is made by
 * number_powers.py.
 */
#ifndef LOGITD_CORE_TEXT_NUMBER_POWERS_H
#define LOGITD_CORE_TEXT_NUMBER_POWERS_H

#include <stdbool.h>
#include <stdint.h>

#define NUMBER_POWERS_LEAST (-342)
#define NUMBER_POWERS_MOST 324
#define NUMBER_POWERS_N (NUMBER_POWERS_MOST - NUMBER_POWERS_LEAST + 1)

struct number_power {
    uint64_t high;
    uint64_t low;
};

extern const struct number_power number_powers[NUMBER_POWERS_N];

static inline const struct number_power *number_powers_at(int k)
{
    return &number_powers[k - NUMBER_POWERS_LEAST];
}

/* floor(log2(10^k)): 1741647 / 2^19 is log2(10) to 6e-8, and log2(10^k) for k in the
 * table comes no nearer than that to a whole number from below (tested for every k). */
static inline int number_powers_exponent(int k)
{
    return (k * 1741647) >> 19;
}

static inline bool number_powers_is_exact(int k)
{
    return k >= 0 && k <= 55;
}

#endif
