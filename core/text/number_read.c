/*
 * Decimal to binary, after D. Lemire, "Number parsing at a gigabyte per second"
 * (Software: Practice and Experience 51, 2021), with the bound worked out here.
 *
 * Most numbers are short: those of up to seven characters are read in one piece, without
 * a branch on how many there are (`read_short`). All others go another way: the text is
 * w·10^q (and a little more, if there are over 19 digits). Three cases:
 *  - w ≤ 2^53 and |q| ≤ 22: one exact product or quotient of doubles (Clinger 1990).
 *  - The 192-bit product of w and the 128-bit significand of 10^q, of which the upper 128
 *    bits are looked at. With P the product as computed and P* the true one,
 *    P* = P for 0 ≤ q ≤ 55, else P < P* < P + 2 (1 of the cut-off power times w/2^64,
 *    1 of the lower 64 bits). Let r be the part of P below the double's last bit and h
 * half of that bit: r ≥ h rounds up, r + 2 ≤ h rounds down; only r = h − 1 does not tell.
 *  - Then whole numbers of arbitrary length are compared (number_exact.h).
 */
#include "core/text/number.h"

#include <endian.h>
#include <float.h>
#include <string.h>

#include "core/text/number_digits.h"
#include "core/text/number_exact.h"
#include "core/text/number_powers.h"

__extension__ typedef unsigned __int128 wide; /* C11 has no name for it */

_Static_assert(FLT_EVAL_METHOD == 0, "a product of doubles must be rounded once");

#define MOST_DIGITS 19                    /* that a uint64_t surely holds */
#define MOST_EXPONENT 1000000000000000000 /* far beyond the length of any text */
#define LEAST_E (-1022)                   /* of a normal double */
#define INFINITY_BITS 0x7ff0000000000000U

struct decimal {
    uint64_t w; /* up to 19 significant digits */
    int64_t q;  /* value = ±w·10^q, or a little further from 0 */
    bool negative;
    bool has_more;      /* digits that w does not hold */
    const char *digits; /* as written, with a point among them perhaps */
    const char *digits_end;
    int64_t last_exponent; /* of ten, of the last digit written */
};

/* What the bits of a double become: below `bits` lies the number that is looked for, the
 * point halfway to the next one is half·2^half_exponent. */
struct rounding {
    uint64_t bits;
    uint64_t half;
    int half_exponent;
    bool up;
    bool is_certain;
};

/* ---- from text to w·10^q ---- */

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Adds digits to *w, which may overflow: more than MOST_DIGITS are taken anew. */
static const char *read_digits(const char *at, const char *end, uint64_t *w)
{
    while (end - at >= 8) {
        uint64_t eight = number_digits_load(at);
        if (number_digits_others(eight))
            break;
        *w = *w * 100000000 + number_digits_value(eight);
        at += 8;
    }
    while (at < end && is_digit(*at))
        *w = *w * 10 + (uint64_t)(*at++ - '0');
    return at;
}

/* At an 'e': adds the exponent behind it to *exponent and passes over it; without digits
 * nothing happens. */
static const char *read_exponent(const char *at, const char *end, int64_t *exponent)
{
    const char *digit = at + 1;
    bool negative = digit < end && *digit == '-';
    if (digit < end && (*digit == '-' || *digit == '+'))
        digit++;
    if (digit == end || !is_digit(*digit))
        return at;
    int64_t value = 0;
    for (; digit < end && is_digit(*digit); digit++)
        if (value < MOST_EXPONENT / 10)
            value = value * 10 + (*digit - '0');
    *exponent += negative ? -value : value;
    return digit;
}

/* Of more than MOST_DIGITS digits, the first that count. */
static void take_first_digits(struct decimal *decimal)
{
    const char *at = decimal->digits, *end = decimal->digits_end;
    int n_taken = 0;
    decimal->w = 0;
    decimal->q = decimal->last_exponent;
    while (at < end && (*at == '0' || *at == '.'))
        at++;
    for (; at < end; at++) {
        if (*at == '.')
            continue;
        if (n_taken < MOST_DIGITS) {
            decimal->w = decimal->w * 10 + (uint64_t)(*at - '0');
            n_taken++;
        } else {
            decimal->q++;
            decimal->has_more = true;
        }
    }
}

