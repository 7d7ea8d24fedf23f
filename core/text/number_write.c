/*
 * Binary to the shortest decimal, by R. Giulietti's method ("The Schubfach way to render
 * doubles", 2020-2022).
 *
 * The double is c·2^q. The decimals that read back as it are those between the points
 * halfway to its neighbours, l and r; the ends belong to them if c is even. Let k be the
 * largest whole number with 10^k ≤ r − l. Then the interval holds at least one multiple
 * of 10^k, and at most one multiple of 10^(k+1): if there is one, its digits are the
 * shortest; else the nearest to the double of the two multiples of 10^k around it.
 *
 * 4·c·2^q/10^k and 4·l/10^k, 4·r/10^k are formed to 64 bits "rounded to odd": what is cut
 * off leaves the last bit set. That keeps comparisons with even numbers exact. The
 * 128-bit power of ten is rounded up; its error is too small to reach a whole number by
 * mistake (section 9 of the paper shows so for 126 bits already).
 */
#include "core/text/number.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "core/text/number_powers.h"

__extension__ typedef unsigned __int128 wide; /* C11 has no name for it */

#define FRACTION_BITS 52
#define LEAST_Q (-1074)
#define LEAST_PLAIN (-5) /* exponents of ten from which to which there is no 'e' */
#define MOST_PLAIN 16

struct digits {
    uint64_t value; /* digits·10^exponent */
    int exponent;
};

/* ---- the shortest digits ---- */

/* floor(power·c / 2^128), rounded to odd. power is up to 1 too large, hence the product
 * up to c < 2^64: a middle part of 0 or 1 is taken for exact. */
static uint64_t multiply_to_odd(struct number_power power, uint64_t c)
{
    wide low = (wide)power.low * c;
    wide product = (wide)power.high * c + (uint64_t)(low >> 64);
    return (uint64_t)(product >> 64) | ((uint64_t)product > 1);
}

static struct number_power power_rounded_up(int k)
{
    struct number_power power = *number_powers_at(k);
    if (!number_powers_is_exact(k)) {
        power.low++;
        power.high += power.low == 0;
    }
    return power;
}

/* Of a positive double, from its fraction and its biased exponent. */
static struct digits find_shortest(uint64_t fraction, int biased)
{
    uint64_t c = biased > 0 ? fraction | (uint64_t)1 << FRACTION_BITS : fraction;
    int q = (biased > 0 ? biased - 1 : 0) + LEAST_Q;
    bool is_odd = c & 1;
    /* Below a power of two the neighbour is only half as far. */
    bool is_narrow = fraction == 0 && biased > 1;
    /* floor(log10(2^q)), or of 3/4·2^q; exact for every q (tested). */
    int k = (q * 1262611 - (is_narrow ? 524031 : 0)) >> 22;
    /* 2^shift·10^-k as a multiple of 2^(q-128): the power of ten has 127 bits behind its
     * first, one more lies in 2^128. */
    int shift = q + number_powers_exponent(-k) + 1;
    struct number_power power = power_rounded_up(-k);
    uint64_t at = multiply_to_odd(power, (4 * c) << shift);
    uint64_t left = multiply_to_odd(power, (4 * c - 2 + is_narrow) << shift) + is_odd;
    uint64_t right = multiply_to_odd(power, (4 * c + 2) << shift) - is_odd;

    /* Whether the shorter one does comes as it pleases, about as often as not: both are
     * worked out, and no branch chooses. */
    uint64_t below = at / 4, tens = below / 10;
    uint64_t holds_upper_ten = 40 * tens + 40 <= right;
    uint64_t is_ten = ((left <= 40 * tens) ^ holds_upper_ten) & (tens > 0);
    uint64_t holds_upper = 4 * below + 4 <= right, middle = 4 * below + 2;
    uint64_t is_one = (left <= 4 * below) ^ holds_upper;
    uint64_t is_nearer = (at > middle) | ((at == middle) & below);
    uint64_t ten = tens + holds_upper_ten;
    uint64_t one = below + ((is_one & holds_upper) | (~is_one & is_nearer & 1));
    return (struct digits){one ^ ((one ^ ten) & -is_ten), k + (int)is_ten};
}

/* value/10^n if that is whole: 5^-n modulo 2^64 turns multiples of 5^n into quotients,
 * everything else into numbers too large to be one; the n zero bits go by rotation. */
static bool divide_whole(uint64_t *value, uint64_t inverse, int n, uint64_t most)
{
    uint64_t quotient = *value * inverse;
    quotient = quotient >> n | quotient << (64 - n);
    if (quotient > most)
        return false;
    *value = quotient;
    return true;
}

static struct digits strip_zeros(struct digits digits)
{
    static const struct {
        uint64_t inverse; /* of 5^n modulo 2^64 */
        uint64_t most;    /* UINT64_MAX / 10^n */
        int n;
    } steps[] = {
        {0xc767074b22e90e21, 0x2af31dc461, 8},
        {0xc767074b22e90e21, 0x2af31dc461, 8},
        {0xd288ce703afb7e91, 0x68db8bac710cb, 4},
        {0x8f5c28f5c28f5c29, 0x28f5c28f5c28f5c, 2},
        {0xcccccccccccccccd, 0x1999999999999999, 1},
    };
    if (digits.value % 10 != 0)
        return digits;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (divide_whole(&digits.value, steps[i].inverse, steps[i].n, steps[i].most))
            digits.exponent += steps[i].n;
    return digits;
}

/* ---- digits as text ---- */

static void store_eight(char *text, uint64_t eight)
{
    eight = htole64(eight);
    memcpy(text, &eight, sizeof(eight));
}

