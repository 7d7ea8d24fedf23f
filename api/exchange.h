/*
 * One request and its answer, and who is told when the answer is there. dispatch() calls
 * `complete` exactly once, before it returns or later from any thread; after that call
 * the exchange belongs to the transport again. Until then the transport keeps everything
 * that the request points to.
 */
#ifndef LOGITD_API_EXCHANGE_H
#define LOGITD_API_EXCHANGE_H

#include "api/request.h"
#include "api/response.h"

struct problem_shape;

struct exchange {
    struct request request;
    const struct problem_shape *shape; /* how problems are told; NULL: problem+json */
    void (*complete)(struct exchange *exchange);
    void *transport; /* the transport's own */
    struct error
        fault; /* set where the answer is a 5xx of our own making: for the log alone */
    struct response response; /* the last member, as its headers are its last */
};

/* Calls `complete`; an answer that could not be written for want of memory becomes a 503
 * before. */
void exchange_complete(struct exchange *exchange);
/* Only the latter, for streams, which the transport completes. */
void exchange_settle(struct exchange *exchange);

#endif
