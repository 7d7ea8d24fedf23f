/*
 * What a request must pass between gate and body, in this order: the number of
 * connections, route, key (and its rate), scope, query, Content-Length against the
 * route's limit, memory.
 */
#ifndef LOGITD_SERVER_TRANSPORT_ADMIT_H
#define LOGITD_SERVER_TRANSPORT_ADMIT_H

#include "server/transport_internal.h"

/* False with the answer made. */
bool transport_admit(struct transport_call *call);

#endif
