/* Models and their versions (contract.md "Models"). */
#ifndef LOGITD_API_HANDLERS_HANDLE_MODELS_H
#define LOGITD_API_HANDLERS_HANDLE_MODELS_H

#include "api/router.h"

route_fn handle_models_list;
route_fn handle_models_show;
route_fn handle_models_delete;
route_fn handle_models_list_versions;
route_fn handle_models_show_version; /* ?include=covariance */
route_fn handle_models_delete_version;

#endif
