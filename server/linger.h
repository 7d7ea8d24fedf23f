/*
 * Lingering: sockets whose peer may still be sending when the answer is out. Closing
 * those at once would make the kernel reset the connection, and the peer could lose the
 * answer. What comes in is thrown away until the peer closes. Thread-safe, but that one
 * thread at a time waits.
 */
#ifndef LOGITD_SERVER_LINGER_H
#define LOGITD_SERVER_LINGER_H

#include "core/base/error.h"

struct linger_set;

/* On each socket for at most so long. ERROR_BUSY without descriptors. */
struct linger_set *linger_new(double most_seconds, struct error *err) MUST_CHECK;
void linger_free(struct linger_set *set); /* closes all */

/* Takes a descriptor. Where there are too many already it is closed at once. */
void linger_add(struct linger_set *set, int fd);

/* Throws away what comes in, for at most so long or until linger_wake is called; then
 * closes those that have had their time. */
void linger_wait(struct linger_set *set, double seconds);
void linger_wake(struct linger_set *set);

#endif
