/*
 * Where a fit starts that names an earlier version: that model's coefficients, found by
 * the names of terms and classes. What the fit has and the model has not starts at 0;
 * what the model has and the fit has not is left out.
 */
#ifndef LOGITD_CORE_MODEL_WARM_START_H
#define LOGITD_CORE_MODEL_WARM_START_H

#include "core/model/fit_data.h"

/* Is the model of this family? ERROR_INVALID with the place "/warm_start". */
int warm_start_check_family(const struct model *from, enum family family,
                            struct error *err) MUST_CHECK;
/* And of the same classes, in any order? For data whose classes are chosen. A request
 * without a model to start from passes. */
int warm_start_check(const struct fit_data *data, struct error *err) MUST_CHECK;

/* *start: coefficients on the columns as given [n_blocks × (intercept + n_columns)], to
 * be freed with memory_free; NULL where the request names no model. */
int warm_start_make(const struct fit_data *data, double **start,
                    struct error *err) MUST_CHECK;

#endif
