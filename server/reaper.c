/*
 * Deadlines are atomics that the HTTP threads store, so that a request takes no lock. The
 * list is locked while it is looked through, which also keeps a descriptor from being
 * closed, and its number from being used again, while it is shut down.
 */
#include "server/reaper.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/thread.h"
#include "server/linger.h"

#define TICK_DRAINING_SECONDS 0.1
#define CLOCK_SLACK_SECONDS 0.05 /* the kernel counts in ticks */

struct reaper_socket {
    struct reaper *reaper;
    int fd;
    _Atomic double deadline;   /* of clock_seconds(); 0: none */
    _Atomic double idle_since; /* 0: a request is under way */
    atomic_bool reads;         /* it waits for bytes of the peer */
    atomic_bool waits; /* its stream has nothing to send: to be woken, not ended */
    double closed_at;  /* of the reaper: the deadline at which it saw the peer's end */

    /* Of the list's lock. */
    void (*wake)(void *context); /* of its stream; NULL: it has none */
    void *wake_context;
    bool was_probed; /* since the peer's end was seen the stream had to say something */
    struct reaper_socket *next, **link;
};

struct reaper {
    struct reaper_times times;
    struct linger_set *lingering; /* in which the thread waits */
    pthread_t thread;
    bool is_started;
    atomic_bool is_draining, is_ending;
    pthread_mutex_t lock; /* guards the list */
    struct reaper_socket *sockets;
};

/* ---- deadlines, as the HTTP threads set them ---- */

static void store(_Atomic double *place, double value)
{
    atomic_store_explicit(place, value, memory_order_relaxed);
}

static double load(_Atomic double *place)
{
    return atomic_load_explicit(place, memory_order_relaxed);
}

static void set(struct reaper_socket *socket, double deadline, double idle_since,
                bool reads)
{
    store(&socket->idle_since, idle_since);
    store(&socket->deadline, deadline);
    atomic_store_explicit(&socket->reads, reads, memory_order_relaxed);
    atomic_store_explicit(&socket->waits, false, memory_order_release);
}

void reaper_idle(struct reaper_socket *socket, double now)
{
    set(socket, now + socket->reaper->times.idle_seconds, now, true);
}

void reaper_head(struct reaper_socket *socket, double now)
{
    set(socket, now + socket->reaper->times.head_seconds, 0, true);
}

void reaper_body(struct reaper_socket *socket, double moment)
{
    set(socket, moment, 0, true);
}

void reaper_answer(struct reaper_socket *socket, double moment)
{
    set(socket, moment, 0, false);
}

void reaper_never(struct reaper_socket *socket)
{
    set(socket, 0, 0, false);
}

void reaper_wait(struct reaper_socket *socket, double moment)
{
    set(socket, moment, 0, false);
    atomic_store_explicit(&socket->waits, true, memory_order_release);
}

void reaper_flow(struct reaper_socket *socket, double now)
{
    set(socket, now + socket->reaper->times.stall_seconds, 0, false);
}

/* ---- what the kernel knows of a socket ---- */

/* The HTTP thread tells of a request when its first line is whole. Bytes that come before
 * that, on an idle socket, begin a head and give it its own, shorter time. */
static void watch_head(struct reaper_socket *socket, const struct tcp_info *info,
                       double now)
{
    double received_at = now - info->tcpi_last_data_recv * 1e-3;
    double idle_since = load(&socket->idle_since);
    double current = load(&socket->deadline);
    double deadline = now + socket->reaper->times.head_seconds;
    if (idle_since > 0 && deadline < current &&
        received_at > idle_since + CLOCK_SLACK_SECONDS)
        /* Unless the HTTP thread has set another in the meantime. */
        atomic_compare_exchange_strong(&socket->deadline, &current, deadline);
}

/* No more comes, and all that came was read. */
static bool has_closed(int fd, const struct tcp_info *info)
{
    int n_unread = 0;
    return info->tcpi_state == TCP_CLOSE_WAIT && ioctl(fd, FIONREAD, &n_unread) == 0 &&
           n_unread == 0;
}

/* libmicrohttpd overlooks a peer's end that comes together with the last bytes: a short
 * read makes it wait for news, but there will be none. The end is for the second look to
 * see, as the HTTP thread may just have read what the request needs; whatever it does
 * then changes the deadline. */
static void watch_end(struct reaper_socket *socket, const struct tcp_info *info)
{
    double deadline = load(&socket->deadline);
    if (!has_closed(socket->fd, info)) {
        socket->closed_at = 0;
    } else if (socket->closed_at < deadline || socket->closed_at > deadline) {
        socket->closed_at = deadline;
    } else {
        shutdown(socket->fd, SHUT_RDWR);
    }
}

