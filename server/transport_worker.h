/*
 * An HTTP thread: waits for what its libmicrohttpd daemon or others have for it, and lets
 * the daemon work.
 *
 * libmicrohttpd has threads of its own, but in 0.9.75 they stand still when exactly 128
 * connections become ready at once: having fetched as many events as fit, they wait for
 * more before they look at those. A thread that never lets the daemon wait is safe, and
 * so is one with fewer connections; waiting elsewhere takes a system call more.
 */
#ifndef LOGITD_SERVER_TRANSPORT_WORKER_H
#define LOGITD_SERVER_TRANSPORT_WORKER_H

#include <sys/socket.h>

#include "server/transport_internal.h"

/* Into one that is zero but for its transport. On failure stop and free it, too. */
int transport_worker_start(struct transport_worker *worker, struct error *err) MUST_CHECK;
/* Ends the thread and closes all connections; none may be suspended. */
void transport_worker_stop(struct transport_worker *worker);
/* When nobody calls transport_worker_resume any more. */
void transport_worker_free(struct transport_worker *worker);

/* Hands over a connection; takes the descriptor. Of one thread, the acceptor. */
void transport_worker_add(struct transport_worker *worker, int fd,
                          const struct sockaddr *address, socklen_t n_bytes);
/* Resumes a suspended connection. Of any thread. */
void transport_worker_resume(struct transport_worker *worker,
                             struct MHD_Connection *handle);

#endif
