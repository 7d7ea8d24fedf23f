/*
 * An independent check of optima: J, its gradient and its Hessian written down naively
 * from dense arrays, and Newton's method on them. It shares no code with core/kernel,
 * core/optim and core/model, and knows no trick but the shift of softmax: sums and
 * matrices are had in 113 bits, exponentials and logarithms in 64, so that designs that
 * are nearly collinear in doubles are far from it here.
 *
 * Row i has weight ω_i, features x_i, margins z_i0 = 0 and z_ik = β_k'x̂_i + offset_i for
 * k = 1…K-1, where x̂ has the intercept first; p_ik is the softmax of z_i, s_ik the share
 * of class k in the row (1 for its label). A binomial model is K = 2.
 *
 *   J = (Σ ω_i (log Σ_k e^{z_ik} - Σ_k s_ik z_ik))/(Σ ω_i) + l2/2·Σ_j f_j q(β_1j…β_K-1,j)
 *
 * with q(v) = v² for a binomial model, and the squares of (0, v) about their mean for a
 * multinomial one.
 */
#ifndef LOGITD_TESTS_SUPPORT_OPTIMALITY_H
#define LOGITD_TESTS_SUPPORT_OPTIMALITY_H

#include <stdbool.h>
#include <stddef.h>

struct optimality {
    size_t n_rows, n_columns, n_classes;
    bool is_binomial; /* y is the share of class 1; else the class */
    bool intercept;
    const double *x;       /* [n_rows × n_columns] row-major */
    const double *y;       /* [n_rows] */
    const double *weights; /* NULL: all 1 */
    const double *offset;  /* NULL: all 0 */
    double l2;
    const double *factors; /* [n_columns]; NULL: all 1 */
};

/* Matrices are those of J. */
struct optimality_point {
    long double value;          /* J */
    long double log_likelihood; /* -Σ ω_i loss_i */
    long double *gradient;      /* [n] */
    long double *hessian;       /* [n × n], whole */
    long double *inverse;       /* [n × n] of the Hessian */
};

/* Coefficients in all: (n_classes - 1)·(intercept + n_columns), block by block. */
size_t optimality_n(const struct optimality *problem);
long double optimality_sum_weights(const struct optimality *problem);

/*
 * From beta [n] to the optimum near it, by whole Newton steps; beta is then the optimum,
 * and the point what is known there, to be freed. Where n is 0 there is nothing to be
 * found but the value. False, with nothing kept, where the Hessian is not positive
 * definite or the steps do not settle.
 */
bool optimality_solve(const struct optimality *problem, long double *beta,
                      struct optimality_point *point);
void optimality_point_free(struct optimality_point *point);

#endif
