/*
 * How the Open Inference Protocol (V2) tells problems: {"error": text}. What a body has
 * wrong is a 400, as in Triton; a model or version that is not there is a 404, as in
 * Triton since 2023 and in KServe. Clients look for 200 and take the text.
 */
#ifndef LOGITD_API_DIALECT_V2_SHAPE_H
#define LOGITD_API_DIALECT_V2_SHAPE_H

#include "api/problem_shape.h"

extern const struct problem_shape v2_shape;

#endif