/* The eight digits of value < 10^8 as bytes 0…9, the first in the lowest: fours, pairs,
 * then single digits, each step in every lane at once. The factors are 2^n/10^m rounded
 * up, exact for so small numerators. */
static inline uint64_t eight_digits(uint64_t value)
{
    uint64_t thousands = value * 109951163 >> 40;
    uint64_t fours = thousands | (value - thousands * 10000) << 32;
    uint64_t hundreds = (fours * 10486 >> 20) & 0x0000007f0000007fU;
    uint64_t pairs = hundreds | (fours - hundreds * 100) << 16;
    uint64_t tens = (pairs * 103 >> 10) & 0x000f000f000f000fU;
    return tens | (pairs - tens * 10) << 8;
}

/* Without zeros in front; returns how many. value > 0. Writes up to 7 bytes further. */
static size_t put_digits(uint64_t value, char *text)
{
    const uint64_t zeros = 0x3030303030303030U;
    if (value >= 100000000) {
        size_t n = put_digits(value / 100000000, text);
        store_eight(text + n, eight_digits(value % 100000000) + zeros);
        return n + 8;
    }
    uint64_t eight = eight_digits(value);
    int n_zeros = __builtin_ctzll(eight) / 8;
    store_eight(text, (eight + zeros) >> (8 * n_zeros));
    return 8 - (size_t)n_zeros;
}

static int count_digits(uint64_t value)
{
    static const uint64_t tens[] = {0,   1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,
                                    1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17};
    /* 1233/4096 is log10(2), near enough for 64 bits. */
    int n = (64 - __builtin_clzll(value)) * 1233 >> 12;
    return n + (value >= tens[n]);
}

/* 1.25e-07: an exponent has two digits at least. */
static size_t put_scientific(uint64_t value, int exponent, char *text)
{
    size_t n = put_digits(value, text + 1);
    text[0] = text[1];
    text[1] = '.';
    n += n > 1;
    text[n++] = 'e';
    text[n++] = exponent < 0 ? '-' : '+';
    exponent = exponent < 0 ? -exponent : exponent;
    if (exponent < 10)
        text[n++] = '0';
    return n + put_digits((uint64_t)exponent, text + n);
}

/* The n digits of value < 10^17. They are stored where they belong, in words that
 * overlap: what has just been written in pieces is slow to read. Writes up to 8 bytes at
 * least. */
static inline void put_exactly(uint64_t value, int n, char *text)
{
    const uint64_t zeros = 0x3030303030303030U;
    if (n <= 8) {
        store_eight(text, (eight_digits(value) + zeros) >> 8 * (8 - n));
        return;
    }
    uint64_t upper = value / 100000000, first = upper / 100000000;
    uint64_t eight = eight_digits(upper - first * 100000000) + zeros;
    int n_first = n > 16; /* which 16 or 17 it is comes as it pleases: no branch */
    text[0] = (char)('0' + first);
    store_eight(text + n_first, eight >> 8 * (16 + n_first - n));
    store_eight(text + n - 8, eight_digits(value % 100000000) + zeros);
}

/* The same, `point` of which stand before the point (none if negative). */
static inline size_t put_plain(uint64_t value, int n, int point, char *text)
{
    if (point <= 0) { /* 0.00125 */
        memcpy(text, "0.000000", 8);
        put_exactly(value, n, text + 2 - point);
        return (size_t)(2 - point + n);
    }
    if (point >= n) { /* 12500 */
        put_exactly(value, n, text);
        memcpy(text + n, "0000000000000000", 16);
        return (size_t)point;
    }
    put_exactly(value, n, text + 1); /* 12.5 */
    for (int i = 0; i < point; i++)
        text[i] = text[i + 1];
    text[point] = '.';
    return (size_t)n + 1;
}

static size_t put_shortest(uint64_t fraction, int biased, char *text)
{
    struct digits digits = strip_zeros(find_shortest(fraction, biased));
    int n = count_digits(digits.value);
    int exponent = digits.exponent + n - 1;
    if (exponent < LEAST_PLAIN || exponent > MOST_PLAIN)
        return put_scientific(digits.value, exponent, text);
    return put_plain(digits.value, n, exponent + 1, text);
}

/* The magnitude if it is whole and every number as large is exact; 0 if not. */
static uint64_t small_whole(uint64_t fraction, int biased)
{
    int n_behind = FRACTION_BITS - (biased - 1023);
    if (n_behind < 0 || n_behind > FRACTION_BITS)
        return 0;
    uint64_t c = fraction | (uint64_t)1 << FRACTION_BITS;
    return c & (((uint64_t)1 << n_behind) - 1) ? 0 : c >> n_behind;
}

size_t number_write(double value, char *text)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    uint64_t fraction = bits & (((uint64_t)1 << FRACTION_BITS) - 1);
    int biased = (int)(bits >> FRACTION_BITS & 0x7ff);
    bool negative = bits >> 63;
    assert(biased < 0x7ff);
    text[0] = '-';
    text += negative;
    if (fraction == 0 && biased == 0) {
        memcpy(text, "0.0", 3);
        return negative ? 4 : 1;
    }
    uint64_t whole = small_whole(fraction, biased);
    return negative +
           (whole > 0 ? put_digits(whole, text) : put_shortest(fraction, biased, text));
}

size_t number_write_integer(int64_t value, char *text)
{
    bool negative = value < 0;
    text[0] = negative ? '-' : '0';
    if (value == 0)
        return 1;
    uint64_t magnitude = negative ? -(uint64_t)value : (uint64_t)value;
    return negative + put_digits(magnitude, text + negative);
}
