/*
 * Rows as an object with a list of cells for each input, which TensorFlow Serving and
 * MLflow name "inputs". A cell may be alone in an array.
 */
#ifndef LOGITD_API_DIALECT_NAMED_COLUMNS_H
#define LOGITD_API_DIALECT_NAMED_COLUMNS_H

#include "api/dialect/scoring.h"

/* The object at the scan, which lies at `pointer`, into scoring->body. -1 with err set,
 * or with problems told; malformed text anywhere in the body is told as that. */
int named_columns_read(struct scoring *scoring, struct json_scan scan,
                       const char *pointer, struct error *err) MUST_CHECK;

#endif