/* What stands before the point as JSON wants it: one 0, or digits that begin with
 * another. */
static bool is_json_whole(const char *digits, int64_t n)
{
    return n == 1 || (n > 1 && *digits != '0');
}

static const char *read_decimal(const char *at, const char *end, bool json,
                                struct decimal *decimal)
{
    decimal->negative = at < end && *at == '-';
    if (at < end && (*at == '-' || (*at == '+' && !json)))
        at++;
    decimal->digits = at;
    decimal->w = 0;
    at = read_digits(at, end, &decimal->w);
    int64_t n_whole = at - decimal->digits, n_places = 0;
    bool has_point = at < end && *at == '.';
    if (has_point) {
        const char *places = at + 1;
        at = read_digits(places, end, &decimal->w);
        n_places = at - places;
    }
    if (n_whole + n_places == 0)
        return NULL;
    if (json &&
        (!is_json_whole(decimal->digits, n_whole) || (has_point && n_places == 0)))
        return NULL;
    decimal->digits_end = at;
    decimal->q = -n_places;
    if (at < end && (*at | 0x20) == 'e')
        at = read_exponent(at, end, &decimal->q);
    decimal->has_more = false;
    decimal->last_exponent = decimal->q;
    if (n_whole + n_places > MOST_DIGITS)
        take_first_digits(decimal);
    return at;
}

/* ---- from w·10^q to a double ---- */

static bool multiply_exactly(const struct decimal *decimal, double *value)
{
    int64_t q = decimal->q;
    const int64_t most = NUMBER_DIGITS_MOST_TEN;
    if (decimal->w > (uint64_t)1 << 53 || q < -most || q > most || decimal->has_more)
        return false;
    double w = (double)decimal->w;
    *value = q < 0 ? w / number_digits_tens[-q] : w * number_digits_tens[q];
    return true;
}

/* The double below w·10^q and how to round. w > 0, q within the table. */
static struct rounding round_product(uint64_t w, int q)
{
    const struct number_power *power = number_powers_at(q);
    int n_leading = __builtin_clzll(w);
    w <<= n_leading;
    wide lower = (wide)w * power->low;
    wide product = (wide)w * power->high + (uint64_t)(lower >> 64);
    int top = 126 + (int)(product >> 127);
    /* product·2^64 has 10^q's factor 2^(exponent − 127) and w's factor 2^-n_leading. */
    int e = top - 63 + number_powers_exponent(q) - n_leading;
    int n_kept = e >= LEAST_E ? 53 : 53 - (LEAST_E - e);
    if (n_kept < 0) /* below half the least double, or so near that P* may reach it */
        return (struct rounding){
            .half = 1, .half_exponent = LEAST_E - 53, .is_certain = n_kept < -1};
    int n_dropped = top + 1 - n_kept;
    uint64_t kept = n_kept > 0 ? (uint64_t)(product >> n_dropped) : 0;
    wide half = (wide)1 << (n_dropped - 1);
    wide rest = n_kept > 0 ? product & (2 * half - 1) : product;
    bool is_exact = number_powers_is_exact(q);
    bool is_tie = is_exact && rest == half && (uint64_t)lower == 0;
    return (struct rounding){
        .bits = ((uint64_t)(n_kept == 53 ? e - LEAST_E : 0) << 52) + kept,
        .half = 2 * kept + 1,
        .half_exponent = (e >= LEAST_E ? e : LEAST_E) - 53,
        .up = is_tie ? kept & 1 : rest >= half,
        .is_certain = is_exact || rest + 1 != half,
    };
}

static uint64_t bits_of(const struct decimal *decimal)
{
    if (decimal->w == 0 || decimal->q < NUMBER_POWERS_LEAST)
        return 0;
    if (decimal->q > 308)
        return INFINITY_BITS;
    struct rounding below = round_product(decimal->w, (int)decimal->q);
    bool is_certain = below.is_certain;
    if (is_certain && decimal->has_more) {
        struct rounding above = round_product(decimal->w + 1, (int)decimal->q);
        is_certain = above.is_certain && above.bits + above.up == below.bits + below.up;
    }
    if (!is_certain) {
        size_t n = (size_t)(decimal->digits_end - decimal->digits);
        int order = number_exact_compare(decimal->digits, n, decimal->last_exponent,
                                         below.half, below.half_exponent);
        below.up = order > 0 || (order == 0 && (below.bits & 1));
    }
    return below.bits + below.up;
}

