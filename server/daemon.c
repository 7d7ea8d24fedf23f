/*
 * The drain, in at most 10 seconds: /readyz fails, so that balancers look elsewhere;
 * after a grace the transport stops listening; jobs go back to the queue, which answers
 * those who wait for them; requests under way end.
 */
#include "server/daemon.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/service.h"
#include "core/base/memory.h"
#include "server/keys.h"
#include "server/machine.h"
#include "server/process_metrics.h"
#include "server/signals.h"
#include "server/small_file.h"
#include "server/transport.h"

#define GRACE_SECONDS 1.0
#define JOBS_SECONDS 4.0
#define REQUESTS_SECONDS 4.0

struct daemon {
    const struct config *config;
    const struct log *log;
    struct keys *keys; /* NULL: none are configured */
    struct service *service;
    /* Set when it runs; the service, which is there before, asks it for metrics. */
    _Atomic(struct transport *) transport;
    atomic_bool store_failed;
};

/* ---- what the service tells us ---- */

static void on_log(void *context, int level, const char *event, const char *detail)
{
    const struct daemon *daemon = context;
    log_event(daemon->log, (enum log_level)level, event, detail);
}

/* The service has logged why. */
static void on_store_failure(void *context, const struct error *why)
{
    struct daemon *daemon = context;
    (void)why;
    atomic_store(&daemon->store_failed, true);
    signals_wake();
}

static void write_metrics(void *context, struct buffer *out)
{
    struct daemon *daemon = context;
    struct transport *transport = atomic_load(&daemon->transport);
    if (transport)
        transport_write_metrics(transport, out);
    process_metrics_write(out);
}

static bool run_later(void *context, void (*run)(void *work), void *work)
{
    struct daemon *daemon = context;
    struct transport *transport = atomic_load(&daemon->transport);
    return transport && transport_later(transport, run, work);
}

/* ---- opening ---- */

/* The PEM texts; NUL-terminated, as buffers are. */
struct tls_files {
    struct buffer certificate, key;
};

static int read_pem(const char *path, const char *option, struct buffer *out,
                    struct error *err)
{
    if (small_file_read(path, out, err) != 0) {
        error_place(err, "%s %s", option, path);
        return -1;
    }
    if (out->n_bytes > 0 && !memchr(out->bytes, '\0', out->n_bytes))
        return 0;
    error_set(err, ERROR_INVALID, "the file is not PEM text");
    error_place(err, "%s %s", option, path);
    return -1;
}

/* Into an all-zero one, which stays so without TLS. */
static int read_tls(const struct config *config, struct tls_files *files,
                    struct error *err)
{
    if (!config->tls_certificate)
        return 0;
    if (read_pem(config->tls_certificate, "--tls-cert", &files->certificate, err) != 0)
        return -1;
    return read_pem(config->tls_key, "--tls-key", &files->key, err);
}

static void free_tls(struct tls_files *files)
{
    small_file_wipe(&files->key);
    buffer_free(&files->key);
    buffer_free(&files->certificate);
}

static int open_keys(struct daemon *daemon, struct error *err)
{
    const char *path = daemon->config->api_keys;
    if (!path)
        return 0;
    struct error inner = {0};
    daemon->keys = keys_open(path, &inner);
    if (daemon->keys)
        return 0;
    error_set(err, inner.code, "%s%s%s", inner.place, inner.place[0] != '\0' ? ": " : "",
              inner.message);
    error_place(err, "--api-keys %s", path);
    return -1;
}

static int open_service(struct daemon *daemon, struct error *err)
{
    const struct config *config = daemon->config;
    struct service_options options = {.data_directory = config->data_directory,
                                      .n_jobs = config->n_jobs,
                                      .n_threads = config->n_threads,
                                      .n_cores = machine_read("").n_cores,
                                      .checkpoint_seconds = config->checkpoint_seconds,
                                      .n_queued_most = config->n_queued_most,
                                      .n_jobs_kept = config->n_jobs_kept,
                                      .n_days_kept = config->n_days_kept,
                                      .memory_bytes = config->memory_bytes,
                                      .max_body_bytes = config->max_body_bytes,
                                      .max_upload_bytes = config->max_upload_bytes,
                                      .invocations_model = config->invocations_model,
                                      .log = on_log,
                                      .on_store_failure = on_store_failure,
                                      .run_later = run_later,
                                      .write_metrics = write_metrics,
                                      .context = daemon};
    daemon->service = service_open(&options, err);
    if (daemon->service)
        return 0;
    error_place(err, "--data %s", config->data_directory);
    return -1;
}

static int start_transport(struct daemon *daemon, struct error *err)
{
    const struct config *config = daemon->config;
    struct tls_files tls = {0};
    struct transport *transport = NULL;
    if (read_tls(config, &tls, err) == 0) {
        struct transport_options options = {
            .service = daemon->service,
            .keys = daemon->keys,
            .log = daemon->log,
            .host = config->host,
            .port = config->port,
            .max_body_bytes = config->max_body_bytes,
            .max_upload_bytes = config->max_upload_bytes,
            .vertex = {config->vertex_predict, config->vertex_health},
            .tls_certificate = tls.certificate.bytes,
            .tls_key = tls.key.bytes};
        transport = transport_start(&options, err);
        if (!transport)
            error_place(err, "--listen %s, port %u", config->host,
                        (unsigned)config->port);
    }
    free_tls(&tls);
    atomic_store(&daemon->transport, transport);
    return transport ? 0 : -1;
}

