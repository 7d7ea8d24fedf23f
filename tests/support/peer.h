/*
 * The other end of a connection: sends bytes as they are and reads answers, so that tests
 * can do what no HTTP library would. Failures of the harness fail the test.
 */
#ifndef LOGITD_TESTS_SUPPORT_PEER_H
#define LOGITD_TESTS_SUPPORT_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer {
    int fd;
    char *bytes; /* what has come in and was not read yet; NUL-terminated */
    size_t n_bytes;
};

void peer_open(struct peer *peer, uint16_t port); /* to 127.0.0.1 */
/* False if nobody listens. */
bool peer_try(struct peer *peer, uint16_t port);
void peer_close(struct peer *peer);
/* Closes with a reset. */
void peer_reset(struct peer *peer);

void peer_send(struct peer *peer, const char *text);
/* False if the other side does not take them (within 20 s). */
bool peer_send_bytes(struct peer *peer, const void *bytes, size_t n);
/* No more will be sent. */
void peer_half_close(struct peer *peer);

/* An answer with Content-Length or without a body. */
struct peer_answer {
    int status; /* 0: the connection ended before a whole answer came */
    char head[2048];
    char *body; /* NUL-terminated; NULL without an answer */
    size_t body_bytes;
};

/* Waits for one at most 20 s. has_body false: of a HEAD request. */
struct peer_answer peer_receive(struct peer *peer, bool has_body);
/* peer_send and peer_receive. */
struct peer_answer peer_ask(struct peer *peer, const char *text);
void peer_answer_free(struct peer_answer *answer);
/* "name: value" without regard to case is a line of the head. */
bool peer_answer_has(const struct peer_answer *answer, const char *line);

/* Is the connection at its end, after at most so long, with nothing left to read? */
bool peer_is_ended(struct peer *peer, double seconds);

#endif
