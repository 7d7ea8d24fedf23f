/*
 * Which coordinates of F(β) = J(β) + Σ l1_i |β_i| an iteration moves: those that are not
 * 0 or are under no |w|, and of those that are 0 the ones whose gradient exceeds their
 * l1, the greatest first. The others stay 0: where the excess of all of them is none, the
 * minimum over the set is one over all coordinates. Of very many, those with the greatest
 * slopes are moved, and the others wait.
 *
 * So where few coefficients of many are not 0, the work is that of few: Massias, Gramfort
 * and Salmon, "Celer: a fast solver for the Lasso with dual extrapolation" (2018).
 */
#ifndef LOGITD_CORE_OPTIM_WORKING_SET_H
#define LOGITD_CORE_OPTIM_WORKING_SET_H

#include "core/optim/l1.h"

#define WORKING_SET_MOST 1024U /* coordinates of a set: what is squared of them */

struct working_set_candidate {
    double score;
    size_t coordinate;
};

struct working_set {
    /* Of those that are 0, also the ones whose gradient exceeds this share of their l1,
     * behind all others: they may be next. 0: none. */
    double reach;
    size_t n;
    size_t *coordinates; /* [n], ascending */
    double left_out;     /* norm of the slopes of those that should move and must wait */
    struct working_set_candidate *candidates; /* [of the objective's n] */
};

int working_set_new(struct working_set *set, const struct objective *objective,
                    struct error *err) MUST_CHECK;
void working_set_free(struct working_set *set); /* all-zero is fine */

/* Of a point with its gradient. Depends on it alone. */
void working_set_choose(struct working_set *set, const struct objective *objective,
                        const struct objective_point *point);
void working_set_choose_among(struct working_set *set, const struct objective *objective,
                              const struct objective_point *point, struct l1_among among);

#endif
