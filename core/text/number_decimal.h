/*
 * The double that is nearest to w·10^q, in the cases that are common; number_read.c has
 * the others, and the paper. Pure.
 */
#ifndef LOGITD_CORE_TEXT_NUMBER_DECIMAL_H
#define LOGITD_CORE_TEXT_NUMBER_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/text/number_powers.h"

__extension__ typedef unsigned __int128 number_decimal_wide; /* C11 has no name for it */

#define NUMBER_DECIMAL_MOST 280 /* |q|, so that the result is a normal double */

/*
 * False if it cannot tell. w > 0.
 *
 * P, the upper 128 bits of the product of w and the 128-bit significand of 10^q, is the
 * true one or less than 2 below it (number_read.c). A double takes 53 bits of it, the
 * next one is half of the last: it rounds up where that is set, for even if all behind it
 * are 0, the true product is above; unless the power is exact, when it may be a tie. What
 * P + 2 could carry into that bit is left to others.
 */
static inline bool number_decimal_value(uint64_t w, int q, double *value)
{
    const struct number_power *power = number_powers_at(q);
    int n_leading = __builtin_clzll(w);
    w <<= n_leading;
    number_decimal_wide product = (number_decimal_wide)w * power->high;
    product += (uint64_t)((number_decimal_wide)w * power->low >> 64);
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    int is_long = (int)(high >> 63), n_below = 9 + is_long; /* bits below the half */
    uint64_t rest = high & ((UINT64_C(1) << n_below) - 1);
    bool may_carry = rest + 1 == UINT64_C(1) << n_below && low >= UINT64_MAX - 1;
    if (may_carry || (number_powers_is_exact(q) && (rest | low) == 0))
        return false;
    uint64_t bits = high >> n_below;
    int exponent = 63 + is_long + number_powers_exponent(q) - n_leading;
    bits = ((uint64_t)(exponent + 1022) << 52) + (bits >> 1) + (bits & 1);
    memcpy(value, &bits, sizeof(bits));
    return true;
}

#endif
