/*
 * Which columns are linear combinations of others before them, from their cross-products
 * G = X'X: Cholesky's factorisation taken column by column, in an order that the caller
 * decides, where columns that add nothing are passed over. The pivot of a column is what
 * is left of its squared length once the kept columns are projected out, as a share of
 * the whole: 1 - R². With G in double precision pivots below about n·1e-16 are noise.
 *
 * One thread.
 */
#ifndef LOGITD_CORE_KERNEL_DEPENDENCE_H
#define LOGITD_CORE_KERNEL_DEPENDENCE_H

#include <stddef.h>

#include "core/base/error.h"

struct dependence {
    size_t n, n_kept;
    size_t *kept;   /* [n_kept] columns, in the order in which they were kept */
    double *factor; /* [n × n] rows of L of the kept ones; room for n */
    double *row;    /* [n] the candidate's row of L */
    double pivot;   /* the candidate's */
};

int dependence_new(struct dependence *dependence, size_t n, struct error *err) MUST_CHECK;
void dependence_free(struct dependence *dependence); /* all-zero is fine */

/* Makes `column` the candidate and returns its pivot; 0 where G's diagonal is not above
 * 0. G: [n × n] row-major, lower triangle. */
double dependence_pivot(struct dependence *dependence, const double *gram, size_t column);

/* a[i]: the coefficient of kept[i] in the projection of the candidate on the kept columns
 * ([n_kept], in the units of G). */
void dependence_coefficients(const struct dependence *dependence, const double *gram,
                             size_t column, double *a);

/* Keeps the candidate, whose pivot is above 0. */
void dependence_keep(struct dependence *dependence, size_t column);

#endif
