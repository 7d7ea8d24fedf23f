/*
 * One request and its answer, and who is told when the answer is there. dispatch() calls
 * `complete` exactly once, before it returns or later from any thread; after that call the exchange belongs
 * to the transport again. Until then the transport keeps everything that the request points to.
 */
#ifndef LOGITD_API_EXCHANGE_H
#define LOGITD_API_EXCHANGE_H

#include "api/request.h"
#include "api/response.h"

struct exchange {
    struct request request;
    struct response response;
    void (*complete)(struct exchange *exchange);
    void *transport; /* the transport's own */
};

#endif
