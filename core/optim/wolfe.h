/*
 * A line search for the strong Wolfe conditions along a direction d in which J falls,
 * with φ(t) = J(β + td):
 *
 *   φ(t) ≤ φ(0) + c₁ t φ'(0)  and  |φ'(t)| ≤ c₂ |φ'(0)|,   c₁ = 10⁻⁴, c₂ = 0.9
 *
 * Steps grow until an interval holds such a t, then cubic interpolation narrows it.
 * Nocedal and Wright, "Numerical Optimization" (2006), algorithms 3.5 and 3.6, (3.59).
 */
#ifndef LOGITD_CORE_OPTIM_WOLFE_H
#define LOGITD_CORE_OPTIM_WOLFE_H

#include "core/optim/solver.h"

enum wolfe_end {
    WOLFE_FAILED = -1, /* err is set */
    WOLFE_NONE,        /* no step lowers J in floating point */
    WOLFE_FOUND,       /* or the best step there is, where rounding hides the rest */
    WOLFE_BOTTOMLESS   /* J falls as far as steps can grow; the trial is there */
};

struct wolfe {
    const struct objective *objective;
    const struct objective_point *start; /* with value and gradient */
    const double *direction;             /* [n] */
    struct objective_point *trial; /* left where the step leads, with both, unless NONE */
    struct solver_result *result;  /* evaluations are counted here */
};

/* *step: which is tried first; then the one found. */
enum wolfe_end wolfe_search(const struct wolfe *wolfe, double *step,
                            struct error *err) MUST_CHECK;

#endif
