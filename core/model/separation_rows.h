/*
 * What a direction does to every pair of separation_pairs.h: one pass.
 *
 * The likelihood of a row rises along δ where none of its pairs shrinks. So if no pair of
 * any row shrinks and some grow, the likelihood has no maximum: the data are separated,
 * completely if all grow (Albert and Anderson, "On the existence of maximum likelihood
 * estimates in logistic regression models", Biometrika 71, 1984).
 */
#ifndef LOGITD_CORE_MODEL_SEPARATION_ROWS_H
#define LOGITD_CORE_MODEL_SEPARATION_ROWS_H

#include "core/model/estimation.h"

/* Pairs that grow by less than this, and yet by more than rounding, prove nothing. */
#define SEPARATION_ROWS_GROWS 0.1
/* Rounding of a growth, and of the direction, as a share of Σ |û_j δ_j|. */
#define SEPARATION_ROWS_ROUNDING 1e-9

struct separation_rows {
    /* Growth up to this counts as none, and so does what may be rounding. */
    double still;
    /* A direction in which separation has been proved before; NULL: none. Pairs that grow
     * along it are gone: they are counted nowhere. */
    const double *gone;
    double n_still, n_growing, n_other; /* pairs found: others shrink, or hardly grow */
    const double *from;                 /* [n] where margins are taken */
    double wanted;                      /* margin */
    /* How far to go along the direction until every growing pair has the wanted margin:
     * below 0 if all have more. Where pairs are gone: how often to add that direction
     * until each grows by 1. */
    double distance;
};

/* Fills what is found. direction[n] in the basis. */
int separation_rows_look(struct separation_rows *rows,
                         const struct estimation *estimation, const double *direction,
                         struct error *err) MUST_CHECK;

/* No pair shrinks and some grow? */
bool separation_rows_separate(const struct separation_rows *rows);

#endif
