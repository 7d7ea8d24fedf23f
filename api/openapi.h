/*
 * The service's own description, openapi.yaml, as JSON.
 */
#ifndef LOGITD_API_OPENAPI_H
#define LOGITD_API_OPENAPI_H

#include <stddef.h>

#include "core/base/buffer.h"

/* Appends one YAML document as JSON. Plain scalars are what YAML's core schema calls them
 * (null, booleans, decimal numbers), all others strings; keys are strings. ERROR_INTERNAL
 * with the line where the text is no YAML; what was appended by then stays. */
int openapi_write_json(const char *yaml, size_t n_bytes, struct buffer *out,
                       struct error *err) MUST_CHECK;

#endif
