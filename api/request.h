/*
 * A request as handlers see it: plain data, no socket. Filled by the transport (or by a
 * test) and borrowed by the handler until the exchange is complete (api/exchange.h).
 */
#ifndef LOGITD_API_REQUEST_H
#define LOGITD_API_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

/* No route takes the last three: they are known so as to answer 405 and not 501. */
enum method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_DELETE,
    METHOD_PATCH,
    METHOD_OPTIONS,
    METHOD_TRACE,
    METHOD_N
};
const char *request_method_word(enum method method);

/* What a key may do; a bit each. admin implies the others. */
enum scope {
    SCOPE_NONE = 0,    /* of a route: anybody, even without a key */
    SCOPE_PREDICT = 1, /* predict; read models */
    SCOPE_TRAIN = 2,   /* datasets, jobs, versions and aliases */
    SCOPE_ADMIN = 4    /* metrics */
};

/* Who asks. Without configured keys: name NULL and all scopes. */
struct principal {
    const char *name;
    unsigned scopes;
    size_t n_jobs_most; /* live jobs; 0: no limit */
};

struct request_pair {
    const char *name;  /* query: decoded; headers: as sent, compare without case */
    const char *value; /* decoded; NULL for a query parameter without '=' */
};

#define REQUEST_MAX_PARAMS 4
struct request {
    enum method method;
    const char *path;                 /* without the query, still percent-encoded */
    char *params[REQUEST_MAX_PARAMS]; /* path parameters, decoded once, in order */
    size_t n_params;
    const struct request_pair *query;
    size_t n_query;
    const struct request_pair *headers;
    size_t n_headers;
    const char *body; /* whole; empty for streamed ones */
    size_t body_bytes;
    const char *id; /* X-Request-Id, echoed or made; safe to log */
    struct principal principal;
};

/* NULL if it is not there. Header names compare without case. */
const char *request_header(const struct request *request, const char *name);
/* The value of the first such parameter, "" where it has none; NULL if it is not there.
 */
const char *request_query(const struct request *request, const char *name);
/* The media type of Content-Type in lower case without parameters, in `out`; "" if there
 * is none. A charset other than utf-8 is refused: false. */
bool request_media_type(const struct request *request, char *out, size_t out_bytes);

#endif
