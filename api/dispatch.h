/*
 * The way in: a matched request goes to its handler. What the transport calls after gate,
 * route, authentication, limits and body; what the socket-free tests call.
 */
#ifndef LOGITD_API_DISPATCH_H
#define LOGITD_API_DISPATCH_H

#include "api/router.h"
#include "api/service.h"

/* Runs the handler of a route that is not a stream; see api/exchange.h for completion. */
void dispatch(struct service *service, const struct route *route,
              struct exchange *exchange);

#endif
