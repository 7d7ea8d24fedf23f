/*
 * The rows of a request as CSV, for dialects that send them so: under a line that names
 * the inputs, or without one, in the order of schema.inputs.
 *
 * The first line is a header if one of its cells is the name of an input. Its names may
 * be in any order; a column without a name, which pandas writes for its index, is passed
 * over. Cells that are empty, NA, NaN or ?, without quotes, are missing.
 */
#ifndef LOGITD_API_DIALECT_CSV_REQUEST_H
#define LOGITD_API_DIALECT_CSV_REQUEST_H

#include "api/dialect/scoring.h"

/* Into scoring->body. 0, or -1 with err set, or with problems told: "row 3, column gpa",
 * the header not counted. */
int csv_request_read(struct scoring *scoring, bool *has_header,
                     struct error *err) MUST_CHECK;

#endif
