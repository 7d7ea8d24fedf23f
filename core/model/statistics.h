/*
 * What a fit tells of its uncertainty once its certificate is there: standard errors of
 * the kind asked for, intervals, tests, and what was asked for on request.
 */
#ifndef LOGITD_CORE_MODEL_STATISTICS_H
#define LOGITD_CORE_MODEL_STATISTICS_H

#include "core/model/inference.h"

/* Of the model's inference, which becomes robust where that is asked for: covariance and
 * coefficients of the estimate, and the report's addenda. is_certain: the certificate
 * carries p-values; else only what needs none is told. ERROR_INVALID with the place
 * "/covariance" or "/cluster", ERROR_CANCELLED. */
int statistics_report(struct estimation *estimation, struct inference *inference,
                      bool is_certain, struct error *err) MUST_CHECK;

#endif
