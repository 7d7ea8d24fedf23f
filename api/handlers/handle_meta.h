/*
 * About the service itself: is it alive, is it ready, what does it measure, which version
 * is it.
 */
#ifndef LOGITD_API_HANDLERS_HANDLE_META_H
#define LOGITD_API_HANDLERS_HANDLE_META_H

#include "api/router.h"

route_fn handle_meta_livez;
route_fn handle_meta_readyz;  /* 503 while draining or when the store has failed */
route_fn handle_meta_metrics; /* Prometheus text format 0.0.4 */
route_fn handle_meta_version;

#endif
