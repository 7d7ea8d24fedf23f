/* GET /v1/models/{model}/usage, and the same of a version and of an alias. */
#ifndef LOGITD_API_HANDLERS_HANDLE_USAGE_H
#define LOGITD_API_HANDLERS_HANDLE_USAGE_H

#include "api/router.h"

route_fn handle_usage_model;
route_fn handle_usage_version;
route_fn handle_usage_alias;

#endif