/* ---- short numbers ---- */

/* The first eight bytes of at[0..n), the first in the lowest byte, zeros behind the text.
 */
static uint64_t load_eight(const char *at, size_t n)
{
    uint64_t eight = 0;
    uint32_t low, high;
    if (n >= sizeof(eight))
        return number_digits_load(at);
    if (n >= sizeof(low)) { /* two loads that overlap */
        memcpy(&low, at, sizeof(low));
        memcpy(&high, at + n - sizeof(high), sizeof(high));
        return le32toh(low) | (uint64_t)le32toh(high) << 8 * (n - sizeof(high));
    }
    for (size_t i = 0; i < n; i++)
        eight |= (uint64_t)(unsigned char)at[i] << 8 * i;
    return eight;
}

/* How many digits the eight bytes begin with. */
static int count_digits(uint64_t eight)
{
    uint64_t others = number_digits_others(eight);
    return others ? __builtin_ctzll(others) / 8 : 8;
}

static uint64_t low_bytes(uint64_t eight, int n)
{
    return eight & (((uint64_t)1 << 8 * n) - 1);
}

static unsigned char byte_of(uint64_t eight, int i)
{
    return (unsigned char)(eight >> 8 * i);
}

/* The number that the first n of the eight bytes spell, 1 ≤ n ≤ 7: moved to the end,
 * zeros before them. */
static uint64_t value_of_first(uint64_t eight, int n)
{
    return number_digits_value(eight << 8 * (8 - n) |
                               (uint64_t)0x3030303030303030U >> 8 * n);
}

/*
 * [-] digits [. digits] of up to seven characters behind the sign, without a zero in
 * front and without an exponent. False for all others, numbers or not.
 */
static bool read_short(const char *text, size_t n, double *value, const char **end)
{
    const uint64_t point_to_zero = '.' ^ '0';
    bool negative = n > 0 && *text == '-';
    uint64_t eight = load_eight(text + negative, n - negative);
    int n_whole = count_digits(eight), n_all = n_whole, n_digits = n_whole;
    if (n_whole == 0 || n_whole == 8 || (n_whole > 1 && byte_of(eight, 0) == '0'))
        return false;
    if (byte_of(eight, n_whole) == '.') {
        n_all = count_digits(eight ^ point_to_zero << 8 * n_whole);
        n_digits = n_all - 1;
        if (n_digits == n_whole || n_all == 8)
            return false;
    }
    if ((byte_of(eight, n_all) | 0x20) == 'e')
        return false;
    if (n_all > n_whole) /* take the point out */
        eight =
            low_bytes(eight, n_whole) | (eight >> 8 & ~low_bytes(UINT64_MAX, n_whole));
    double magnitude =
        (double)value_of_first(eight, n_digits) / number_digits_tens[n_digits - n_whole];
    *value = negative ? -magnitude : magnitude;
    *end = text + negative + n_all;
    return true;
}

static enum number_result read_number(const char *text, size_t n, bool json,
                                      double *value, const char **end)
{
    struct decimal decimal;
    if (read_short(text, n, value, end))
        return NUMBER_OK;
    const char *behind = read_decimal(text, text + n, json, &decimal);
    if (!behind)
        return NUMBER_NONE;
    *end = behind;
    double magnitude;
    if (!multiply_exactly(&decimal, &magnitude)) {
        uint64_t bits = bits_of(&decimal);
        if (bits >= INFINITY_BITS)
            return NUMBER_OVERFLOW;
        memcpy(&magnitude, &bits, sizeof(bits));
    }
    *value = decimal.negative ? -magnitude : magnitude;
    return NUMBER_OK;
}

enum number_result number_read(const char *text, size_t n, double *value,
                               const char **end)
{
    return read_number(text, n, false, value, end);
}

enum number_result number_read_json(const char *text, size_t n, double *value,
                                    const char **end)
{
    return read_number(text, n, true, value, end);
}
