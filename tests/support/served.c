#include "tests/support/served.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"

#define WAIT_SECONDS 20.0
#define JOBS_SECONDS 20.0

void served_open(struct served *served)
{
    *served = (struct served){0};
    loopback_open_paused(&served->loopback);
    served->log = (struct log){.fd = memfd_create("log", MFD_CLOEXEC), .json = true};
    ck_assert_int_ge(served->log.fd, 0);
    served->options = (struct transport_options){
        .service = served->loopback.service,
        .log = &served->log,
        .host = "127.0.0.1",
        .n_threads = 2,
        .max_body_bytes = served->loopback.options.max_body_bytes,
        .max_upload_bytes = served->loopback.options.max_upload_bytes};
}

void served_start(struct served *served)
{
    struct error err = {0};
    served->transport = transport_start(&served->options, &err);
    ck_assert_msg(served->transport != NULL, "transport_start: %s", err.message);
    served->port = transport_port(served->transport);
    ck_assert_uint_ne(served->port, 0);
}

void served_stop(struct served *served, double timeout_seconds)
{
    transport_drain(served->transport);
    ck_assert(service_stop(served->loopback.service, JOBS_SECONDS));
    transport_stop(served->transport, timeout_seconds);
    transport_free(served->transport);
    served->transport = NULL;
}

void served_close(struct served *served)
{
    if (served->transport)
        served_stop(served, 0);
    loopback_close(&served->loopback);
    close(served->log.fd);
}

static void pause_briefly(void)
{
    const struct timespec pause = {.tv_nsec = 2 * 1000 * 1000};
    nanosleep(&pause, NULL);
}

static char *read_log(struct served *served)
{
    off_t n = lseek(served->log.fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)n + 1);
    ck_assert_int_eq(pread(served->log.fd, text, (size_t)n, 0), n);
    return text;
}

char *served_log(struct served *served, const char *text)
{
    double until = clock_seconds() + WAIT_SECONDS;
    char *log = read_log(served);
    while (!strstr(log, text)) {
        ck_assert_msg(clock_seconds() < until, "\"%s\" is not in the log:\n%s", text,
                      log);
        free(log);
        pause_briefly();
        log = read_log(served);
    }
    return log;
}

double served_metric(struct served *served, const char *sample)
{
    struct buffer text = BUFFER_EMPTY;
    transport_write_metrics(served->transport, &text);
    size_t n = strlen(sample);
    const char *at = text.bytes;
    while (at && !(strncmp(at, sample, n) == 0 && at[n] == ' '))
        if ((at = strchr(at, '\n')))
            at++;
    ck_assert_msg(at != NULL, "no sample %s in:\n%s", sample, text.bytes);
    double value = strtod(at + n, NULL);
    buffer_free(&text);
    return value;
}

void served_await_metric(struct served *served, const char *sample, double value)
{
    double until = clock_seconds() + WAIT_SECONDS;
    double seen;
    while ((seen = served_metric(served, sample)) < value || seen > value) {
        ck_assert_msg(clock_seconds() < until, "%s is %g, not %g", sample, seen, value);
        pause_briefly();
    }
}