struct daemon *daemon_open(const struct config *config, const struct log *log,
                           struct error *err)
{
    struct daemon *daemon = memory_new(1, sizeof(*daemon), err);
    if (!daemon)
        return NULL;
    daemon->config = config;
    daemon->log = log;
    if (open_keys(daemon, err) == 0 && open_service(daemon, err) == 0 &&
        start_transport(daemon, err) == 0)
        return daemon;
    daemon_close(daemon);
    return NULL;
}

void daemon_close(struct daemon *daemon)
{
    if (!daemon)
        return;
    transport_free(atomic_load(&daemon->transport));
    if (daemon->service)
        service_close(daemon->service);
    keys_close(daemon->keys);
    memory_free(daemon);
}

/* ---- serving ---- */

static void announce(const struct daemon *daemon)
{
    const struct config *config = daemon->config;
    bool is_ipv6 = strchr(config->host, ':') != NULL;
    char url[320];
    snprintf(url, sizeof(url), "%s://%s%s%s:%u",
             config->tls_certificate ? "https" : "http", is_ipv6 ? "[" : "", config->host,
             is_ipv6 ? "]" : "", (unsigned)transport_port(daemon->transport));
    log_event(daemon->log, LOG_LEVEL_INFO, "ready", url);
    printf("logitd ready on %s\n", url);
    fflush(stdout);
}

static void report_reload(const struct daemon *daemon, const char *what, int result,
                          const struct error *err)
{
    if (result == 0)
        log_event(daemon->log, LOG_LEVEL_INFO, "reloaded", what);
    else
        log_error(daemon->log, LOG_LEVEL_ERROR, "reload_failed", err);
}

static int reload_certificate(struct daemon *daemon, struct error *err)
{
    struct tls_files tls = {0};
    int result = read_tls(daemon->config, &tls, err);
    if (result == 0)
        result = transport_set_certificate(daemon->transport, tls.certificate.bytes,
                                           tls.key.bytes, err);
    free_tls(&tls);
    return result;
}

/* What cannot be read leaves in place what was there before. */
static void reload(struct daemon *daemon)
{
    if (daemon->keys) {
        struct error err = {0};
        int result = keys_reload(daemon->keys, &err);
        report_reload(daemon, "keys", result, &err);
    }
    if (daemon->config->tls_certificate) {
        struct error err = {0};
        int result = reload_certificate(daemon, &err);
        report_reload(daemon, "certificate", result, &err);
    }
}

static void sleep_seconds(double seconds)
{
    struct timespec time = {.tv_sec = (time_t)seconds};
    time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
    nanosleep(&time, NULL);
}

static enum exit_code exit_code(const struct daemon *daemon)
{
    return atomic_load(&daemon->store_failed) ? EXIT_CODE_BUG : EXIT_CODE_OK;
}

/* A job that goes on uses the service, which can then not be closed; nor can the process
 * end in order below it. Nothing is lost: it has been saved as queued. */
static void end_at_once(const struct daemon *daemon, enum exit_code code)
{
    log_event(daemon->log, LOG_LEVEL_WARNING, "job_did_not_stop",
              "a job did not stop in time; it runs again after the next start");
    _exit((int)code);
}

static void drain(struct daemon *daemon)
{
    bool failed = atomic_load(&daemon->store_failed);
    log_event(daemon->log, LOG_LEVEL_INFO, "draining",
              "no new connections; requests end, jobs go back to the queue");
    service_drain(daemon->service);
    if (!failed)
        sleep_seconds(GRACE_SECONDS);
    transport_drain(daemon->transport);
    bool stopped = service_stop(daemon->service, JOBS_SECONDS);
    transport_stop(daemon->transport, REQUESTS_SECONDS);
    if (!stopped)
        end_at_once(daemon, exit_code(daemon));
}

/* Returns when it is time to end. */
static void wait_for_the_end(struct daemon *daemon)
{
    while (!atomic_load(&daemon->store_failed)) {
        enum signals_event event = signals_wait();
        if (event == SIGNALS_END)
            return;
        if (event == SIGNALS_RELOAD)
            reload(daemon);
    }
}

enum exit_code daemon_serve(struct daemon *daemon)
{
    if (daemon->config->no_auth)
        log_event(daemon->log, LOG_LEVEL_WARNING, "no_auth",
                  "whoever can connect may do everything, as --no-auth says");
    service_start(daemon->service);
    announce(daemon);
    wait_for_the_end(daemon);
    signals_end_at_once();
    drain(daemon);
    enum exit_code code = exit_code(daemon);
    log_event(daemon->log, LOG_LEVEL_INFO, "ended",
              code == EXIT_CODE_OK ? "after a clean drain" : "after the store failed");
    return code;
}
