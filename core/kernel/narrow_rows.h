/*
 * All that a Newton step does with dense rows of few columns, in one go over them:
 * margins, losses of logistic regression with their derivatives, gradient and
 * cross-products. Compiled once for each instruction set, with sums in another order.
 *
 * Rows are turned into columns, some at a time, which stay in the first cache:
 * from there on every operation is one of whole vectors, none for padding or across a
 * vector's lanes. With u_0 = 1 and residual r and curvature h of each row, what is summed
 * up are the products of h·u_j and r, the last of them, with the u_k, in tiles of sums
 * that stay in registers.
 *
 * Where all weights are 1 no logarithm is had of each row: Σ log(1+e_i) = log Π (1+e_i),
 * by parts of which each takes every eighth row. The products are carried as sums of two
 * numbers, so that they are as exact as 1 + the smallest e.
 *
 * Roofline: the multipliers, and with 10 columns and fewer reading from memory as well;
 * while losses are had the next rows are called for. By CPU time beside other programs
 * a pass takes two to four fifths of what separate loops take (build/kernel-bench,
 * "at once" and "all of them").
 *
 * Pure functions: thread-safe, no allocation.
 */
#ifndef LOGITD_CORE_KERNEL_NARROW_ROWS_H
#define LOGITD_CORE_KERNEL_NARROW_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/kernel/instructions.h"

#define NARROW_ROWS_MOST 1024U
#define NARROW_ROWS_MOST_COLUMNS 16U

struct narrow_rows {
    size_t n_rows;    /* NARROW_ROWS_MOST at most */
    size_t n_columns; /* NARROW_ROWS_MOST_COLUMNS at most */
    const double *x;  /* with this stride */
    size_t stride;
    const double *factor, *centre; /* [n_columns] u = x·factor - centre; NULL: u = x */
    const double *y, *offset;      /* [n_rows] labels in 0…1; what margins begin with */
    const double *weights;         /* [n_rows]; NULL: all 1 */
    bool intercept;                /* a column of ones in front */
};

/* What is found of the rows; sums are added to. n = intercept + n_columns. */
struct narrow_rows_sums {
    double *loss, *misplaced; /* of all: as loss_binomial, loss_binomial_misplaced */
    double *curvature;        /* [n_rows] of each row, the second derivative; NULL: no */
    double *gradient;         /* [n]; NULL: no */
    double *hessian;          /* [n × n] its lower triangle; NULL: no. With gradient. */
};

#define NARROW_ROWS_SCRATCH 7680U /* numbers */

/* beta[n]; scratch[NARROW_ROWS_SCRATCH], best where a line of the cache begins. */
typedef void narrow_rows_add_fn(const struct narrow_rows *rows, const double *beta,
                                double *scratch, const struct narrow_rows_sums *sums);

/* The fastest that this machine can run. */
narrow_rows_add_fn narrow_rows_add;

narrow_rows_add_fn narrow_rows_plain_add, narrow_rows_avx2_add, narrow_rows_avx512_add;

#endif
