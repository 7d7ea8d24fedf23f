/*
 * HTTP: libmicrohttpd below, plain requests and answers (api/exchange.h) above. The order
 * of every request: gate (server/gate.h) → route → key → scope → Content-Length against
 * the route's limit → memory admission → body → dispatch.
 *
 * Threads: requests are read and answered on HTTP threads; ROUTE_INLINE handlers run
 * there, too, unless the body is big. Those, ROUTE_BLOCKING handlers and streamed bodies
 * run on executor threads (server/executor.h) while their connection is suspended.
 */
#ifndef LOGITD_SERVER_TRANSPORT_H
#define LOGITD_SERVER_TRANSPORT_H

#include <stdint.h>

#include "api/dialect/vertex.h"
#include "api/service.h"
#include "server/keys.h"
#include "server/log.h"

struct transport;

struct transport_options {
    struct service *service; /* borrowed, as is all the rest */
    struct keys *keys;       /* NULL: everybody may do everything */
    const struct log *log;
    const char *host; /* numeric address or name of this machine: "127.0.0.1", "::1" */
    uint16_t port;    /* 0: a free one */
    size_t n_threads; /* HTTP threads; 0: max(2, cores) */
    size_t n_connections_most; /* above it: 503 and close; 0: by the descriptor limit */
    size_t max_body_bytes, max_upload_bytes;
    struct vertex_paths vertex;
    const char *tls_certificate, *tls_key; /* PEM text; NULL: plain HTTP */
};

/* Listens and answers. ERROR_INVALID for a host that is not this machine's, ERROR_LOCKED
 * for a port in use, ERROR_INVALID for an unusable certificate. */
struct transport *transport_start(const struct transport_options *options,
                                  struct error *err) MUST_CHECK;
uint16_t transport_port(const struct transport *transport);

/* Stops listening; from now on every answer closes its connection, idle ones are reaped.
 */
void transport_drain(struct transport *transport);
/* Waits for requests under way, at most so long; then ends what is left. The service's
 * jobs must have been stopped (their waiters answered) before. */
void transport_stop(struct transport *transport, double timeout_seconds);
void transport_free(struct transport *transport);

/* New connections use these (SIGHUP); the running ones keep theirs. PEM text, copied. */
int transport_set_certificate(struct transport *transport, const char *certificate,
                              const char *key, struct error *err) MUST_CHECK;

/* Has `run` called on one of the threads for what may block, before transport_free has
 * returned; false, and it is not, where requests wait for these, or the end has begun. */
bool transport_later(struct transport *transport, void (*run)(void *work), void *work);

/* The transport's own metrics in Prometheus text form: connections, requests in flight,
 * refusals of the gate by reason. */
struct buffer;
void transport_write_metrics(struct transport *transport, struct buffer *out);

#endif
