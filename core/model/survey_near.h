/*
 * Where columns lie, about, before they are looked at: so that squares of distances from
 * there add up without cancelling.
 */
#ifndef LOGITD_CORE_MODEL_SURVEY_NEAR_H
#define LOGITD_CORE_MODEL_SURVEY_NEAR_H

#include "core/data/design.h"

/* near[n_columns], which is all 0: stays so, where that lies within a few spreads of the
 * mean, by some rows; else the number of those that is closest to their mean, so that
 * whole numbers stay whole. */
int survey_near_find(const struct design *design, double *near,
                     struct error *err) MUST_CHECK;

#endif
