/*
 * e^-a of a vector, 0 ≤ a, by the steps of exponential.h, for what need not reach below
 * the least normal number: beyond a = 708 it stays at e^-708. Included behind a header of
 * vectors. Error below 1 ulp. NaN gives NaN.
 */
#ifndef LOGITD_CORE_KERNEL_VECTOR_EXPONENTIAL_H
#define LOGITD_CORE_KERNEL_VECTOR_EXPONENTIAL_H

#include "core/kernel/exponential.h"

/* a + b·c for a coefficient and a constant. */
static inline VECTOR vector_exponential_pair(double a, double b, VECTOR c)
{
    return vector_add_product(vector_spread(b), c, vector_spread(a));
}

/* exponential_series of -r. */
static inline VECTOR vector_exponential_series(VECTOR r, VECTOR r2)
{
    VECTOR r4 = vector_multiply(r2, r2);
    VECTOR a = vector_exponential_pair(0.5, -1.0 / 6, r);
    VECTOR b = vector_exponential_pair(1.0 / 24, -1.0 / 120, r);
    VECTOR c = vector_exponential_pair(1.0 / 720, -1.0 / 5040, r);
    VECTOR d = vector_exponential_pair(1.0 / 40320, -1.0 / 362880, r);
    VECTOR e = vector_exponential_pair(1.0 / 3628800, -1.0 / 39916800, r);
    VECTOR f = vector_exponential_pair(1.0 / 479001600, -1.0 / 6227020800, r);
    VECTOR low = vector_add_product(b, r2, a), middle = vector_add_product(d, r2, c);
    VECTOR high = vector_add_product(f, r2, e);
    return vector_add_product(vector_add_product(high, r4, middle), r4, low);
}

/* With r = a + n·ln 2 for what is r of -a there, with another sign. */
static inline VECTOR vector_exponential(VECTOR a)
{
    VECTOR most = vector_lesser(vector_spread(708), a);
    VECTOR shifted = vector_add_product(most, vector_spread(-0x1.71547652b82fep+0),
                                        vector_spread(EXPONENTIAL_WHOLE));
    VECTOR n = vector_subtract(shifted, vector_spread(EXPONENTIAL_WHOLE));
    VECTOR r = vector_add_product(n, vector_spread(EXPONENTIAL_LN2_HIGH), most);
    r = vector_add_product(n, vector_spread(EXPONENTIAL_LN2_LOW), r);
    VECTOR r2 = vector_multiply(r, r);
    VECTOR part = vector_product_less(vector_exponential_series(r, r2), r2, r);
    return vector_multiply(vector_add(part, vector_spread(1)), vector_power(shifted));
}

#endif
