/*
 * Objectives of a few coordinates of which everything is known, for tests of solvers: a
 * formula, and what goes wrong with it on request. Runs a solver and checks what holds of
 * all of them.
 */
#ifndef LOGITD_TESTS_SUPPORT_ANALYTIC_H
#define LOGITD_TESTS_SUPPORT_ANALYTIC_H

#include "core/optim/solver.h"

#define ANALYTIC_MOST 64 /* coordinates */

/* Fills all; the Hessian is whole, [n × n]. */
typedef void analytic_fn(size_t n, const double *x, double *value, double *gradient,
                         double *hessian);

struct analytic {
    size_t n;
    analytic_fn *at;
    int fails_beyond; /* calls, evaluations and products alike; 0: none fails */
    enum error_code code;
    int n_calls, n_products;
};

/* Borrows it; offers products, the diagonal and blocks. */
struct objective analytic_objective(struct analytic *analytic);

/* Σ 100 (x_{i+1} - x_i²)² + (1 - x_i)²: minimum 0 at 1, along a bent valley. */
analytic_fn analytic_rosenbrock;
/* ½ Σ (i+1) (x_i - 1)² + ½ (Σ x_i - n)²: minimum 0 at 1. */
analytic_fn analytic_quadratic;
/* Σ e^{x_i} - (i+2) x_i: minimum at log(i+2). */
analytic_fn analytic_exponentials;
/* x - log x, NaN for x < 0: minimum at 1. */
analytic_fn analytic_barrier;
/* √(1+x²): minimum at 0; Newton's whole step from |x| > 1 goes further away. */
analytic_fn analytic_hyperbola;
/* log(1+e^-x) + (y-1)²: falls towards 0 as x grows. */
analytic_fn analytic_tail;
/* -x + y²: no curvature where it falls. */
analytic_fn analytic_slope;
/* (x+y-1)²: any point of a line is a minimum. */
analytic_fn analytic_valley;
/* x: with a gradient that is no number. */
analytic_fn analytic_broken;

/* A run of a solver from a start, and what was seen of it. */
struct analytic_run {
    solver_fn *solve;
    struct solver_options options;
    const double *l1;   /* of the objective; NULL: none */
    bool gives_hessian; /* the same */
    size_t stop_at;     /* steps after which the watch asks to stop; 0: never */
    struct solver_result result;
    struct objective_point point; /* freed by analytic_release */
    struct solver_step steps[2000];
    size_t n_steps;
    long n_allocations; /* within iterations */
};

/* The solver's status. */
int analytic_solve(struct analytic_run *run, struct analytic *analytic,
                   const double *start, struct error *err);
/* The same, which must go well and leave what is true. */
void analytic_minimise(struct analytic_run *run, struct analytic *analytic,
                       const double *start);
void analytic_release(struct analytic_run *run, struct analytic *analytic);

/* Fails each allocation of a run in turn; returns how many there are. */
long analytic_fail_allocations(struct analytic_run *run, struct analytic *analytic,
                               const double *start);

#endif
