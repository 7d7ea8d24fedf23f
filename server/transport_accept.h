/*
 * The acceptor: one thread that takes connections and hands them to the HTTP threads in
 * turn. libmicrohttpd could listen by itself, but then one thread may get all
 * connections, its way to stop listening races with them, and beyond its limit peers
 * hang.
 */
#ifndef LOGITD_SERVER_TRANSPORT_ACCEPT_H
#define LOGITD_SERVER_TRANSPORT_ACCEPT_H

#include "server/transport_internal.h"

/* On listen_fd, which must be open. */
int transport_accept_start(struct transport *transport, struct error *err) MUST_CHECK;
/* Stops listening and ends the thread: from now on the kernel refuses peers. */
void transport_accept_stop(struct transport *transport);

/* Callback of libmicrohttpd; its context is a struct transport_worker. */
void transport_accept_notify(void *worker, struct MHD_Connection *handle, void **slot,
                             enum MHD_ConnectionNotificationCode code);

#endif
