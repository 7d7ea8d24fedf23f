/*
 * KServe's V1 protocol (kserve/kserve, protocol/rest/v1_endpoints.py) beyond what it has
 * in common with TensorFlow Serving: :explain, which tells with each prediction what
 * every input adds to the scores (core/model/contribution.h). CloudEvents are not taken.
 */
#ifndef LOGITD_API_DIALECT_KSERVE_V1_H
#define LOGITD_API_DIALECT_KSERVE_V1_H

#include "api/router.h"

/* Its errors are as TensorFlow Serving's: tensorflow_problem_shape. */
route_fn kserve_v1_explain;

#endif
