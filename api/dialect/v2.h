/*
 * The Open Inference Protocol, KServe's V2 (kserve/open-inference-protocol,
 * specification/protocol/inference_rest.md), with Triton's extensions
 * (triton-inference-server/server, docs/protocol): binary tensor data, classification,
 * packed bodies. Its errors are v2_shape's.
 *
 * The tensors are those of api/dialect/v2_tensor.h and v2_output.h.
 */
#ifndef LOGITD_API_DIALECT_V2_H
#define LOGITD_API_DIALECT_V2_H

#include "api/router.h"

route_fn v2_infer_model, v2_infer_version;

#endif
