/*
 * The cheap sign that calls for an examination where a minimum seems to be found: a
 * coefficient, on a column of length 1, whose variance is out of all proportion. What
 * separates goes on until p(1-p) of its rows is rounding, and leaves no curvature.
 */
#ifndef LOGITD_CORE_MODEL_SEPARATION_SUSPECT_H
#define LOGITD_CORE_MODEL_SEPARATION_SUSPECT_H

#include "core/model/estimation.h"

/* At the point, which has its Hessian. ERROR_NO_MEMORY. */
int separation_suspect(const struct estimation *estimation, bool *is_suspect,
                       struct error *err) MUST_CHECK;

#endif
