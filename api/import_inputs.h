/*
 * What a body that gives coefficients says of the inputs: `schema` as a version tells it;
 * or `features`, or else the names of the coefficients, of which those with `levels` are
 * categories; and a formula that makes terms of them.
 */
#ifndef LOGITD_API_IMPORT_INPUTS_H
#define LOGITD_API_IMPORT_INPUTS_H

#include "api/import_body.h"

/* Into formula and encoding, once the classes are read without a problem. Reports what is
 * wrong; then there is no encoding. -1 only without memory. */
int import_inputs_read(struct import_body *body, struct error *err) MUST_CHECK;

#endif
