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
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/thread.h"

#define TICK_DRAINING_SECONDS 0.1
#define CLOCK_SLACK_SECONDS 0.05 /* the kernel counts in ticks */
#define MOST_LINGERING 256
#define N_EVENTS 64
#define DISCARD_BYTES 16384
#define DISCARDS_AT_ONCE 64

struct reaper_socket {
    const struct reaper_times *times;
    int fd;
    _Atomic double deadline;   /* of clock_seconds(); 0: none */
    _Atomic double idle_since; /* 0: a request is under way */
    atomic_bool reads;         /* it waits for bytes of the peer */
    double closed_at; /* of the reaper: the deadline at which it saw the peer's end */
    struct reaper_socket *next, **link;
};

/* A descriptor that is read until its peer closes. */
struct lingering {
    int fd;
    double until;
    struct lingering *next, **link;
};

struct reaper {
    struct reaper_times times;
    int epoll_fd; /* lingering sockets, and wake_fd */
    int wake_fd;
    pthread_t thread;
    bool is_started;
    atomic_bool is_draining, is_ending;

    pthread_mutex_t lock; /* guards the lists */
    struct reaper_socket *sockets;
    struct lingering *lingering;
    size_t n_lingering;
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
}

void reaper_idle(struct reaper_socket *socket, double now)
{
    set(socket, now + socket->times->idle_seconds, now, true);
}

