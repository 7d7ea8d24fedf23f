/*
 * A service with a transport before it: what tests of HTTP talk to by struct peer.
 */
#ifndef LOGITD_TESTS_SUPPORT_SERVED_H
#define LOGITD_TESTS_SUPPORT_SERVED_H

#include "server/transport.h"
#include "tests/support/loopback.h"
#include "tests/support/peer.h"

struct served {
    struct loopback loopback;
    struct transport_options options;
    struct transport *transport;
    uint16_t port;
    struct log log;
};

/* Prepares; then options may be changed before served_start. Jobs wait until
 * loopback_start. */
void served_open(struct served *served);
void served_start(struct served *served);
/* Stops in order: drain, jobs, requests. */
void served_stop(struct served *served, double timeout_seconds);
void served_close(struct served *served); /* also where it was stopped before */

/* What has been logged, to be freed; waits until `text` is in it, at most 20 s. */
char *served_log(struct served *served, const char *text);
/* The value of a sample of the transport's metrics, by its name with labels. */
double served_metric(struct served *served, const char *sample);
/* Waits until it is so. */
void served_await_metric(struct served *served, const char *sample, double value);

#endif
