#include "core/kernel/distribution.h"

#include <math.h>
#include <stdbool.h>

#define PI 3.14159265358979323846
#define SQRT_2PI 2.50662827463100050242
#define HALF_LOG_2PI 0.91893853320467274178

/* Above it, sums of √df terms would take too long. */
#define MOST_DF 1e12

/* 1/√2 as a sum of two doubles. */
#define SQRT_HALF 0x1.6a09e667f3bcdp-1
#define SQRT_HALF_LOW (-0x1.bdd3413b26456p-55)

/* ---- normal ---- */

/*
 * erfc(z/√2) for z ≥ 0. In the tail erfc(x) falls like exp(-x²), so that the rounding of
 * x = z/√2 alone would cost x² roundings: the part of x that does not fit a double is
 * carried along, and the value corrected by the derivative -2/√π·exp(-x²).
 */
static double normal_two_tails(double z)
{
    double x = z * SQRT_HALF;
    double x_low = fma(z, SQRT_HALF, -x) + z * SQRT_HALF_LOW;
    return erfc(x) - 2 / sqrt(PI) * exp(-x * x) * x_low;
}

double distribution_normal_p(double z)
{
    return isinf(z) ? 0 : normal_two_tails(fabs(z));
}

static double normal_density(double z)
{
    return exp(-z * z / 2) / SQRT_2PI;
}

/* The upper z for a tail 0 < p ≤ 1/2 within 4.5e-4: Abramowitz and Stegun
 * (1964), 26.2.23. */
static double rough_tail_quantile(double p)
{
    double t = sqrt(-2 * log(p));
    return t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                   (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

/*
 * The z ≥ 0 whose central part P(|Z| ≤ z) is `centre` and whose two tails together are
 * `tails`; the smaller of both is what z is computed from. Halley's iteration on their
 * difference f, where f' = ±2φ(z) and f''/f' = -z: each round trebles the digits of the
 * rough start, so that three leave only the rounding of f.
 */
static double normal_reach(double centre, double tails)
{
    bool is_near = centre < tails;
    double z = is_near ? centre * SQRT_2PI / 2 : rough_tail_quantile(tails / 2);
    for (int round = 0; round < 3; round++) {
        double excess =
            is_near ? centre - erf(z * SQRT_HALF) : normal_two_tails(z) - tails;
        double step = excess / (2 * normal_density(z));
        z += step / (1 - z * step / 2);
    }
    return z;
}

double distribution_normal_quantile(double p)
{
    if (!(p >= 0 && p <= 1))
        return NAN;
    if (p == 0 || p == 1)
        return p == 0 ? -INFINITY : INFINITY;
    return p < 0.5 ? -normal_reach(1 - 2 * p, 2 * p)
                   : normal_reach(2 * p - 1, 2 * (1 - p));
}

double distribution_normal_reach(double confidence)
{
    if (!(confidence >= 0 && confidence <= 1))
        return NAN;
    return confidence == 1 ? INFINITY : normal_reach(confidence, 1 - confidence);
}

/* ---- chi-square, by the incomplete gamma functions of a = df/2 at x/2 ---- */

/*
 * δ(a) = log Γ(a+1) - log(√(2πa)·(a/e)^a), the error of Stirling's formula, from which
 * nothing cancels for large a. Asymptotic series: Abramowitz and Stegun 6.1.41.
 */
static double stirling_error(double a)
{
    if (a < 16)
        return log(tgamma(a + 1)) - ((a + 0.5) * log(a) - a + HALF_LOG_2PI);
    double r = 1 / (a * a);
    return (1.0 / 12 -
            r * (1.0 / 360 -
                 r * (1.0 / 1260 -
                      r * (1.0 / 1680 - r * (1.0 / 1188 - r * (691.0 / 360360)))))) /
           a;
}

/*
 * a·log(a/x) + x - a, the deviance of a Poisson observation: near x = a, where that
 * cancels, by the series of log in v = (x-a)/(x+a) (Loader, "Fast and accurate
 * computation of binomial probabilities", 2000).
 */
static double poisson_deviance(double x, double a)
{
    double v = (x - a) / (x + a);
    if (fabs(v) >= 0.3)
        return a * log(a / x) + (x - a);
    double sum = 0, power = v * v * v;
    for (int k = 3; k < 36; k += 2, power *= v * v)
        sum += power / k;
    return (x - a) * v - 2 * a * sum;
}

/* x^a·e^(-x)/Γ(a+1), in which no large terms cancel (Loader 2000). */
static double poisson_mass(double x, double a)
{
    return exp(-stirling_error(a) - poisson_deviance(x, a)) / sqrt(2 * PI * a);
}

/* Σ x^k/((a+1)…(a+k)), k ≥ 0: P(a,x) over the mass (Abramowitz and Stegun 6.5.29). */
static double lower_series(double x, double a)
{
    double sum = 1, term = 1;
    for (double k = 1; term > sum * 1e-17; k++) {
        term *= x / (a + k);
        sum += term;
    }
    return sum;
}

/*
 * Q(a,x) over the mass, for x > a: a times Legendre's continued fraction
 * 1/(x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - …))) (DLMF 8.9.2), summed as the series of
 * its convergents' differences (Gautschi, "A computational procedure for incomplete gamma
 * functions", 1979, section 5).
 */
static double upper_fraction(double x, double a)
{
    double b = x + 1 - a;
    double term = 1 / b, sum = term, ratio = 0;
    for (double k = 1; fabs(term) > sum * 1e-17; k++) {
        double previous = b;
        b += 2;
        double c = k * (k - a) / (previous * b);
        ratio = c * (1 + ratio) / (1 - c * (1 + ratio));
        term *= ratio;
        sum += term;
    }
    return a * sum;
}

double distribution_chi_square_p(double x, double df)
{
    if (isnan(x) || !(df > 0 && df <= MOST_DF))
        return NAN;
    if (x <= 0 || isinf(x))
        return x <= 0;
    double a = df / 2, half = x / 2;
    if (half < a + 1)
        return 1 - poisson_mass(half, a) * lower_series(half, a);
    return poisson_mass(half, a) * upper_fraction(half, a);
}
