/*
 * The least value of a quadratic with |w|, over a working set of coordinates:
 *
 *   Q(w) = g'(w - b) + ½ (w - b)'H(w - b) + Σ l1_i |w_i|
 *
 * by two kinds of steps in turn. Sweeps of coordinate descent, each coordinate moved to
 * its minimum with the others held (Friedman, Hastie and Tibshirani, "Regularization
 * paths for generalized linear models via coordinate descent", 2010), find which
 * coordinates are 0 and the signs of the others. Given these, Q is smooth, and its
 * minimum is one solution of a linear system, however badly conditioned; where that would
 * change signs, the coordinates concerned stop at 0. It ends where the conditions of
 * Karush, Kuhn and Tucker hold to rounding; what is 0 is exactly 0.
 */
#ifndef LOGITD_CORE_OPTIM_QUADRATIC_L1_H
#define LOGITD_CORE_OPTIM_QUADRATIC_L1_H

#include <stdbool.h>
#include <stddef.h>

#include "core/kernel/cholesky.h"
#include "core/optim/solver.h"

struct quadratic_l1 {
    size_t n, capacity;
    /* The caller's to fill, once there is room. */
    double *hessian;  /* [n × n] H, lower triangle; made whole by solving */
    double *start;    /* [n] b, and where the search for w begins */
    double *gradient; /* [n] g */
    double *l1;       /* [n] ≥ 0 */
    bool is_coarse; /* sweeps alone, as long as they bring something: near the minimum */
    const struct solver_watch *watch; /* may say that it is over; NULL: nobody does */
    double *w;                        /* [n] the minimum */
    bool is_solved;                   /* it was found; else w is on the way to it */
    bool is_bottomless; /* there is none: Q falls for ever where H is singular */
    /* Its own. */
    double *slope; /* [n] g + H(w - b) */
    double *step;  /* [n] of the support */
    double *trial; /* [n] */
    size_t *support;
    size_t n_support;
    double greatest, noise; /* of gradients, and what is rounding of them */
    double *part;           /* [n × n] rows and columns of H on the support */
    struct cholesky factor;
};

/* Room for n; what was there is lost. It grows by doubling. */
int quadratic_l1_resize(struct quadratic_l1 *quadratic, size_t n,
                        struct error *err) MUST_CHECK;
void quadratic_l1_free(struct quadratic_l1 *quadratic); /* all-zero is fine */

/* Leaves w, found or, where the watch says that it is over, on the way. Allocates
 * nothing.
 */
void quadratic_l1_solve(struct quadratic_l1 *quadratic);

/* g'(w - b) + Σ l1_i (|w_i| - |b_i|), ≤ 0: how F would change if J had no curvature. A
 * sum of small numbers, without cancellation. */
double quadratic_l1_slope(const struct quadratic_l1 *quadratic);

#endif
