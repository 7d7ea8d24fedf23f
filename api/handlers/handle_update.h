/* /v1/models/{model}/update: learning online into a working copy, seeing it, publishing
 * it as a version, and throwing it away. */
#ifndef LOGITD_API_HANDLERS_HANDLE_UPDATE_H
#define LOGITD_API_HANDLERS_HANDLE_UPDATE_H

#include "api/router.h"

route_fn handle_update_learn;
route_fn handle_update_show;
route_fn handle_update_publish;
route_fn handle_update_delete;

#endif
