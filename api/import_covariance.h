/*
 * The covariance of the coefficients that a body gives: a matrix, whose rows are in the
 * order in which the coefficients are listed; or an object with `terms`, of a multinomial
 * model `classes`, and `matrix`, as a version tells it.
 */
#ifndef LOGITD_API_IMPORT_COVARIANCE_H
#define LOGITD_API_IMPORT_COVARIANCE_H

#include "api/import_body.h"

/* Into covariance, once the coefficients are read without a problem; left NULL where the
 * body has none. Reports what is wrong. -1 only without memory. */
int import_covariance_read(struct import_body *body, struct error *err) MUST_CHECK;

#endif
