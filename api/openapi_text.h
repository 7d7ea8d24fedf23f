/*
 * The file openapi.yaml as it was when this was built.
 */
#ifndef LOGITD_API_OPENAPI_TEXT_H
#define LOGITD_API_OPENAPI_TEXT_H

#include <stdint.h>

extern const char openapi_text[];         /* NUL-terminated */
extern const uint64_t openapi_text_bytes; /* without the NUL */

#endif
