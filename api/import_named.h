/*
 * Coefficients by name: an array as a version tells them,
 * [{"term":"gre","estimate":0.002,"std_error":…}, …], or an object as R has them,
 * {"(Intercept)":-3.9,"gre":0.002,"rank2":-0.67}, of a multinomial model an object of
 * these by class.
 */
#ifndef LOGITD_API_IMPORT_NAMED_H
#define LOGITD_API_IMPORT_NAMED_H

#include "api/import_body.h"

/* Into reference, intercept, n_blocks, n_terms, estimates, std_errors, order and, of
 * standardised columns, means and scales; once classes and inputs are read without a
 * problem. Every coefficient must be there once; null, and R's "NA", is one that the fit
 * could not tell from others. Reports what is wrong. -1 only without memory. */
int import_named_read(struct import_body *body, const json_t *coefficients,
                      struct error *err) MUST_CHECK;

#endif
