#include "server/transport_worker.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/base/thread.h"
#include "server/exit_code.h"
#include "server/transport_accept.h"
#include "server/transport_call.h"
#include "server/transport_spare.h"

/* Enough for the largest head that passes the gate, 56 bytes for each of its fields, and
 * the answer's: where that does not fit the peer gets no answer at all. libmicrohttpd
 * clears it all after each request, so that it counts for every connection that was used.
 */
#define POOL_BYTES ((size_t)16 << 10)
#define NO_LIMIT 1000000U /* of connections: the acceptor has it */

/* Fewer than these, with wake_fd, are fewer events than libmicrohttpd fetches at once. */
#define CROWD 127U

/* Above all no TLS before 1.2. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* A connection on its way from the acceptor. */
struct transport_arrival {
    int fd;
    struct sockaddr_storage address;
    socklen_t n_bytes;
    struct transport_arrival *next;
};

/* ---- callbacks of libmicrohttpd ---- */

/* Nothing is decoded below us. */
static size_t keep_escapes(void *context, struct MHD_Connection *handle, char *text)
{
    (void)context;
    (void)handle;
    return strlen(text);
}

static void on_panic(void *context, const char *file, unsigned line, const char *reason)
{
    struct error err = {0};
    error_set_at(&err, ERROR_INTERNAL, file, (int)line, "libmicrohttpd: %s",
                 reason ? reason : "panic");
    log_error(context, LOG_LEVEL_ERROR, "http_panic", &err);
    _exit(EXIT_CODE_BUG);
}

/* A new handshake asks for the certificate of the day. */
static int on_handshake(gnutls_session_t session, const gnutls_datum_t *authorities,
                        int n_authorities, const gnutls_pk_algorithm_t *algorithms,
                        int n_algorithms, gnutls_pcert_st **chain, unsigned *n_chain,
                        gnutls_privkey_t *key)
{
    (void)authorities;
    (void)n_authorities;
    (void)algorithms;
    (void)n_algorithms;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        gnutls_session_get_ptr(session), MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    const struct transport_connection *connection = info ? info->socket_context : NULL;
    if (!connection)
        return -1;
    struct tls_certificate *certificate =
        tls_certificate_current(connection->worker->transport->certificates);
    *chain = certificate->chain;
    *n_chain = certificate->n_chain;
    *key = certificate->key;
    return 0;
}

/* ---- waking ---- */

static void wake(struct transport_worker *worker)
{
    const uint64_t one = 1;
    ssize_t n = write(worker->wake_fd, &one, sizeof(one));
    (void)n; /* nobody counts so far that this does not fit */
}

void transport_worker_add(struct transport_worker *worker, int fd,
                          const struct sockaddr *address, socklen_t n_bytes)
{
    struct transport_arrival *arrival = memory_new(1, sizeof(*arrival), NULL);
    if (!arrival) {
        close(fd);
        return;
    }
    arrival->fd = fd;
    arrival->n_bytes = n_bytes;
    memcpy(&arrival->address, address, n_bytes);
    arrival->next = atomic_load(&worker->arrivals);
    while (!atomic_compare_exchange_weak(&worker->arrivals, &arrival->next, arrival))
        ;
    wake(worker);
}

/* transport_free waits for those who are in here: the connection may be over as soon as
 * it is resumed. */
void transport_worker_resume(struct transport_worker *worker,
                             struct MHD_Connection *handle)
{
    struct transport *transport = worker->transport;
    atomic_fetch_add(&transport->n_resuming, 1);
    MHD_resume_connection(handle);
    wake(worker);
    atomic_fetch_sub(&transport->n_resuming, 1);
}

/* ---- the thread ---- */

/* The latest first; all of them have waited but for a moment. */
static void take_arrivals(struct transport_worker *worker)
{
    struct transport_arrival *next;
    struct transport_arrival *a = atomic_exchange(&worker->arrivals, NULL);
    for (; a; a = next) {
        next = a->next;
        /* Closes the descriptor where it fails. */
        MHD_add_connection(worker->daemon, a->fd, (const struct sockaddr *)&a->address,
                           a->n_bytes);
        memory_free(a);
    }
}

