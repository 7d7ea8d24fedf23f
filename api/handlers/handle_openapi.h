/* The service's own description: openapi.yaml as it was built in, and the same as JSON.
 */
#ifndef LOGITD_API_HANDLERS_HANDLE_OPENAPI_H
#define LOGITD_API_HANDLERS_HANDLE_OPENAPI_H

#include "api/router.h"

route_fn handle_openapi_yaml;
route_fn handle_openapi_json;

#endif
