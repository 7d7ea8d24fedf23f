/*
 * About how long a fit takes on one core, by each of the algorithms that "auto" chooses
 * between. Of m rows with E entries, b blocks of d terms, K classes, p = bd:
 *
 *   pass     = E·read + m·row + 2Eb·product + mK·loss      value and gradient
 *   Hessian  = pass + b(b+1)/2 · (m·tiles·product + mK·part)
 *              tiles: products of a row for a lower triangle by tiles of 8×8; of sparse
 *              rows of e entries e(e+1)/2, each as long as a read; of these and b ≥ 3
 *              pass + m·(e+1)(e+2)/2 · b(b+1)/16·pair + b(b+1)/2 · m·part
 *   newton   = iterations · (Hessian + p³/3·product) + passes + one Gram matrix
 *   newton_cg = iterations · (pass + preconditioner) + products · pass
 *              and where p×p matrices are held, Gram matrix and Hessian at the end
 *
 * The times of one operation were measured with AVX-512 (bench/RESULTS.md has fits to
 * hold them against), scaled to the rates of the other instruction sets, and are
 * constants of the program. They are not measured where a fit runs: a measurement varies
 * with what else the machine does, and near a tie the choice would vary with it, and with
 * the choice the last bits of the result. So it depends on the data's shape, the request
 * and the kind of machine alone.
 *
 * Pure: thread-safe.
 */
#ifndef LOGITD_CORE_MODEL_COST_H
#define LOGITD_CORE_MODEL_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cost_task {
    uint64_t n_rows;
    uint64_t n_entries; /* of sparse rows; 0: dense */
    size_t n_blocks, n_terms;
    bool is_quadratic; /* newton takes one step */
    bool is_dense;     /* newton_cg, too, ends with a Hessian */
    bool is_finished;  /* newton_cg's last steps are newton's */
};

/* Seconds. */
double cost_of_newton(const struct cost_task *task);
double cost_of_newton_cg(const struct cost_task *task);
/* Of so many values with gradients. */
double cost_of_passes(const struct cost_task *task, double n);
/* Of a Hessian, which has value and gradient with it: as many times theirs. */
double cost_hessian_passes(const struct cost_task *task);

/* How often the fits of bench/RESULTS.md did what: for the formulas above. */
#define COST_NEWTON_ITERATIONS 9.0
#define COST_NEWTON_CG_ITERATIONS 10.0
#define COST_PRODUCTS 50.0 /* preconditioned by a sample of the rows */
/* The same from a sample's minimum (sample_start.h), the passes over the sample among
 * them. */
#define COST_NEWTON_ITERATIONS_LEFT 6.0
#define COST_METRIC_ITERATIONS 3.0 /* where a Hessian costs so many passes or more, */
#define COST_METRIC_PASSES 10.0    /* and most of the way is by gradients */
#define COST_DEAR_HESSIAN_PASSES 2.5
#define COST_NEWTON_CG_ITERATIONS_LEFT 5.0
#define COST_PRODUCTS_LEFT 20.0
#define COST_PRODUCTS_OF_CLASSES 100.0 /* and of several classes */
#define COST_PRODUCTS_BY_DIAGONAL 200.0

#endif
