/*
 * Triton's extension "model_repository": what is there, and loading and unloading, which
 * change nothing, as all that is there is served until it is deleted.
 */
#ifndef LOGITD_API_DIALECT_V2_REPOSITORY_H
#define LOGITD_API_DIALECT_V2_REPOSITORY_H

#include "api/router.h"

route_fn v2_repository_index, v2_repository_load, v2_repository_unload;

#endif
