/*
 * Mean probabilities of a design in which every row has the same level of a categorical
 * input, level by level, with their derivatives by the coefficients in the basis: for
 * marginal_effects.h, which has the formulas.
 */
#ifndef LOGITD_CORE_MODEL_LEVEL_EFFECTS_H
#define LOGITD_CORE_MODEL_LEVEL_EFFECTS_H

#include "core/model/estimation.h"

struct level_effects_room;

struct level_effects {
    const struct estimation *estimation; /* borrowed */
    size_t n_settings; /* levels with a column, and the reference of each input */
    size_t *level;     /* [n_settings] the column set to 1; SIZE_MAX: a reference */
    size_t *first;     /* [n_settings] columns of the input: the first… */
    size_t *end;       /* [n_settings] …and the one behind the last */
    size_t *setting;   /* [n_columns] of the design; SIZE_MAX: no level */
    size_t *reference; /* [n_columns] the setting of its reference */
    double *sums;      /* [n_settings × n_blocks × (1 + n)] mean p_k, and derivatives */
    struct level_effects_room *rooms; /* [n_threads] */
};

/* Into an all-zero struct; of designs without levels there is nothing to do. */
int level_effects_run(struct level_effects *levels, const struct estimation *estimation,
                      struct error *err) MUST_CHECK;
void level_effects_free(struct level_effects *levels);

bool level_effects_has(const struct level_effects *levels, size_t column);

/* What a column's level changes in the mean probability of class k ≥ 1 against its
 * reference, and the gradient of that [n]. */
double level_effects_difference(const struct level_effects *levels, size_t k,
                                size_t column, double *gradient);

#endif
