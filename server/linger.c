#include "server/linger.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"

#define MOST_SOCKETS 256
#define N_EVENTS 64
#define DISCARD_BYTES 16384
#define DISCARDS_AT_ONCE 64

struct linger_socket {
    int fd;
    double until;
    struct linger_socket *next, **link;
};

struct linger_set {
    double most_seconds;
    int epoll_fd; /* the sockets, and wake_fd */
    int wake_fd;
    pthread_mutex_t lock; /* guards what follows; only the waiting thread frees sockets */
    struct linger_socket *sockets;
    size_t n_sockets;
};

/* ---- the set ---- */

/* Under the lock. */
static void add(struct linger_set *set, struct linger_socket *socket)
{
    socket->next = set->sockets;
    socket->link = &set->sockets;
    if (socket->next)
        socket->next->link = &socket->next;
    set->sockets = socket;
    set->n_sockets++;
}

/* Under the lock. */
static void end(struct linger_set *set, struct linger_socket *socket)
{
    *socket->link = socket->next;
    if (socket->next)
        socket->next->link = socket->link;
    set->n_sockets--;
    /* Closing alone would not do while another descriptor of the socket is open. */
    epoll_ctl(set->epoll_fd, EPOLL_CTL_DEL, socket->fd, NULL);
    close(socket->fd);
    memory_free(socket);
}

void linger_add(struct linger_set *set, int fd)
{
    struct linger_socket *socket = memory_new(1, sizeof(*socket), NULL);
    bool is_kept = false;
    if (socket) {
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = socket};
        socket->fd = fd;
        socket->until = clock_seconds() + set->most_seconds;
        pthread_mutex_lock(&set->lock);
        is_kept = set->n_sockets < MOST_SOCKETS &&
                  epoll_ctl(set->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
        if (is_kept)
            add(set, socket);
        pthread_mutex_unlock(&set->lock);
    }
    if (!is_kept) {
        close(fd);
        memory_free(socket);
    }
}

/* ---- waiting ---- */

/* False when the peer has closed. */
static bool discard(int fd)
{
    char bytes[DISCARD_BYTES];
    ssize_t n = 1;
    for (int i = 0; i < DISCARDS_AT_ONCE && n > 0; i++)
        n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    return n != 0;
}

static void handle(struct linger_set *set, const struct epoll_event *event)
{
    struct linger_socket *socket = event->data.ptr;
    bool goes_on = discard(socket->fd) && !(event->events & (EPOLLERR | EPOLLHUP));
    if (goes_on)
        return;
    pthread_mutex_lock(&set->lock);
    end(set, socket);
    pthread_mutex_unlock(&set->lock);
}

static void clear_wake(struct linger_set *set)
{
    uint64_t count;
    ssize_t n = read(set->wake_fd, &count, sizeof(count));
    (void)n;
}

static void end_those_past(struct linger_set *set, double moment)
{
    pthread_mutex_lock(&set->lock);
    struct linger_socket *next;
    for (struct linger_socket *socket = set->sockets; socket; socket = next) {
        next = socket->next;
        if (moment > socket->until)
            end(set, socket);
    }
    pthread_mutex_unlock(&set->lock);
}

void linger_wait(struct linger_set *set, double seconds)
{
    struct epoll_event events[N_EVENTS];
    double until = clock_seconds() + seconds;
    double now = until - seconds;
    bool is_awake = false;
    while (!is_awake && now < until) {
        int n =
            epoll_wait(set->epoll_fd, events, N_EVENTS, (int)((until - now) * 1e3) + 1);
        for (int i = 0; i < n; i++)
            if (events[i].data.ptr)
                handle(set, &events[i]);
            else
                is_awake = true;
        now = clock_seconds();
    }
    if (is_awake)
        clear_wake(set);
    end_those_past(set, now);
}

void linger_wake(struct linger_set *set)
{
    const uint64_t one = 1;
    ssize_t n = write(set->wake_fd, &one, sizeof(one));
    (void)n; /* it is awake already if this does not fit */
}

/* ---- opening and closing ---- */

static int open_descriptors(struct linger_set *set)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    set->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    set->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return set->epoll_fd >= 0 && set->wake_fd >= 0
               ? epoll_ctl(set->epoll_fd, EPOLL_CTL_ADD, set->wake_fd, &event)
               : -1;
}

struct linger_set *linger_new(double most_seconds, struct error *err)
{
    struct linger_set *set = memory_new(1, sizeof(*set), err);
    if (!set)
        return NULL;
    pthread_mutex_init(&set->lock, NULL);
    set->most_seconds = most_seconds;
    if (open_descriptors(set) == 0)
        return set;
    error_set(err, ERROR_BUSY,
              "this process may open no more descriptors; raise its limit");
    linger_free(set);
    return NULL;
}

void linger_free(struct linger_set *set)
{
    if (!set)
        return;
    while (set->sockets)
        end(set, set->sockets);
    if (set->wake_fd >= 0)
        close(set->wake_fd);
    if (set->epoll_fd >= 0)
        close(set->epoll_fd);
    pthread_mutex_destroy(&set->lock);
    memory_free(set);
}
