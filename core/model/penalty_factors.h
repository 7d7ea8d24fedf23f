/*
 * What a request says of the penalty of single features, as numbers for the columns of a
 * design.
 */
#ifndef LOGITD_CORE_MODEL_PENALTY_FACTORS_H
#define LOGITD_CORE_MODEL_PENALTY_FACTORS_H

#include "core/model/fit.h"

/*
 * *factors [n_columns], to be freed with memory_free; NULL where the request has none. A
 * name is a term's, or an input's and then for all terms that are of this input alone,
 * but those that are named themselves. What is not named has 1. ERROR_UNKNOWN_COLUMN with
 * "/penalty/factors/NAME" as place for a name that no term goes by.
 */
int penalty_factors_spread(const struct fit_request *request,
                           const struct encoding *encoding, double **factors,
                           struct error *err) MUST_CHECK;

#endif
