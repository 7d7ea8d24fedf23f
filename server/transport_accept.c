#include "server/transport_accept.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/base/thread.h"
#include "server/transport_worker.h"

/* Beyond n_connections_most a peer is told so in an answer; beyond these many more it is
 * not even that. */
static size_t most_surplus(const struct transport *transport)
{
    return transport->n_connections_most / 8 + 16;
}

/* ---- the thread ---- */

/* When descriptors or memory have run out: others close, sooner or later. */
static void pause_accepting(void)
{
    const struct timespec moment = {.tv_nsec = 10 * 1000 * 1000};
    nanosleep(&moment, NULL);
}

static void hand_out(struct transport *transport, size_t turn, int fd,
                     const struct sockaddr *address, socklen_t n_bytes)
{
    size_t n_most = transport->n_connections_most + most_surplus(transport);
    if (atomic_load(&transport->n_connections) >= n_most)
        close(fd);
    else
        transport_worker_add(&transport->workers[turn % transport->n_workers], fd,
                             address, n_bytes);
}

static bool is_passing(int number)
{
    return number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM;
}

static void *accept_main(void *argument)
{
    struct transport *transport = argument;
    for (size_t turn = 0; !atomic_load(&transport->is_draining); turn++) {
        struct sockaddr_storage address;
        socklen_t n_bytes = sizeof(address);
        int fd = accept4(transport->listen_fd, (struct sockaddr *)&address, &n_bytes,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            hand_out(transport, turn, fd, (struct sockaddr *)&address, n_bytes);
        else if (is_passing(errno))
            pause_accepting();
    }
    return NULL;
}

int transport_accept_start(struct transport *transport, struct error *err)
{
    if (thread_start(&transport->acceptor, accept_main, transport, err) < 0)
        return -1;
    transport->is_accepting = true;
    return 0;
}

void transport_accept_stop(struct transport *transport)
{
    if (!transport->is_accepting)
        return;
    atomic_store(&transport->is_draining, true);
    shutdown(transport->listen_fd, SHUT_RDWR); /* wakes the thread */
    pthread_join(transport->acceptor, NULL);
    close(transport->listen_fd);
    transport->listen_fd = -1;
    transport->is_accepting = false;
}

/* ---- connections ---- */

static struct transport_connection *open_connection(struct transport_worker *worker,
                                                    struct MHD_Connection *handle)
{
    struct transport *transport = worker->transport;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct transport_connection *connection = memory_new(1, sizeof(*connection), NULL);
    size_t n_before = atomic_fetch_add(&transport->n_connections, 1);
    if (!connection)
        return NULL;
    connection->worker = worker;
    connection->is_surplus = n_before >= transport->n_connections_most;
    connection->socket = reaper_watch(transport->reaper, info->connect_fd, NULL);
    if (!connection->socket) {
        memory_free(connection);
        return NULL;
    }
    return connection;
}

static void close_connection(struct transport *transport,
                             struct transport_connection *connection)
{
    if (connection)
        reaper_unwatch(transport->reaper, connection->socket, connection->lingers);
    memory_free(connection);
    atomic_fetch_sub(&transport->n_connections, 1);
}

void transport_accept_notify(void *context, struct MHD_Connection *handle, void **slot,
                             enum MHD_ConnectionNotificationCode code)
{
    struct transport_worker *worker = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        worker->n_connections++;
        *slot = open_connection(worker, handle);
    } else {
        worker->n_connections--;
        close_connection(worker->transport, *slot);
        *slot = NULL;
    }
}
