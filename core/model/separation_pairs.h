/*
 * One pass over what can be separated. A row of class y and another class k make a pair;
 * its margin at β is z_y - z_k, its growth along a direction δ is û'(δ_y - δ_k), δ_0 = 0.
 * Binomial: one pair a row, ±û'δ; of a share of successes between 0 and 1, both.
 */
#ifndef LOGITD_CORE_MODEL_SEPARATION_PAIRS_H
#define LOGITD_CORE_MODEL_SEPARATION_PAIRS_H

#include "core/model/estimation.h"

/* Along one direction; `size` is Σ |û_j δ_kj| over all classes, with no δ_kj taken for
 * less than a share of the greatest: the sums of any class carry rounding of this size,
 * since a direction has it from the others. */
struct separation_growth {
    double value, size;
};

struct separation_pair {
    const struct gram_rows *rows; /* among which the row is */
    size_t row;
    size_t y, k; /* of a binomial model 1 is success */
    struct separation_growth growth[2];
    size_t block, number; /* its place: the same for any number of threads */
};

typedef void separation_pairs_fn(void *context, const struct separation_pair *pair,
                                 size_t worker, double *sums);

struct separation_pairs {
    const struct estimation *estimation;
    /* [n] in the basis; NULL: no growth. Without the second one its growth is the margin
     * at `from`, offset included. */
    const double *directions[2];
    const double *from; /* [n]; NULL: 0 */
    separation_pairs_fn *look;
    void *context;
};

/* sums[n_sums] as pool_sum has them. ERROR_NO_MEMORY. */
int separation_pairs_run(const struct separation_pairs *pairs, size_t n_sums,
                         double *sums, struct error *err) MUST_CHECK;

#endif
