/*
 * Sums of products a·b ≥ 0 over many rows, to within an ulp or two, that cannot
 * overflow: what is near the end of the doubles is added up by itself, both factors
 * taken by 2^-540.
 */
#ifndef LOGITD_CORE_MODEL_EVALUATE_SUM_H
#define LOGITD_CORE_MODEL_EVALUATE_SUM_H

#include <float.h>
#include <math.h>

#include "core/kernel/twofold.h"

struct evaluate_sum { /* all zero: 0 */
    struct twofold sum;
    double huge; /* by 2^-1080 */
};

#define EVALUATE_SUM_HUGE 0x1p960 /* 2^63 of them are still no infinity */
#define EVALUATE_SUM_SCALE 0x1p-540

static inline void evaluate_sum_add(struct evaluate_sum *sum, double a, double b)
{
    double product = a * b;
    if (product < EVALUATE_SUM_HUGE)
        sum->sum = twofold_add(sum->sum, (struct twofold){product, 0});
    else
        sum->huge += (a * EVALUATE_SUM_SCALE) * (b * EVALUATE_SUM_SCALE);
}

static inline double evaluate_sum_value(const struct evaluate_sum *sum)
{
    return sum->sum.high + sum->sum.low +
           sum->huge / EVALUATE_SUM_SCALE / EVALUATE_SUM_SCALE;
}

/* The sum by a weight > 0; at most DBL_MAX. */
static inline double evaluate_sum_mean(const struct evaluate_sum *sum, double weight)
{
    double mean = (sum->sum.high + sum->sum.low) / weight +
                  sum->huge / (weight * EVALUATE_SUM_SCALE) / EVALUATE_SUM_SCALE;
    return fmin(mean, DBL_MAX);
}

#endif