/* In milliseconds; -1: until something happens. */
static int timeout_of(struct transport_worker *worker)
{
    MHD_UNSIGNED_LONG_LONG timeout;
    return MHD_get_timeout(worker->daemon, &timeout) == MHD_YES ? (int)timeout : -1;
}

/* Without letting libmicrohttpd wait. Where it has work already it looks for more by
 * itself. */
static void run_in_crowd(struct transport_worker *worker)
{
    struct pollfd any = {.fd = worker->epoll_fd, .events = POLLIN};
    int timeout = timeout_of(worker);
    if (timeout != 0)
        poll(&any, 1, timeout);
    MHD_run(worker->daemon);
}

static void *worker_main(void *argument)
{
    struct transport_worker *worker = argument;
    thread_take_short_turns(); /* fits run for as long as they may */
    while (!atomic_load(&worker->is_stopping)) {
        if (worker->n_connections < CROWD)
            MHD_run_wait(worker->daemon, -1);
        else
            run_in_crowd(worker);
        take_arrivals(worker);
    }
    return NULL;
}

/* ---- starting and stopping ---- */

static struct MHD_Daemon *start_daemon(struct transport_worker *worker)
{
    struct transport *transport = worker->transport;
    unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME;
    if (transport->certificates)
        flags |= MHD_USE_TLS;
    MHD_set_panic_func(on_panic, (void *)(uintptr_t)transport->options.log);
    return MHD_start_daemon(
        flags, 0, NULL, NULL, transport_call_step, worker, /* options: */
        MHD_OPTION_URI_LOG_CALLBACK, transport_call_begin, worker,
        MHD_OPTION_NOTIFY_COMPLETED, transport_call_end, worker,
        MHD_OPTION_NOTIFY_CONNECTION, transport_accept_notify, worker,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_BYTES, MHD_OPTION_CONNECTION_LIMIT,
        NO_LIMIT, MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_SIGPIPE_HANDLED_BY_APP,
        1, /* the next two only with TLS: */
        MHD_OPTION_HTTPS_CERT_CALLBACK, on_handshake, MHD_OPTION_HTTPS_PRIORITIES,
        TLS_PRIORITIES, MHD_OPTION_END);
}

/* libmicrohttpd passes over an event without a pointer. It is told of once for each time
 * that somebody wakes the thread, so that nobody need read the descriptor. */
static int watch_wake(struct transport_worker *worker)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
    return epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, worker->wake_fd, &event);
}

static int open_descriptors(struct transport_worker *worker)
{
    worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    worker->daemon = start_daemon(worker);
    const union MHD_DaemonInfo *info =
        worker->daemon ? MHD_get_daemon_info(worker->daemon, MHD_DAEMON_INFO_EPOLL_FD)
                       : NULL;
    if (worker->wake_fd < 0 || !info)
        return -1;
    worker->epoll_fd = info->epoll_fd;
    return watch_wake(worker);
}

int transport_worker_start(struct transport_worker *worker, struct error *err)
{
    worker->wake_fd = -1;
    if (open_descriptors(worker) < 0)
        return error_set(err, ERROR_BUSY,
                         "no memory or descriptors for the HTTP threads; raise the "
                         "limit of descriptors");
    if (thread_start(&worker->thread, worker_main, worker, err) < 0)
        return -1;
    worker->is_started = true;
    return 0;
}

void transport_worker_stop(struct transport_worker *worker)
{
    if (worker->is_started) {
        atomic_store(&worker->is_stopping, true);
        wake(worker);
        pthread_join(worker->thread, NULL);
        take_arrivals(worker);
    }
    if (worker->daemon)
        MHD_stop_daemon(worker->daemon);
}

void transport_worker_free(struct transport_worker *worker)
{
    transport_spare_free_all(worker);
    if (worker->wake_fd >= 0)
        close(worker->wake_fd);
}
