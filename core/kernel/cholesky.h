/*
 * Cholesky factorisation with diagonal pivoting of a symmetric positive semidefinite
 * matrix A that is first scaled to a unit diagonal (as a covariance becomes a
 * correlation), so that what is negligible does not depend on the units of its rows.
 *
 * P'(SAS)P = LL', S = diag(A)^-½. Where A is not of full rank, the rows that pivoting
 * puts last are taken as fixed: solutions are 0 there, and the inverse is that of the
 * rest. Scaling by the diagonal is within a factor n of the best that any diagonal
 * scaling does for the condition (van der Sluis, "Condition numbers and equilibration of
 * matrices", 1969); LAPACK dpotrf, and pivots where it fails (Higham, "Accuracy and
 * Stability of Numerical Algorithms", 2002, chapter 10): dpstrf, of more than 512 rows
 * cholesky_pivoted.h.
 *
 * A large matrix is worked on in blocks that take some hundredths of a second each, so
 * that it can be stopped.
 *
 * Matrices are [n × n] row-major, lower triangle.
 */
#ifndef LOGITD_CORE_KERNEL_CHOLESKY_H
#define LOGITD_CORE_KERNEL_CHOLESKY_H

#include <stddef.h>

#include "core/base/error.h"
#include "core/base/stop.h"

#define CHOLESKY_PANEL 64U /* rows of an inverse that are had at a time; ≥ 2 */

struct cholesky {
    size_t n; /* may be lowered, for smaller matrices, and raised again */
    size_t rank;
    double *factor;   /* [n × n] L, rows in pivoted order */
    double *scale;    /* [n] S, in the order of A; 0 where A's diagonal is not above 0 */
    int *order;       /* [n] which row of A each row of L is, from 0 */
    double *scratch;  /* [n × CHOLESKY_PANEL] */
    struct stop stop; /* the owner's: asked between blocks, so that what is left undone is
                       * worth nothing once it is; all zero: nobody */
};

/* Room for matrices of n rows; n fits 31 bits, or ERROR_TOO_LARGE. */
int cholesky_new(struct cholesky *cholesky, size_t n, struct error *err) MUST_CHECK;
void cholesky_free(struct cholesky *cholesky); /* all-zero is fine */

/* These allocate nothing. A: finite. */
void cholesky_factor(struct cholesky *cholesky, const double *a);
/* x[n] becomes A^-1 x. */
void cholesky_solve(const struct cholesky *cholesky, double *x);
/* log det A of what is of full rank; -∞ else. */
double cholesky_log_determinant(const struct cholesky *cholesky);
/* Whole matrix, both triangles. */
void cholesky_inverse(const struct cholesky *cholesky, double *inverse);

#endif
