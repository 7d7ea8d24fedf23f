#!/usr/bin/env python3
"""Writes distribution_values.h, with mpmath at 60 digits (pip install mpmath):

python3 tests/core/kernel/distribution_values.py >tests/core/kernel/distribution_values.h

Arguments are the doubles themselves, printed exactly; values are rounded once, to the nearest
double.
"""

from mpmath import erfc, erfinv, gammainc, mp, mpf, sqrt

mp.dps = 60

STATISTICS = [1e-300, 1e-9, 0.1, 0.5, 1, 1.959963984540054, 2.5, 3.3, 5, 7.7, 10, 14.1,
              20.3, 27.7, 33.3, 37.1, 37.5, 38.2]
LOWER_TAILS = [3e-308, 1e-300, 1e-100, 1e-20, 1e-9, 1e-4, 0.005, 0.025, 0.1, 0.2, 0.24, 0.26,
               0.3, 0.4, 0.499, 0.4999999999, 0.5000001, 0.6, 0.75, 0.9, 0.975, 0.995]
CONFIDENCES = [1e-300, 1e-9, 0.1, 0.49, 0.5, 0.51, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999999]
DEGREES = [0.1, 0.5, 1, 1.5, 2, 3, 5, 7.3, 10, 29, 31.9, 32, 33, 100, 999.5, 1e4, 1e6, 1e9]
# x by its distance from df in standard deviations, and far tails by x/df or x itself.
DEVIATIONS = [-6, -2, -0.7, -0.1, 0, 0.1, 0.5, 1.5, 3, 7, 15, 30]
FAR = [1e-8, 0.01, 3, 50, 300, 800, 1300, 1480]


def two_tails(z):
    return erfc(mpf(z) / sqrt(mpf(2)))


def lower_quantile(p):
    """z with P(Z <= z) = p, by the bisection of a tail: slow and sure."""
    p = mpf(p)
    if p > mpf(1) / 2:
        return -lower_quantile_of_tail(1 - p)
    return lower_quantile_of_tail(p)


def lower_quantile_of_tail(p):
    low, high = mpf(-40), mpf(0)
    for _ in range(250):
        middle = (low + high) / 2
        if erfc(-middle / sqrt(mpf(2))) / 2 < p:
            low = middle
        else:
            high = middle
    return high


def upper_tail(x, df):
    return gammainc(mpf(df) / 2, mpf(x) / 2, regularized=True)


def chi_square_cases():
    for df in DEGREES:
        xs = [df + t * (2 * df) ** 0.5 for t in DEVIATIONS] + FAR
        for x in sorted(x for x in xs if x > 0):
            value = upper_tail(x, df)
            if value > mpf(2) ** -1022 and value < 1:
                yield x, df, value


def table(name, rows):
    print()
    print('static const double %s[][%d] = {' % (name, len(rows[0])))
    for row in rows:
        print('    {' + ', '.join(float(value).hex() for value in row) + '},')
    print('};')


def main():
    print('/* Written by distribution_values.py; do not edit. */')
    print()
    print('/* z, P(|Z| >= z) */')
    table('normal_p_values', [(z, two_tails(z)) for z in STATISTICS])
    print()
    print('/* p, the z with P(Z <= z) = p */')
    table('normal_quantiles', [(p, lower_quantile(p)) for p in LOWER_TAILS])
    print()
    print('/* c, the z with P(|Z| <= z) = c */')
    table('normal_reaches', [(c, sqrt(mpf(2)) * erfinv(mpf(c))) for c in CONFIDENCES])
    print()
    print('/* x, df, P(X >= x) */')
    table('chi_square_p_values', list(chi_square_cases()))


if __name__ == '__main__':
    main()
