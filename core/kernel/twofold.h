/*
 * Double-double numbers: an unevaluated sum of two doubles, high + low, which carries
 * about 106 bits. Sums and products of doubles are exact in it: Knuth's two-sum, and the
 * product's error by a fused multiply-add (Dekker, "A floating-point technique for
 * extending the available precision", 1971). No number may overflow.
 */
#ifndef LOGITD_CORE_KERNEL_TWOFOLD_H
#define LOGITD_CORE_KERNEL_TWOFOLD_H

#include <math.h>

struct twofold {
    double high, low;
};

/* a + b, exactly. */
static inline struct twofold twofold_sum(double a, double b)
{
    double sum = a + b, part = sum - a;
    return (struct twofold){sum, (a - (sum - part)) + (b - part)};
}

static inline struct twofold twofold_add(struct twofold a, struct twofold b)
{
    struct twofold sum = twofold_sum(a.high, b.high);
    return twofold_sum(sum.high, sum.low + (a.low + b.low));
}

static inline struct twofold twofold_times(struct twofold a, double b)
{
    double product = a.high * b;
    return twofold_sum(product, fma(a.high, b, -product) + a.low * b);
}

#endif
