/* POST …/score. */
#ifndef LOGITD_API_HANDLERS_HANDLE_SCORE_H
#define LOGITD_API_HANDLERS_HANDLE_SCORE_H

#include "api/router.h"

route_fn handle_score_model;
route_fn handle_score_version;
route_fn handle_score_alias;

#endif
