/*
 * What a direction does to every row: one pass.
 *
 * A row of class y and another class k make a pair; its margin is z_y - z_k, its growth
 * along a direction δ is û'(δ_y - δ_k). (Binomial: one pair a row, ±û'δ; of a share of
 * successes between 0 and 1, both.) The likelihood of a row rises along δ where none of
 * its pairs shrinks. So if no pair of any row shrinks and some grow, the likelihood has
 * no maximum: the data are separated, completely if all grow (Albert and Anderson, "On
 * the existence of maximum likelihood estimates in logistic regression models",
 * Biometrika 71, 1984).
 */
#ifndef LOGITD_CORE_MODEL_SEPARATION_ROWS_H
#define LOGITD_CORE_MODEL_SEPARATION_ROWS_H

#include "core/model/estimation.h"

/* Pairs that grow by less than this, and yet by more than rounding, prove nothing. */
#define SEPARATION_ROWS_GROWS 0.1

struct separation_rows {
    /* Growth up to this counts as none; and up to this share of Σ |û_j δ_j|. */
    double still, still_share;
    double n_still, n_growing, n_other; /* pairs found: others shrink, or hardly grow */
    /* How far to go along the direction until every growing pair has `wanted` margin. */
    double wanted, distance;
};

/* Fills the last two lines. direction[n] in the basis; margins are the point's. */
int separation_rows_look(struct separation_rows *rows,
                         const struct estimation *estimation, const double *direction,
                         struct error *err) MUST_CHECK;

#endif
