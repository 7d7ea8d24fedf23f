/*
 * Threads: the acceptor, n_workers HTTP threads, the reaper and the executor's. What goes
 * on between them for one request is told in transport_call.h.
 *
 * libmicrohttpd is told as little as possible: no threads, no listening, no timeouts (the
 * reaper has them), no decoding, no queries, no messages (they would carry parts of
 * requests). STRICT_FOR_CLIENT stays 0, for 1 sends the head of some errors twice.
 */
#include "server/transport.h"

#include <math.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "api/metrics.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "server/listener.h"
#include "server/machine.h"
#include "server/transport_accept.h"
#include "server/transport_answer.h"
#include "server/transport_internal.h"
#include "server/transport_worker.h"

#define EXECUTOR_THREADS 16
#define RESERVED_DESCRIPTORS 128 /* for files */
#define LEAST_CONNECTIONS 64
#define MOST_CONNECTIONS 65536
#define ENDING_SECONDS 1.0

/* ---- starting ---- */

static size_t default_connections(void)
{
    struct rlimit limit = {0};
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return MOST_CONNECTIONS;
    size_t n = (size_t)limit.rlim_cur;
    n = n > RESERVED_DESCRIPTORS + LEAST_CONNECTIONS ? n - RESERVED_DESCRIPTORS
                                                     : LEAST_CONNECTIONS;
    n -= n / 8; /* those that are told that there are too many */
    return n < MOST_CONNECTIONS ? n : MOST_CONNECTIONS;
}

static size_t default_threads(void)
{
    size_t n = machine_read("").n_cores;
    return n < 2 ? 2 : n;
}

static int start_workers(struct transport *transport, struct error *err)
{
    int result = 0;
    size_t n = transport->options.n_threads;
    transport->workers = memory_new(n, sizeof(*transport->workers), err);
    if (!transport->workers)
        return -1;
    while (result == 0 && transport->n_workers < n) {
        struct transport_worker *worker = &transport->workers[transport->n_workers++];
        worker->transport = transport;
        result = transport_worker_start(worker, err);
    }
    return result;
}

static int open_parts(struct transport *transport,
                      const struct transport_options *options, struct error *err)
{
    if (options->tls_certificate &&
        !(transport->certificates =
              tls_certificate_open(options->tls_certificate, options->tls_key, err)))
        return -1;
    transport->listen_fd = listener_open(options->host, options->port, err);
    if (transport->listen_fd < 0)
        return -1;
    transport->port = listener_port(transport->listen_fd);
    const struct reaper_times times = reaper_usual_times();
    if (!(transport->reaper = reaper_new(&times, err)) ||
        !(transport->executor = executor_new(EXECUTOR_THREADS, err)))
        return -1;
    if (!(transport->no_memory = transport_answer_make_no_memory()))
        return error_no_memory(err, 1);
    return start_workers(transport, err) < 0 ? -1
                                             : transport_accept_start(transport, err);
}

struct transport *transport_start(const struct transport_options *options,
                                  struct error *err)
{
    struct transport *transport = memory_new(1, sizeof(*transport), err);
    if (!transport)
        return NULL;
    transport->options = *options;
    transport->options.host = NULL;
    transport->options.tls_certificate = transport->options.tls_key = NULL;
    transport->listen_fd = -1;
    transport->n_connections_most =
        options->n_connections_most ? options->n_connections_most : default_connections();
    if (transport->options.n_threads == 0)
        transport->options.n_threads = default_threads();
    /* Ids are for finding, not for secrets. */
    if (getrandom(&transport->id_seed, sizeof(transport->id_seed), GRND_NONBLOCK) < 0)
        transport->id_seed = (uint64_t)clock_wall_microseconds();
    if (open_parts(transport, options, err) == 0)
        return transport;
    transport_free(transport);
    return NULL;
}

uint16_t transport_port(const struct transport *transport)
{
    return transport->port;
}

int transport_set_certificate(struct transport *transport, const char *certificate,
                              const char *key, struct error *err)
{
    if (!transport->certificates)
        return error_set(err, ERROR_INVALID, "this daemon was started without TLS");
    return tls_certificate_change(transport->certificates, certificate, key, err);
}

/* ---- ending ---- */

void transport_drain(struct transport *transport)
{
    atomic_store(&transport->is_draining, true);
    transport_accept_stop(transport);
    reaper_drain(transport->reaper);
}

/* Until the number is 0, at most until the moment. */
static bool wait_for_none(atomic_size_t *number, double moment)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
    while (atomic_load(number) > 0) {
        if (clock_seconds() > moment)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

void transport_stop(struct transport *transport, double timeout_seconds)
{
    if (!transport->reaper)
        return;
    transport_drain(transport);
    double moment = clock_seconds() + timeout_seconds;
    wait_for_none(&transport->n_connections, moment);
    atomic_store(&transport->is_ending, true);
    /* libmicrohttpd panics if it is stopped with suspended connections. Those that the
     * executor has it will resume; waiters have been answered by the jobs. */
    while (!wait_for_none(&transport->n_suspended, clock_seconds() + ENDING_SECONDS))
        log_event(transport->options.log, LOG_LEVEL_WARNING, "requests_still_run",
                  "waiting for them to end");
}

static void stop_workers(struct transport *transport)
{
    if (transport->reaper)
        reaper_end_all(transport->reaper);
    for (size_t i = 0; i < transport->n_workers; i++)
        transport_worker_stop(&transport->workers[i]);
}

static void free_workers(struct transport *transport)
{
    wait_for_none(&transport->n_resuming, INFINITY);
    for (size_t i = 0; i < transport->n_workers; i++)
        transport_worker_free(&transport->workers[i]);
    memory_free(transport->workers);
}

void transport_free(struct transport *transport)
{
    if (!transport)
        return;
    transport_stop(transport, 0);
    stop_workers(transport);
    executor_free(transport->executor); /* abandons the uploads of peers that went */
    free_workers(transport);
    reaper_free(transport->reaper);
    tls_certificate_close(transport->certificates);
    if (transport->no_memory)
        MHD_destroy_response(transport->no_memory);
    if (transport->listen_fd >= 0)
        close(transport->listen_fd);
    memory_free(transport);
}

/* ---- metrics ---- */

void transport_write_metrics(struct transport *transport, struct buffer *out)
{
    metrics_write_one(out, "logitd_http_connections", "gauge", "Open connections.",
                      (double)atomic_load(&transport->n_connections));
    metrics_write_one(out, "logitd_http_requests_in_flight", "gauge",
                      "Requests whose first line is there and whose answer is not sent.",
                      (double)atomic_load(&transport->n_calls));
    metrics_write_family(out, "logitd_http_refused_total", "counter",
                         "Requests with a head that is not accepted, by reason.");
    for (int i = GATE_PASSED + 1; i < GATE_N_REASONS; i++)
        metrics_write_sample(out, "logitd_http_refused_total", "reason",
                             gate_code((enum gate_reason)i),
                             (double)atomic_load(&transport->n_refused[i]));
}
