/*
 * The least l1 with which every coefficient that it weighs is 0: what the gradient of J
 * is where they are. A path of penalties starts there.
 */
#ifndef LOGITD_CORE_MODEL_L1_LIMIT_H
#define LOGITD_CORE_MODEL_L1_LIMIT_H

#include "core/model/estimation.h"

/* Writes l1_max into the estimate's report: NaN without l1, or where the coefficients
 * that are under no penalty have no estimates. */
int l1_limit_report(struct estimation *estimation, struct error *err) MUST_CHECK;

#endif
