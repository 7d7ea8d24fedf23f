#include "tests/support/peer.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"

#define WAIT_SECONDS 20.0

bool peer_try(struct peer *peer, uint16_t port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *peer = (struct peer){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    ck_assert_int_ge(peer->fd, 0);
    if (connect(peer->fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        close(peer->fd);
        return false;
    }
    peer->bytes = calloc(1, 1);
    return true;
}

void peer_open(struct peer *peer, uint16_t port)
{
    ck_assert(peer_try(peer, port));
}

void peer_close(struct peer *peer)
{
    close(peer->fd);
    free(peer->bytes);
    *peer = (struct peer){.fd = -1};
}

void peer_reset(struct peer *peer)
{
    const struct linger at_once = {.l_onoff = 1};
    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    peer_close(peer);
}

/* ---- sending ---- */

static bool wait_for(struct peer *peer, short events, double moment)
{
    struct pollfd poll_fd = {.fd = peer->fd, .events = events};
    double seconds = moment - clock_seconds();
    return seconds > 0 && poll(&poll_fd, 1, (int)(seconds * 1e3) + 1) > 0;
}

bool peer_send_bytes(struct peer *peer, const void *bytes, size_t n)
{
    const char *at = bytes;
    double moment = clock_seconds() + WAIT_SECONDS;
    while (n > 0) {
        ssize_t n_sent = send(peer->fd, at, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n_sent < 0 && errno != EAGAIN)
            return false;
        if (n_sent < 0 && !wait_for(peer, POLLOUT, moment))
            return false;
        if (n_sent > 0) {
            at += n_sent;
            n -= (size_t)n_sent;
        }
    }
    return true;
}

void peer_send(struct peer *peer, const char *text)
{
    ck_assert(peer_send_bytes(peer, text, strlen(text)));
}

void peer_half_close(struct peer *peer)
{
    shutdown(peer->fd, SHUT_WR);
}

/* ---- receiving ---- */

/* False at the connection's end or when the moment comes. */
static bool receive_more(struct peer *peer, double moment)
{
    char piece[65536];
    if (!wait_for(peer, POLLIN, moment))
        return false;
    ssize_t n = recv(peer->fd, piece, sizeof(piece), 0);
    if (n <= 0)
        return false;
    peer->bytes = realloc(peer->bytes, peer->n_bytes + (size_t)n + 1);
    memcpy(peer->bytes + peer->n_bytes, piece, (size_t)n);
    peer->n_bytes += (size_t)n;
    peer->bytes[peer->n_bytes] = '\0';
    return true;
}

static void drop(struct peer *peer, size_t n)
{
    peer->n_bytes -= n;
    memmove(peer->bytes, peer->bytes + n, peer->n_bytes + 1);
}

static size_t length_of(const char *head)
{
    const char *at = strcasestr(head, "\nContent-Length: ");
    return at ? strtoul(at + 17, NULL, 10) : 0;
}

static bool take_head(struct peer *peer, struct peer_answer *answer, double moment)
{
    char *end;
    while (!(end = strstr(peer->bytes, "\r\n\r\n")))
        if (!receive_more(peer, moment))
            return false;
    size_t n = (size_t)(end + 4 - peer->bytes);
    ck_assert_uint_lt(n, sizeof(answer->head));
    memcpy(answer->head, peer->bytes, n);
    drop(peer, n);
    ck_assert_int_eq(strncmp(answer->head, "HTTP/1.1 ", 9), 0);
    return true;
}

struct peer_answer peer_receive(struct peer *peer, bool has_body)
{
    double moment = clock_seconds() + WAIT_SECONDS;
    struct peer_answer answer = {0};
    if (!take_head(peer, &answer, moment))
        return answer;
    size_t n = has_body ? length_of(answer.head) : 0;
    while (peer->n_bytes < n)
        if (!receive_more(peer, moment))
            return answer;
    answer.status = (int)strtol(answer.head + 9, NULL, 10);
    answer.body = strndup(peer->bytes, n);
    answer.body_bytes = n;
    drop(peer, n);
    return answer;
}

struct peer_answer peer_ask(struct peer *peer, const char *text)
{
    peer_send(peer, text);
    return peer_receive(peer, strncmp(text, "HEAD ", 5) != 0);
}

void peer_answer_free(struct peer_answer *answer)
{
    free(answer->body);
    *answer = (struct peer_answer){0};
}

bool peer_answer_has(const struct peer_answer *answer, const char *line)
{
    size_t n = strlen(line);
    for (const char *at = answer->head; (at = strstr(at, "\r\n")); at += 2)
        if (strncasecmp(at + 2, line, n) == 0 && strncmp(at + 2 + n, "\r\n", 2) == 0)
            return true;
    return false;
}

bool peer_is_ended(struct peer *peer, double seconds)
{
    double moment = clock_seconds() + seconds;
    if (peer->n_bytes > 0 || receive_more(peer, moment))
        return false;
    return clock_seconds() < moment;
}