void reaper_head(struct reaper_socket *socket, double now)
{
    set(socket, now + socket->times->head_seconds, 0, true);
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

/* ---- what the kernel knows of a socket ---- */

/* The HTTP thread tells of a request when its first line is whole. Bytes that come before
 * that, on an idle socket, begin a head and give it its own, shorter time. */
static void watch_head(struct reaper_socket *socket, const struct tcp_info *info,
                       double now)
{
    double received_at = now - info->tcpi_last_data_recv * 1e-3;
    double idle_since = load(&socket->idle_since);
    double current = load(&socket->deadline);
    double deadline = now + socket->times->head_seconds;
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

/* ---- the list ---- */

static bool is_over(const struct reaper *reaper, struct reaper_socket *socket, double now)
{
    double deadline = load(&socket->deadline);
    double idle_since = load(&socket->idle_since);
    return (deadline > 0 && now > deadline) ||
           (atomic_load(&reaper->is_draining) && idle_since > 0 &&
            now > idle_since + reaper->times.drain_seconds);
}

static void reap(struct reaper *reaper, double now)
{
    pthread_mutex_lock(&reaper->lock);
    for (struct reaper_socket *socket = reaper->sockets; socket; socket = socket->next) {
        watch(socket, now);
        if (is_over(reaper, socket, now))
            shutdown(socket->fd, SHUT_RDWR);
    }
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
    socket->times = &reaper->times;
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
        reaper_linger(reaper, copy);
    memory_free(socket);
}

/* ---- lingering ---- */

/* Under the lock. */
static void add_lingering(struct reaper *reaper, struct lingering *lingering)
{
    lingering->next = reaper->lingering;
    lingering->link = &reaper->lingering;
    if (lingering->next)
        lingering->next->link = &lingering->next;
    reaper->lingering = lingering;
    reaper->n_lingering++;
}

/* Under the lock. */
static void end_lingering(struct reaper *reaper, struct lingering *lingering)
{
    *lingering->link = lingering->next;
    if (lingering->next)
        lingering->next->link = lingering->link;
    reaper->n_lingering--;
    /* Closing alone would not do while the HTTP thread has the original open. */
    epoll_ctl(reaper->epoll_fd, EPOLL_CTL_DEL, lingering->fd, NULL);
    close(lingering->fd);
    memory_free(lingering);
}

void reaper_linger(struct reaper *reaper, int fd)
{
    struct lingering *lingering = memory_new(1, sizeof(*lingering), NULL);
    bool is_kept = false;
    if (lingering) {
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP,
                                    .data.ptr = lingering};
        *lingering = (struct lingering){
            .fd = fd, .until = clock_seconds() + reaper->times.linger_seconds};
        pthread_mutex_lock(&reaper->lock);
        is_kept = reaper->n_lingering < MOST_LINGERING &&
                  epoll_ctl(reaper->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
        if (is_kept)
            add_lingering(reaper, lingering);
        pthread_mutex_unlock(&reaper->lock);
    }
    if (!is_kept) {
        close(fd);
        memory_free(lingering);
    }
}

/* False when the peer has closed. */
static bool discard(int fd)
{
    char bytes[DISCARD_BYTES];
    ssize_t n = 1;
    for (int i = 0; i < DISCARDS_AT_ONCE && n > 0; i++)
        n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    return n != 0;
}

static void linger_on(struct reaper *reaper, const struct epoll_event *event)
{
    struct lingering *lingering = event->data.ptr;
    bool goes_on = discard(lingering->fd) && !(event->events & (EPOLLERR | EPOLLHUP));
    if (goes_on)
        return;
    pthread_mutex_lock(&reaper->lock);
    end_lingering(reaper, lingering);
    pthread_mutex_unlock(&reaper->lock);
}

static void end_lingerings(struct reaper *reaper, double now)
{
    pthread_mutex_lock(&reaper->lock);
    struct lingering *next;
    for (struct lingering *l = reaper->lingering; l; l = next) {
        next = l->next;
        if (now > l->until)
            end_lingering(reaper, l);
    }
    pthread_mutex_unlock(&reaper->lock);
}

/* ---- the thread ---- */

/* Wakes it, so that it sees what has changed. */
static void wake(struct reaper *reaper)
{
    const uint64_t one = 1;
    ssize_t n = write(reaper->wake_fd, &one, sizeof(one));
    (void)n; /* it is awake already if this does not fit */
}

static void clear_wake(struct reaper *reaper)
{
    uint64_t count;
    ssize_t n = read(reaper->wake_fd, &count, sizeof(count));
    (void)n;
}

static void wait_for_events(struct reaper *reaper, int timeout_ms)
{
    struct epoll_event events[N_EVENTS];
    int n = epoll_wait(reaper->epoll_fd, events, N_EVENTS, timeout_ms);
    for (int i = 0; i < n; i++)
        if (events[i].data.ptr)
            linger_on(reaper, &events[i]);
        else
            clear_wake(reaper);
}

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
    double next = 0;
    while (!atomic_load(&reaper->is_ending)) {
        double seconds = tick(reaper);
        wait_for_events(reaper, (int)(seconds * 1e3));
        double now = clock_seconds();
        if (now < next)
            continue;
        next = now + seconds / 2; /* events do not make it look more often */
        reap(reaper, now);
        end_lingerings(reaper, now);
    }
    return NULL;
}

void reaper_drain(struct reaper *reaper)
{
    atomic_store(&reaper->is_draining, true);
    wake(reaper);
}

/* ---- opening and closing ---- */

static int open_descriptors(struct reaper *reaper, struct error *err)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    reaper->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    reaper->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (reaper->epoll_fd < 0 || reaper->wake_fd < 0 ||
        epoll_ctl(reaper->epoll_fd, EPOLL_CTL_ADD, reaper->wake_fd, &event) < 0)
        return error_set(err, ERROR_BUSY,
                         "this process may open no more descriptors; raise its limit");
    return 0;
}

struct reaper_times reaper_usual_times(void)
{
    return (struct reaper_times){.idle_seconds = 60,
                                 .head_seconds = 10,
                                 .drain_seconds = 0.5,
                                 .linger_seconds = 10,
                                 .tick_seconds = 1};
}

struct reaper *reaper_new(const struct reaper_times *times, struct error *err)
{
    struct reaper *reaper = memory_new(1, sizeof(*reaper), err);
    if (!reaper)
        return NULL;
    reaper->times = *times;
    pthread_mutex_init(&reaper->lock, NULL);
    reaper->epoll_fd = reaper->wake_fd = -1;
    if (open_descriptors(reaper, err) < 0 ||
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
        wake(reaper);
        pthread_join(reaper->thread, NULL);
    }
    while (reaper->lingering)
        end_lingering(reaper, reaper->lingering);
    if (reaper->wake_fd >= 0)
        close(reaper->wake_fd);
    if (reaper->epoll_fd >= 0)
        close(reaper->epoll_fd);
    pthread_mutex_destroy(&reaper->lock);
    memory_free(reaper);
}
