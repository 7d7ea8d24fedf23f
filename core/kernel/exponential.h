/*
 * e^x for x ≤ 0 and log(1+e) for e ≥ 0, of one number, without a branch and without a
 * call: a loop over either is a loop over vectors where the compiler may use them (the
 * files named for an instruction set). Every product that is fused with a sum is written
 * as fma, so that all of them give the same bits.
 *
 * e^x: x = n·ln 2 + r, |r| ≤ ½ ln 2, n the nearest whole number. It is had by
 * adding 1.5·2⁵², beyond which doubles are whole numbers, in whose last bits it then
 * stands. ln 2 is taken in two parts, of which the first times n is exact. e^r is its
 * Taylor series up to r¹³; what is left out is below 4·10⁻¹⁸ of it. 2ⁿ is put together
 * from bits, as two factors, since it may leave the range where its product with e^r does
 * not yet: subnormal results are rounded as such. Below -750 all is 0. Error below 1 ulp.
 *
 * log(1+e): of u = 1+e, halved where it is above √2, f = u - 1, s = f/(2+f):
 *     log(1+f) = f - (f²/2 - s·(f²/2 + R(s²)))
 * with R by the coefficients of FDLIBM (Sun Microsystems, s_log1p.c, 1993), and what the
 * sum 1+e has lost added as its share of u. Error below 1 ulp.
 *
 * NaN gives NaN. Pure functions.
 */
#ifndef LOGITD_CORE_KERNEL_EXPONENTIAL_H
#define LOGITD_CORE_KERNEL_EXPONENTIAL_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define EXPONENTIAL_WHOLE 0x1.8p52
#define EXPONENTIAL_LN2_HIGH 0x1.62e42feep-1 /* its last 21 bits are 0 */
#define EXPONENTIAL_LN2_LOW 0x1.a39ef35793c76p-33
#define EXPONENTIAL_ROOT_OF_2 0x1.6a09e667f3bcdp+0
#define EXPONENTIAL_BIAS 1023
#define EXPONENTIAL_FRACTION UINT64_C(0xfffffffffffff) /* bits of it */
#define EXPONENTIAL_OF_1 UINT64_C(0x3ff0000000000000)
#define EXPONENTIAL_OF_2_52 UINT64_C(0x4330000000000000)

static inline int64_t exponential_bits(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

/* 2ⁿ, n in -1022…1023. */
static inline double exponential_power(int64_t n)
{
    uint64_t bits = (uint64_t)(n + EXPONENTIAL_BIAS) << 52;
    double power;
    memcpy(&power, &bits, sizeof(power));
    return power;
}

/* e^r - 1 - r over r²: Σ r^(k-2)/k!, k = 2…13, by pairs (Estrin), which wait for each
 * other less than Horner's rule does. */
static inline double exponential_series(double r)
{
    double r2 = r * r, r4 = r2 * r2;
    double a = fma(1.0 / 6, r, 0.5);
    double b = fma(1.0 / 120, r, 1.0 / 24);
    double c = fma(1.0 / 5040, r, 1.0 / 720);
    double d = fma(1.0 / 362880, r, 1.0 / 40320);
    double e = fma(1.0 / 39916800, r, 1.0 / 3628800);
    double f = fma(1.0 / 6227020800, r, 1.0 / 479001600);
    double low = fma(b, r2, a), middle = fma(d, r2, c), high = fma(f, r2, e);
    return fma(fma(high, r4, middle), r4, low);
}

static inline double exponential_of_negative(double x)
{
    double least = x < -750 ? -750 : x;
    double shifted = fma(least, 0x1.71547652b82fep+0, EXPONENTIAL_WHOLE);
    double n = shifted - EXPONENTIAL_WHOLE;
    double r = fma(n, -EXPONENTIAL_LN2_LOW, fma(n, -EXPONENTIAL_LN2_HIGH, least));
    double power = 1 + fma(exponential_series(r), r * r, r);
    /* n ≥ -1083: + 2048 keeps the halves above 0, so that shifts are of unsigned numbers.
     */
    uint64_t whole =
        (uint64_t)(exponential_bits(shifted) - exponential_bits(EXPONENTIAL_WHOLE)) +
        2048;
    uint64_t half = whole >> 1;
    return power * exponential_power((int64_t)half - 1024) *
           exponential_power((int64_t)(whole - half) - 1024);
}

/* log(1+f) + high + low, f between √½ - 1 and √2 - 1. */
static inline double exponential_log_near_1(double f, double high, double low)
{
    double s = f / (2 + f), q = s * s, half = 0.5 * f * f;
    double r = fma(q, 1.479819860511658591e-01, 1.531383769920937332e-01);
    r = fma(q, r, 1.818357216161805012e-01);
    r = fma(q, r, 2.222219843214978396e-01);
    r = fma(q, r, 2.857142874366239149e-01);
    r = fma(q, r, 3.999999999940941908e-01);
    r = fma(q, r, 6.666666666666735130e-01);
    return high - ((half - fma(s, fma(q, r, half), low)) - f);
}

static inline double exponential_log1p(double e)
{
    double u = 1 + e, lost = e - (u - 1);
    int is_halved = u > EXPONENTIAL_ROOT_OF_2;
    double f = is_halved ? u * 0.5 - 1 : e;
    double high = is_halved ? EXPONENTIAL_LN2_HIGH : 0;
    double share = lost * (1 / u), low = is_halved ? EXPONENTIAL_LN2_LOW + share : 0;
    return exponential_log_near_1(f, high, low);
}

/* The same for e ≥ 0: u = 2^n·m, m between √½ and √2. */
static inline double exponential_log1p_of_any(double e)
{
    double u = 1 + e, part = u - 1, lost = (1 - (u - part)) + (e - part);
    uint64_t bits = (uint64_t)exponential_bits(u);
    uint64_t of_m = (bits & EXPONENTIAL_FRACTION) | EXPONENTIAL_OF_1;
    uint64_t of_n = (bits >> 52) | EXPONENTIAL_OF_2_52;
    double m, n;
    memcpy(&m, &of_m, sizeof(m));
    memcpy(&n, &of_n, sizeof(n));
    n -= 0x1p52 + EXPONENTIAL_BIAS;
    n += m > EXPONENTIAL_ROOT_OF_2 ? 1 : 0;
    m = m > EXPONENTIAL_ROOT_OF_2 ? m * 0.5 : m;
    double f = n > 0 ? m - 1 : e, share = n > 0 ? lost * (1 / u) : 0;
    return exponential_log_near_1(f, n * EXPONENTIAL_LN2_HIGH,
                                  n * EXPONENTIAL_LN2_LOW + share);
}

#endif
