/*
 * What is told of a row, as a request may ask for it beside the rows: an object with
 * "output" and "threshold", which are those of a native request (contract.md
 * "Predicting"). MLflow names it "params", Vertex "parameters".
 */
#ifndef LOGITD_API_DIALECT_OUTPUT_PARAMS_H
#define LOGITD_API_DIALECT_OUTPUT_PARAMS_H

#include "api/dialect/members.h"
#include "api/dialect/scoring.h"

/* Into the options; without "output" they stay. null, or a field that is not there, asks
 * for nothing. Only outputs that are tensors (api/dialect/tensors.h) are taken. */
int output_params_read(struct scoring *scoring, const struct members_field *field,
                       const char *pointer, struct error *err) MUST_CHECK;

#endif
