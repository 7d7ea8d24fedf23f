/*
 * What is said of a row, or of a cell in it, that cannot be scored.
 */
#ifndef LOGITD_API_PREDICT_DETAIL_H
#define LOGITD_API_PREDICT_DETAIL_H

#include <stddef.h>

#include "core/base/error.h"

/* Of a row (input SIZE_MAX) or cell refused with this code. Static. */
const char *predict_detail(enum error_code code, size_t input);

#endif
