/* Aliases of a model (contract.md "Models"). */
#ifndef LOGITD_API_HANDLERS_HANDLE_ALIASES_H
#define LOGITD_API_HANDLERS_HANDLE_ALIASES_H

#include "api/router.h"

route_fn handle_aliases_put;
route_fn handle_aliases_delete;

#endif
