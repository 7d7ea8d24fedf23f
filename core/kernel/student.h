/*
 * Student's t distribution: what a coefficient of linear regression is held against,
 * since its standard error is estimated from the same rows. Pure functions: thread-safe,
 * no allocation. A NaN among the arguments gives NaN, and so does df ≤ 0; df need not be
 * whole, and from 1e15 on the normal distribution stands for t.
 */
#ifndef LOGITD_CORE_KERNEL_STUDENT_H
#define LOGITD_CORE_KERNEL_STUDENT_H

/* The two-sided p-value P(|T| ≥ |t|), the regularised incomplete beta function
 * I_{df/(df+t²)}(df/2, ½). Relative error below 1e-12 where it is above 1e-90, below 1e-9
 * down to 1e-300. */
double student_p(double t, double df);

/* The t ≥ 0 with P(|T| ≤ t) = confidence; NaN unless 0 < confidence < 1. Relative error
 * below 1e-12 for confidences from 0.01 to 1 - 1e-9. */
double student_reach(double confidence, double df);

#endif