static void watch(struct reaper_socket *socket, double now)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);
    if (!atomic_load_explicit(&socket->reads, memory_order_relaxed) ||
        getsockopt(socket->fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
        return;
    watch_head(socket, &info, now);
    watch_end(socket, &info);
}

/* ---- streams ---- */

/* 0: as long as it likes. */
static void limit_stall(const struct reaper_socket *socket, double seconds)
{
    unsigned milliseconds = (unsigned)(seconds * 1000);
    setsockopt(socket->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds,
               sizeof(milliseconds));
}

static void set_wake(struct reaper_socket *socket, void (*wake)(void *context),
                     void *context)
{
    pthread_mutex_lock(&socket->reaper->lock);
    socket->wake = wake;
    socket->wake_context = context;
    socket->was_probed = false;
    pthread_mutex_unlock(&socket->reaper->lock);
}

void reaper_begin_stream(struct reaper_socket *socket, void (*wake)(void *context),
                         void *context)
{
    limit_stall(socket, socket->reaper->times.stall_seconds);
    set_wake(socket, wake, context);
}

void reaper_end_stream(struct reaper_socket *socket)
{
    set_wake(socket, NULL, NULL);
    limit_stall(socket, 0);
}

/* A peer that ended its side may still be reading. Bytes tell: to one that has closed the
 * connection they come back as a reset, which the next look sees. */
static bool seems_gone(struct reaper_socket *socket)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);
    if (getsockopt(socket->fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
        return false;
    bool is_new = info.tcpi_state == TCP_CLOSE_WAIT && !socket->was_probed;
    socket->was_probed |= is_new;
    return is_new || info.tcpi_state == TCP_CLOSE;
}

static void watch_stream(const struct reaper *reaper, struct reaper_socket *socket,
                         double now)
{
    if (socket->wake && (atomic_load(&reaper->is_draining) ||
                         now > load(&socket->deadline) || seems_gone(socket)))
        socket->wake(socket->wake_context);
}

/* ---- the list ---- */

static bool is_over(const struct reaper *reaper, struct reaper_socket *socket, double now)
{
    double deadline = load(&socket->deadline);
    double idle_since = load(&socket->idle_since);
    return (deadline > 0 && now > deadline) ||
           (atomic_load(&reaper->is_draining) && idle_since > 0 &&
            now > idle_since + reaper->times.drain_seconds);
}

static void look_at(const struct reaper *reaper, struct reaper_socket *socket, double now)
{
    if (atomic_load_explicit(&socket->waits, memory_order_acquire)) {
        watch_stream(reaper, socket, now);
        return;
    }
    watch(socket, now);
    if (is_over(reaper, socket, now))
        shutdown(socket->fd, SHUT_RDWR);
}

static void reap(struct reaper *reaper, double now)
{
    pthread_mutex_lock(&reaper->lock);
    for (struct reaper_socket *socket = reaper->sockets; socket; socket = socket->next)
        look_at(reaper, socket, now);
    pthread_mutex_unlock(&reaper->lock);
}

void reaper_end_all(struct reaper *reaper)
{
    pthread_mutex_lock(&reaper->lock);
    for (struct reaper_socket *socket = reaper->sockets; socket; socket = socket->next)
        shutdown(socket->fd, SHUT_RDWR);
    pthread_mutex_unlock(&reaper->lock);
}

struct reaper_socket *reaper_watch(struct reaper *reaper, int fd, struct error *err)
{
    struct reaper_socket *socket = memory_new(1, sizeof(*socket), err);
    if (!socket)
        return NULL;
    socket->reaper = reaper;
    socket->fd = fd;
    reaper_idle(socket, clock_seconds());
    pthread_mutex_lock(&reaper->lock);
    socket->next = reaper->sockets;
    socket->link = &reaper->sockets;
    if (socket->next)
        socket->next->link = &socket->next;
    reaper->sockets = socket;
    pthread_mutex_unlock(&reaper->lock);
    return socket;
}

void reaper_unwatch(struct reaper *reaper, struct reaper_socket *socket, bool lingers)
{
    pthread_mutex_lock(&reaper->lock);
    *socket->link = socket->next;
    if (socket->next)
        socket->next->link = socket->link;
    pthread_mutex_unlock(&reaper->lock);
    int copy = lingers ? fcntl(socket->fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (copy >= 0)
        linger_add(reaper->lingering, copy);
    memory_free(socket);
}

/* ---- the thread ---- */

static double tick(struct reaper *reaper)
{
    double seconds = reaper->times.tick_seconds;
    return atomic_load(&reaper->is_draining) && seconds > TICK_DRAINING_SECONDS
               ? TICK_DRAINING_SECONDS
               : seconds;
}

static void *thread_main(void *argument)
{
    struct reaper *reaper = argument;
    while (!atomic_load(&reaper->is_ending)) {
        linger_wait(reaper->lingering, tick(reaper));
        reap(reaper, clock_seconds());
    }
    return NULL;
}

void reaper_drain(struct reaper *reaper)
{
    atomic_store(&reaper->is_draining, true);
    linger_wake(reaper->lingering);
}

/* ---- opening and closing ---- */

struct reaper_times reaper_usual_times(void)
{
    return (struct reaper_times){.idle_seconds = 60,
                                 .head_seconds = 10,
                                 .drain_seconds = 0.5,
                                 .linger_seconds = 10,
                                 .stall_seconds = 30,
                                 .tick_seconds = 1};
}

struct reaper *reaper_new(const struct reaper_times *times, struct error *err)
{
    struct reaper *reaper = memory_new(1, sizeof(*reaper), err);
    if (!reaper)
        return NULL;
    reaper->times = *times;
    pthread_mutex_init(&reaper->lock, NULL);
    reaper->lingering = linger_new(times->linger_seconds, err);
    if (!reaper->lingering ||
        thread_start(&reaper->thread, thread_main, reaper, err) < 0) {
        reaper_free(reaper);
        return NULL;
    }
    reaper->is_started = true;
    return reaper;
}

void reaper_free(struct reaper *reaper)
{
    if (!reaper)
        return;
    if (reaper->is_started) {
        atomic_store(&reaper->is_ending, true);
        linger_wake(reaper->lingering);
        pthread_join(reaper->thread, NULL);
    }
    linger_free(reaper->lingering);
    pthread_mutex_destroy(&reaper->lock);
    memory_free(reaper);
}
