/* POST …/evaluate. */
#ifndef LOGITD_API_HANDLERS_HANDLE_EVALUATE_H
#define LOGITD_API_HANDLERS_HANDLE_EVALUATE_H

#include "api/router.h"

route_fn handle_evaluate_model;
route_fn handle_evaluate_version;
route_fn handle_evaluate_alias;

#endif
