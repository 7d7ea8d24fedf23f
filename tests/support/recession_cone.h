/*
 * The exact answer to: are these data separated? For tests, apart from the solver: the
 * whole cone of directions δ along which no row's likelihood falls, in integers, by the
 * double description method (Motzkin, Raiffa, Thompson and Thrall 1953; Fukuda and Prodon
 * 1996). For few rows of small whole numbers.
 *
 * A row of class y with weight and another class k make a constraint û'(δ_y - δ_k) ≥ 0,
 * δ_0 = 0; a share of successes between 0 and 1 makes both. Coefficients that a column
 * before determines, and those with a penalty, are 0. What is left is a pointed cone;
 * every one of its directions is a sum of its extreme rays, so these tell all:
 *   complete: some direction lets every constraint grow; the sum of all rays does
 *   quasi: some constraint grows
 *   a coefficient diverges if a ray has it, and may do so with the signs that rays have
 */
#ifndef LOGITD_TESTS_SUPPORT_RECESSION_CONE_H
#define LOGITD_TESTS_SUPPORT_RECESSION_CONE_H

#include <stdbool.h>

#include "core/model/estimate.h"

#define RECESSION_CONE_TERMS 24

enum recession { RECESSION_NONE, RECESSION_QUASI, RECESSION_COMPLETE };

struct recession_cone {
    enum recession verdict;
    size_t n; /* coefficients: n_blocks × (intercept + n_columns) */
    bool aliased[RECESSION_CONE_TERMS];
    bool may_rise[RECESSION_CONE_TERMS], may_fall[RECESSION_CONE_TERMS];
};

/* The design's numbers are whole. Fails the test where they grow beyond 64 bits. */
void recession_cone_find(struct recession_cone *cone, const struct design *design,
                         const struct estimate_options *options);

#endif
