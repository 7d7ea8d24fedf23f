/*
 * The objective seam: what a solver may ask of a smooth function J(β) that is to be
 * minimised. Solvers see neither data nor HTTP; losses see no solver. There is no hidden
 * call order: all that one evaluation leaves for another (margins, probabilities) is in
 * the point, explicitly.
 *
 * Every sum over rows passes through the pool's fixed-order reduction inside the
 * objective's own functions, so that values do not depend on the number of threads.
 */
#ifndef LOGITD_CORE_OPTIM_OBJECTIVE_H
#define LOGITD_CORE_OPTIM_OBJECTIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/optim/objective_margins.h"

enum objective_want {
    OBJECTIVE_VALUE = 1,
    OBJECTIVE_GRADIENT = 2,
    OBJECTIVE_HESSIAN = 4,  /* dense, lower triangle, [n×n] row-major */
    OBJECTIVE_CURVATURE = 8 /* in the point's state: what hessian_product and
                               hessian_diagonal start from */
};

/* Where J was evaluated and what is known there. Arrays belong to the point. */
struct objective_point {
    double *beta; /* [n] */
    double value;
    double *gradient; /* [n] */
    double *hessian;  /* [n×n]; NULL unless asked for at objective_point_new */
    unsigned have;    /* enum objective_want of what is true of beta now */
    void *state;      /* the objective's own, e.g. probabilities; NULL unless the
                         curvature was asked for at objective_point_new */
};

struct objective {
    size_t n; /* dimension of β */
    const struct objective_ops *ops;
    void *context;
    /* What is minimised is J(β) + Σ l1_i |β_i|, and J, its value and derivatives are of
     * the smooth part alone. [n] ≥ 0, borrowed; NULL: all 0. Only solvers that say so
     * (solver.h) take it. */
    const double *l1;
    bool is_quadratic;  /* J: its Hessian is the same everywhere */
    bool gives_hessian; /* for little more than a gradient costs */
    const struct objective_preconditioner *preconditioner; /* NULL: not offered */
};

/*
 * M, symmetric, positive definite and near ∇²J(point), which is cheaper to solve with.
 * Made once and found at one point after another, whose curvature must be there.
 */
struct objective_preconditioner {
    /* *made stays NULL where M would not be worth its while; a diagonal must do then. */
    int (*make)(void *context, void **made, struct error *err);
    int (*find)(void *made, const struct objective_point *point, struct error *err);
    void (*solve)(void *made, const double *r, double *z); /* z = M⁻¹r */
    void (*free)(void *made);                              /* NULL is fine */
};

struct objective_ops {
    /* Fills value, gradient, hessian of the point as wanted, at point->beta, in one pass
     * over the data where that is possible. ERROR_CANCELLED, ERROR_TIME_LIMIT or
     * ERROR_NON_FINITE. */
    int (*evaluate)(void *context, struct objective_point *point, unsigned want,
                    struct error *err);
    /* product = ∇²J(point)·v, and the diagonal of ∇²J(point), without forming the
     * Hessian; the point must have its curvature. Errors as above. NULL: not offered. */
    int (*hessian_product)(void *context, struct objective_point *point, const double *v,
                           double *product, struct error *err);
    int (*hessian_diagonal)(void *context, struct objective_point *point,
                            double *diagonal, struct error *err);
    /* The rows and columns set[0…n_set-1], ascending, of ∇²J(point), without forming the
     * rest: matrix[n_set×n_set] row-major, lower triangle. The point must have its
     * curvature. NULL: not offered. */
    int (*hessian_block)(void *context, struct objective_point *point, const size_t *set,
                         size_t n_set, double *matrix, struct error *err);
    /* J as a function of margins, the objective's own, valid as long as it is; *margins
     * stays NULL where that is not worth its while. NULL: not offered. */
    int (*find_margins)(void *context, const struct objective_margins **margins,
                        struct error *err);
    /* J as a function of these coordinates alone, ascending, the others held at 0: an
     * objective of its own, without l1, which costs what they do and not what all would.
     * It borrows this one. *made stays false where that is not worth its while.
     * NULL: not offered. */
    int (*new_part)(void *context, const size_t *set, size_t n_set,
                    struct objective *part, bool *made, struct error *err);
    void (*free_part)(void *context, struct objective *part);
    /* For stochastic methods; NULL: not offered. How many rows J is a mean over, and the
     * gradient of J at beta as rows order[0..n_rows-1] alone tell it: without bias where
     * the rows are drawn at random. */
    size_t (*n_rows)(void *context);
    int (*rows_gradient)(void *context, const double *beta, const size_t *order,
                         size_t n_rows, double *gradient, struct error *err);
    /* Values and gradients, as wanted, at several points at once, or the gradients of
     * some rows at several β: the same bits as one after the other, but each row is read
     * once for all of them. What is not finite is no error here. NULL: not offered. */
    int (*evaluate_several)(void *context, struct objective_point *const *points,
                            size_t n_points, unsigned want, struct error *err);
    int (*rows_gradients)(void *context, const double *const *betas, size_t n_betas,
                          const size_t *order, size_t n_rows, double *const *gradients,
                          struct error *err);
    /* No eigenvalue of ∇²J is greater, wherever. NULL: not offered. */
    int (*greatest_curvature)(void *context, double *curvature, struct error *err);
    /* The point's state, made and freed with a point that is to have the curvature.
     * NULL: needs none. */
    int (*new_state)(void *context, void **state, struct error *err);
    void (*free_state)(void *context, void *state);
};

int objective_point_new(const struct objective *objective, unsigned want,
                        struct objective_point *point, struct error *err) MUST_CHECK;
void objective_point_free(const struct objective *objective,
                          struct objective_point *point);

/* What is wanted and not there yet. Counts nothing twice. */
int objective_evaluate(const struct objective *objective, struct objective_point *point,
                       unsigned want, struct error *err) MUST_CHECK;

/* The same for several points, of values and gradients, and gradients of some rows at
 * several β; together where the objective offers that. What is not finite is no error:
 * values and gradients may be NaN. */
int objective_evaluate_several(const struct objective *objective,
                               struct objective_point *const *points, size_t n_points,
                               unsigned want, struct error *err) MUST_CHECK;
int objective_rows_gradients(const struct objective *objective,
                             const double *const *betas, size_t n_betas,
                             const size_t *order, size_t n_rows, double *const *gradients,
                             struct error *err) MUST_CHECK;

#endif
