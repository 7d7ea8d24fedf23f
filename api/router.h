/*
 * The one route table: method, path, scope, body, handler. openapi.yaml is tested against
 * it in both directions. A new endpoint is one row here, one handler, one schema in
 * openapi.yaml and a test.
 */
#ifndef LOGITD_API_ROUTER_H
#define LOGITD_API_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "api/exchange.h"
#include "api/problem_shape.h"

struct service;

enum route_body {
    ROUTE_BODY_NONE,  /* a body is refused */
    ROUTE_BODY_WHOLE, /* collected before the handler runs; at most --max-body */
    ROUTE_BODY_STREAM /* handed over in pieces; at most --max-upload */
};

enum route_thread {
    ROUTE_INLINE,  /* quick and never blocking: may run on an HTTP thread */
    ROUTE_BLOCKING /* may wait for the disk: runs on an executor thread, the connection
                      suspended */
};

/* Makes the answer and completes the exchange (api/exchange.h). */
typedef void route_fn(struct service *service, struct exchange *exchange);

/*
 * A streamed body. All functions run on executor threads, one at a time for one upload
 * but for digest. begin: the state, or NULL with exchange->response made (not completed).
 * write: 0, or -1 with the response made: nothing more will be written. digest: looks at
 * each piece once, too, in their order, before or after it is written, or meanwhile.
 * finish: makes the response; frees the state; the transport completes. abandon: the
 * client has gone or write failed; leaves nothing behind; frees.
 */
struct route_stream {
    void *(*begin)(struct service *service, struct exchange *exchange);
    int (*write)(void *state, struct exchange *exchange, const char *bytes, size_t n);
    void (*digest)(void *state, const char *bytes, size_t n);
    void (*finish)(void *state, struct exchange *exchange);
    void (*abandon)(void *state);
};

struct route {
    const char *name;   /* operationId in openapi.yaml, label in metrics */
    enum method method; /* HEAD goes where GET goes */
    const char *path;   /* "/v1/models/{model}/predict"; a parameter is a whole segment,
                           or all of one but a suffix: "{model}:predict" */
    const char *query;  /* query parameters it takes, with blanks between: "limit after";
                           "": none */
    enum scope scope;
    enum route_body body;
    enum route_thread thread;
    route_fn *handle;                  /* NULL for streams */
    const struct route_stream *stream; /* NULL for others */
    const struct problem_shape *shape; /* how problems are told; NULL: problem+json */
};

const struct route *router_at(size_t i); /* NULL behind the last */
size_t router_n_routes(void);
size_t router_index(const struct route *route);

enum router_result {
    ROUTER_FOUND,
    ROUTER_NO_PATH,   /* 404 */
    ROUTER_NO_METHOD, /* 405 with Allow */
    ROUTER_BAD_PATH /* 400: bad percent-encoding, NUL, "." or ".." segments, invalid UTF-8
                     */
};

#define ROUTER_MAX_PARAM_BYTES 256
struct router_match {
    const struct route *route;
    char params[REQUEST_MAX_PARAMS][ROUTER_MAX_PARAM_BYTES]; /* decoded exactly once */
    size_t n_params;
    const struct problem_shape *shape; /* of the route, of one with another method, or of
                                          one beside it */
    char allow[64];                    /* for ROUTER_NO_METHOD: "GET, HEAD, DELETE" */
};

/* path: percent-encoded, without the query. The first pattern of the table that fits is
 * the path: "{model}:predict" stands before "{model}". Pure; thread-safe. */
enum router_result router_match(enum method method, const char *path,
                                struct router_match *match);

#endif
