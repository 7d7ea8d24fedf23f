/*
 * Health and metadata of the Open Inference Protocol, and what Triton's extension
 * "model_configuration" tells.
 */
#ifndef LOGITD_API_DIALECT_V2_META_H
#define LOGITD_API_DIALECT_V2_META_H

#include "api/router.h"

route_fn v2_meta_server, v2_meta_live, v2_meta_ready;
route_fn v2_meta_model, v2_meta_version;
route_fn v2_meta_model_ready, v2_meta_version_ready;
route_fn v2_meta_model_config, v2_meta_version_config;

#endif
