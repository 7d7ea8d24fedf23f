#include "core/text/number_exact.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide; /* C11 has no name for it */

/*
 * A point halfway between two doubles has at most 767 significant digits. Of a decimal
 * that is longer, the first MOST_DIGITS decide, and where they are equal, whether any
 * digit behind them is not 0.
 *
 * The larger side has at most log2(10^800) < 2658 bits where the digits are as they are,
 * and less than 2^1026 where they are multiplied by powers of ten; LIMBS leaves room.
 */
#define MOST_DIGITS 800
#define LIMBS 64
#define DIGITS_A_LIMB 19 /* 10^19 < 2^64 */
#define FIVES_A_LIMB 27  /* 5^27 < 2^64 */

struct whole {
    uint64_t limbs[LIMBS]; /* the lowest first */
    size_t n;              /* limbs[n-1] is not 0 */
};

/* whole = whole·factor + summand */
static void multiply_add(struct whole *whole, uint64_t factor, uint64_t summand)
{
    uint64_t carry = summand;
    for (size_t i = 0; i < whole->n; i++) {
        wide product = (wide)whole->limbs[i] * factor + carry;
        whole->limbs[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
    if (carry > 0) {
        assert(whole->n < LIMBS);
        whole->limbs[whole->n++] = carry;
    }
}

static uint64_t small_power(uint64_t base, int64_t exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0)
        power *= base;
    return power;
}

static void multiply_by_fives(struct whole *whole, int64_t exponent)
{
    for (; exponent >= FIVES_A_LIMB; exponent -= FIVES_A_LIMB)
        multiply_add(whole, small_power(5, FIVES_A_LIMB), 0);
    multiply_add(whole, small_power(5, exponent), 0);
}

static void shift_left(struct whole *whole, int64_t n_bits)
{
    size_t n_limbs = (size_t)n_bits / 64;
    multiply_add(whole, (uint64_t)1 << (n_bits % 64), 0);
    assert(whole->n + n_limbs <= LIMBS);
    memmove(whole->limbs + n_limbs, whole->limbs, whole->n * sizeof(whole->limbs[0]));
    memset(whole->limbs, 0, n_limbs * sizeof(whole->limbs[0]));
    whole->n += n_limbs;
}

static int compare(const struct whole *a, const struct whole *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (size_t i = a->n; i-- > 0;)
        if (a->limbs[i] != b->limbs[i])
            return a->limbs[i] < b->limbs[i] ? -1 : 1;
    return 0;
}

/* The first MOST_DIGITS digits; exponent becomes that of the last one taken. Is a digit
 * that was left out not 0? */
static bool read_digits(const char *text, size_t n, struct whole *whole,
                        int64_t *exponent)
{
    uint64_t chunk = 0;
    int64_t n_chunk = 0, n_taken = 0;
    bool has_rest = false;
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '.')
            continue;
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (n_taken == MOST_DIGITS) {
            has_rest |= digit > 0;
            *exponent += 1;
            continue;
        }
        chunk = chunk * 10 + digit;
        n_taken += n_taken > 0 || digit > 0;
        if (++n_chunk == DIGITS_A_LIMB) {
            multiply_add(whole, small_power(10, n_chunk), chunk);
            chunk = 0;
            n_chunk = 0;
        }
    }
    multiply_add(whole, small_power(10, n_chunk), chunk);
    return has_rest;
}

int number_exact_compare(const char *text, size_t n, int64_t exponent, uint64_t half,
                         int half_exponent)
{
    struct whole left = {.n = 0}, right = {.limbs = {half}, .n = 1};
    bool has_rest = read_digits(text, n, &left, &exponent);
    /* 10^e = 5^e·2^e; a negative power goes to the other side. */
    int64_t twos = half_exponent - exponent;
    multiply_by_fives(exponent >= 0 ? &left : &right,
                      exponent >= 0 ? exponent : -exponent);
    shift_left(twos >= 0 ? &right : &left, twos >= 0 ? twos : -twos);
    int order = compare(&left, &right);
    return order == 0 && has_rest ? 1 : order;
}
