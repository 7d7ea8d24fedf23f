/*
 * The reaper: one thread that ends connections which have had their time. libmicrohttpd
 * only knows inactivity, so that a peer who sends a byte now and then would keep its
 * connection for ever. Here every connection has a deadline; when that has passed its
 * socket is shut down, which the HTTP thread then sees. An answer that waits for what it
 * has to say next is woken instead.
 *
 * It also reads on, for a while, where the peer may still be sending (server/linger.h).
 *
 * Thread-safe. A socket's functions are called by the HTTP thread that has the socket.
 */
#ifndef LOGITD_SERVER_REAPER_H
#define LOGITD_SERVER_REAPER_H

#include <stdbool.h>

#include "core/base/error.h"

struct reaper;
struct reaper_socket;

struct reaper_times {
    double idle_seconds;   /* between requests */
    double head_seconds;   /* for a head, from its first byte */
    double drain_seconds;  /* when draining: for a request that is on its way */
    double linger_seconds; /* at the most */
    double stall_seconds;  /* in which a peer takes none of a stream's bytes */
    double tick_seconds;   /* how often it looks at the deadlines */
};
/* 60, 10, 0.5, 10, 30 and 1 s. */
struct reaper_times reaper_usual_times(void);

struct reaper *reaper_new(const struct reaper_times *times, struct error *err) MUST_CHECK;
/* No socket may be watched any more; those lingered on are closed. */
void reaper_free(struct reaper *reaper);

/* From accept to close; idle at first. NULL with ERROR_NO_MEMORY. */
struct reaper_socket *reaper_watch(struct reaper *reaper, int fd,
                                   struct error *err) MUST_CHECK;
/* Before the descriptor is closed. lingers: reads on a copy of it until the peer closes,
 * for some seconds at most. */
void reaper_unwatch(struct reaper *reaper, struct reaper_socket *socket, bool lingers);

/* Waits for a request; `now` as clock_seconds() tells. */
void reaper_idle(struct reaper_socket *socket, double now);
/* The head of a request has begun to come in. */
void reaper_head(struct reaper_socket *socket, double now);
/* The body must be there by then. */
void reaper_body(struct reaper_socket *socket, double moment);
/* The answer must have gone by then; the peer may have ended its side. */
void reaper_answer(struct reaper_socket *socket, double moment);
/* Takes as long as we need. */
void reaper_never(struct reaper_socket *socket);

/*
 * A streamed answer. From now on the kernel, too, ends a connection whose peer
 * acknowledges nothing of what was sent for stall_seconds, or leaves no room for it.
 */
void reaper_begin_stream(struct reaper_socket *socket, void (*wake)(void *context),
                         void *context);
/* There is nothing to send until something happens elsewhere, or `wake` is called from
 * the reaper's thread: at the moment, at once where the peer seems to have gone, and
 * again and again when draining. */
void reaper_wait(struct reaper_socket *socket, double moment);
/* Bytes of it are on their way. */
void reaper_flow(struct reaper_socket *socket, double now);
/* After which `wake` is not called. Fine without a stream. */
void reaper_end_stream(struct reaper_socket *socket);

/* From now on idle sockets are ended. */
void reaper_drain(struct reaper *reaper);
/* Ends every socket now. */
void reaper_end_all(struct reaper *reaper);

#endif
