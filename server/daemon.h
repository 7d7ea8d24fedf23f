/*
 * The daemon: keys, service and transport, opened in this order, served, drained and
 * closed in the opposite one. Belongs to the main thread.
 */
#ifndef LOGITD_SERVER_DAEMON_H
#define LOGITD_SERVER_DAEMON_H

#include "server/config.h"
#include "server/exit_code.h"
#include "server/log.h"

struct daemon;

/* Listens when it returns. Borrows both. Errors of keys, store and transport, with what
 * they are about as place. */
struct daemon *daemon_open(const struct config *config, const struct log *log,
                           struct error *err) MUST_CHECK;

/* Prints the ready line, lets jobs run, and serves until a signal says to end or the
 * store fails; then drains, within 10 seconds. Signals must be blocked
 * (server/signals.h). */
enum exit_code daemon_serve(struct daemon *daemon);

/* NULL is fine. */
void daemon_close(struct daemon *daemon);

#endif
