/*
 * What the files of the transport share. Nobody else includes it.
 *
 * transport.c          start, drain, stop
 * transport_accept.c   takes connections and hands them out to the HTTP threads
 * transport_worker.c   the HTTP threads
 * transport_spare.c    calls to be used again
 * transport_call.c     one request from its first line to the log: the order of things
 * transport_request.c  head → struct request
 * transport_admit.c    route, key, scope, sizes, memory
 * transport_upload.c   streamed bodies
 * transport_answer.c   struct response → libmicrohttpd
 * transport_stream.c   answers that are made bit by bit
 */
#ifndef LOGITD_SERVER_TRANSPORT_INTERNAL_H
#define LOGITD_SERVER_TRANSPORT_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <microhttpd.h>

#include "api/router.h"
#include "server/tls_certificate.h"
#include "server/executor.h"
#include "server/gate.h"
#include "server/reaper.h"
#include "server/transport.h"

struct transport_arrival;

/* An HTTP thread, and the libmicrohttpd daemon that it drives. */
struct transport_worker {
    struct transport *transport;
    struct MHD_Daemon *daemon;
    int epoll_fd; /* the daemon's own, of the connections and wake_fd */
    int wake_fd;
    size_t n_connections; /* of the thread: those that the daemon has */
    pthread_t thread;
    bool is_started;
    atomic_bool is_stopping;
    _Atomic(struct transport_arrival *) arrivals; /* connections that were handed over */
    uint64_t n_ids;                               /* of the thread, as the next three */
    struct transport_call *spares;                /* calls to be used again */
    size_t n_spares;
};

struct transport {
    struct transport_options options; /* without host and TLS texts, which are the
                                         caller's at the start only */
    uint16_t port;
    int listen_fd; /* -1: not open */
    struct reaper *reaper;
    struct executor *executor;
    struct tls_certificate_holder *certificates; /* NULL: plain HTTP */
    struct MHD_Response *no_memory;              /* 503, made beforehand */
    struct transport_worker *workers;
    size_t n_workers;
    pthread_t acceptor;
    bool is_accepting; /* the acceptor runs */

    size_t n_connections_most;
    atomic_bool is_draining; /* every answer closes its connection */
    atomic_bool is_ending;   /* nothing is begun any more */
    atomic_size_t n_connections;
    atomic_size_t n_calls;     /* requests under way */
    atomic_size_t n_resuming;  /* threads that are about to wake an HTTP thread */
    atomic_size_t n_suspended; /* of them those that no HTTP thread looks at */
    atomic_ulong n_refused[GATE_N_REASONS];

    uint64_t id_seed; /* request ids: mixed from this, the worker and its count */
};

/* A peer's connection, from accept to close; of its HTTP thread. */
struct transport_connection {
    struct transport_worker *worker;
    struct reaper_socket *socket;
    bool is_surplus; /* beyond n_connections_most: answered with 503 */
    bool lingers;    /* closed while the peer may be sending */
};

enum call_phase {
    CALL_HEAD,     /* its head is coming in */
    CALL_OPENING,  /* its stream is begun by the executor */
    CALL_BODY,     /* its body is coming in */
    CALL_REFUSED,  /* the answer is there; what is left of the body is thrown away */
    CALL_RUNNING,  /* a handler has it */
    CALL_ANSWERED, /* the answer is libmicrohttpd's */
};

/* Who has the exchange of a call while a handler runs. */
enum call_progress {
    CALL_PROGRESS_HERE,      /* the HTTP thread is in the handler */
    CALL_PROGRESS_SUSPENDED, /* another thread will complete it and resume */
    CALL_PROGRESS_DONE
};

struct transport_upload;

#define CALL_MOST_QUERY 32
#define CALL_ID_BYTES 129
#define CALL_ROUTED_BYTES 256

/*
 * One request, from when its first line is there until it is over. Calls are used again,
 * with the memory that they have for small bodies and answers: what stands before the
 * answer's headers is cleared for each request, what comes behind is written before it is
 * read.
 */
struct transport_call {
    struct transport *transport;
    struct transport_worker *worker;
    struct MHD_Connection *handle;
    struct transport_connection *connection;
    double started_at; /* its first line was there */
    double body_until; /* when the body must be there; 0: there is none to come */
    double suspended_at;

    enum call_phase phase;
    bool is_suspended;   /* of the HTTP thread: it has been, and was not seen since */
    atomic_int progress; /* enum call_progress */
    struct executor_task task;

    struct gate_result head;
    struct keys_grant grant;
    char *body; /* whole bodies; NULL: none */
    size_t n_body_bytes;
    size_t n_admitted_bytes; /* of the memory budget */
    struct transport_upload *upload;
    size_t n_head_bytes;
    size_t n_target_bytes; /* as sent, even where `target` is cut */

    /* Of a streamed answer. */
    atomic_int news;    /* enum stream_news of transport_stream.c */
    atomic_bool is_due; /* something should be said */
    size_t n_streamed_bytes;

    struct exchange exchange;

    /* Not cleared. */
    struct transport_call *next_spare;
    struct buffer spare_body, spare_answer; /* of bodies and answers that are small */
    struct router_match match;              /* its route is NULL until one is found */
    /* What was matched last, of a short path: the next is likely to be the same. NULL: it
     * is not known, or the path was long. */
    const struct route *routed;
    enum method routed_method;
    char routed_path[CALL_ROUTED_BYTES];
    struct request_pair headers[GATE_MOST_FIELDS];
    struct request_pair query[CALL_MOST_QUERY];
    char id[CALL_ID_BYTES];
    char target[GATE_MOST_TARGET_BYTES + 1];
};

#endif
