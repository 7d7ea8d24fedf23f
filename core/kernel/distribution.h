/*
 * The two distributions that statistics of a fit refer to. What is asked for is always a
 * tail, never its complement, so that p-values keep their relative accuracy however small
 * they are. Pure functions of their arguments: thread-safe, no allocation, no errno. A
 * NaN among the arguments gives NaN.
 *
 * Accuracy (held against 50-digit values in the tests): relative error as stated with
 * each function; a result below 2^-1022 is as good as a subnormal number can be; what
 * lies below 2^-1074 is 0.
 */
#ifndef LOGITD_CORE_KERNEL_DISTRIBUTION_H
#define LOGITD_CORE_KERNEL_DISTRIBUTION_H

/*
 * The two-sided p-value of a standard normal statistic: P(|Z| ≥ |z|) = erfc(|z|/√2). For
 * z = ±∞ it is 0. Relative error below 1e-14.
 */
double distribution_normal_p(double z);

/*
 * The z with P(Z ≤ z) = p, for p in 0…1: -∞ at 0, +∞ at 1, NaN outside. A p close to 1 is
 * only as good as 1-p can be told from it: ask for the lower tail and change the sign.
 * Relative error below 1e-14 for p from 2^-1022.
 */
double distribution_normal_quantile(double p);

/*
 * The z ≥ 0 with P(|Z| ≤ z) = confidence, by which a Wald interval reaches out from its
 * estimate in units of the standard error: 1.959963984540054 for 0.95. Confidence in
 * 0…1, else NaN. Relative error below 1e-14.
 */
double distribution_normal_reach(double confidence);

/*
 * The upper tail of the chi-square distribution with df degrees of freedom:
 * P(X ≥ x) = Γ(df/2, x/2)/Γ(df/2), the regularised incomplete gamma function Q. The
 * p-value of a likelihood-ratio, score or Wald statistic x. 1 for x ≤ 0; 0 for x = +∞;
 * NaN unless 0 < df ≤ 1e12. df need not be whole. Relative error below 1e-12 for df from
 * 0.1 to 1e9; the cost grows with √df where x is near df.
 */
double distribution_chi_square_p(double x, double df);

#endif
