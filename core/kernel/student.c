#include "core/kernel/student.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "core/kernel/distribution.h"

#define PI 3.14159265358979323846
#define NEARLY_NORMAL 1e15
#define MOST_TERMS 100000
#define MOST_ROUNDS 100
#define MANY 3000.0
#define LARGE 30.0 /* from here on Stirling's series has all digits */

/*
 * log Γ(a+½)/Γ(a). lgamma loses what both have in common; for a large a it is ½ log a
 * plus an asymptotic series (DLMF 5.11.8 with its coefficients for ½ and 0).
 */
static double log_gamma_ratio(double a)
{
    int sign;
    if (a < LARGE)
        return lgamma_r(a + 0.5, &sign) - lgamma_r(a, &sign);
    double inverse = 1 / a, square = inverse * inverse;
    return log(a) / 2 -
           inverse * (1.0 / 8 - square * (1.0 / 192 -
                                          square * (1.0 / 640 - square * 17.0 / 14336)));
}

/* log of 1/B(a, ½). */
static double log_inverse_beta(double a)
{
    return log_gamma_ratio(a) - log(PI) / 2;
}

/*
 * The continued fraction of the incomplete beta function, by the modified method of
 * Lentz: I_x(a,b) = x^a (1-x)^b / (a B(a,b)) · this; quick where x < (a+1)/(a+b+2) (Press
 * et al., "Numerical Recipes", 3rd edition, 6.4).
 */
static double beta_fraction(double x, double a, double b)
{
    double c = 1, d = 1 - (a + b) * x / (a + 1), value;
    d = 1 / (fabs(d) < DBL_MIN ? DBL_MIN : d);
    value = d;
    for (int m = 1; m < MOST_TERMS; m++) {
        double last = value;
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / (1 + even * d);
        c = 1 + even / c;
        value *= d * c;
        d = 1 / (1 + odd * d);
        c = 1 + odd / c;
        value *= d * c;
        if (fabs(value - last) <= DBL_EPSILON / 4 * fabs(value))
            break;
    }
    return value;
}

/*
 * For many degrees of freedom, of which the fraction sees only what rounding leaves of
 * t²/df: the normal z with the same tails, by Hill's expansion (Algorithm 395,
 * Communications of the ACM 13, 1970), whose next term is of order df^-6.
 */
static double equivalent_normal(double t, double df)
{
    double a = df - 0.5, b = 48 * a * a, y = a * log1p(t * t / df);
    double second = (((-0.4 * y - 3.3) * y - 24) * y - 85.5) / (0.8 * y * y + 100 + b);
    return ((second + y + 3) / b + 1) * sqrt(y);
}

double student_p(double t, double df)
{
    if (isnan(t) || !(df > 0))
        return NAN;
    if (df >= NEARLY_NORMAL)
        return distribution_normal_p(t);
    if (df >= MANY)
        return distribution_normal_p(equivalent_normal(t, df));
    double a = df / 2, ratio = t * t / df;
    double x = 1 / (1 + ratio), rest = ratio / (1 + ratio);
    if (isinf(ratio)) /* x^a for its logarithm */
        return isinf(t) ? 0
                        : exp(log_inverse_beta(a) + a * (log(df) - 2 * log(fabs(t)))) / a;
    double logarithm = log_inverse_beta(a) - a * log1p(ratio) + log(rest) / 2;
    if (rest == 0)
        return 1;
    if (x < (a + 1) / (a + 2.5))
        return exp(logarithm) / a * beta_fraction(x, a, 0.5);
    return 1 - exp(logarithm) * 2 * beta_fraction(rest, 0.5, a);
}

static double log_density(double t, double df)
{
    return log_gamma_ratio(df / 2) - log(df * PI) / 2 - (df + 1) / 2 * log1p(t * t / df);
}

/* Newton's method on log p as a function of log t, nearly a straight line in the tails.
 */
double student_reach(double confidence, double df)
{
    if (!(confidence > 0 && confidence < 1) || !(df > 0))
        return NAN;
    double tails = 1 - confidence, t = distribution_normal_reach(confidence);
    for (int round = 0; round < MOST_ROUNDS && df < NEARLY_NORMAL; round++) {
        double p = student_p(t, df);
        double slope = -2 * exp(log_density(t, df)) * t / p;
        double step = (log(tails) - log(p)) / slope;
        step = fmin(fmax(step, -1), 1);
        t *= exp(step);
        if (fabs(step) < 1e-15)
            break;
    }
    return t;
}
