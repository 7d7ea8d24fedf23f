/*
 * For the container's health check, whose image has no other HTTP client. One request, a
 * few seconds, and only the status line is read. With TLS the certificate is not
 * verified: the question goes to this machine, holds no secret, and must get an answer
 * from a daemon whose certificate has another name or has run out, too.
 */
#include "server/command.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <gnutls/gnutls.h>

#define TIMEOUT_SECONDS 3
#define STATUS_BYTES 12U /* "HTTP/1.1 200" */

static const char request[] = "GET /readyz HTTP/1.1\r\n"
                              "Host: localhost\r\n"
                              "User-Agent: logitd-health\r\n"
                              "Connection: close\r\n\r\n";

/* Of a daemon that listens everywhere, this machine. */
static const char *host_to_ask(const struct config *config)
{
    if (strcmp(config->host, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(config->host, "::") == 0 ? "::1" : config->host;
}

static int connect_to(const struct addrinfo *address)
{
    struct timeval timeout = {.tv_sec = TIMEOUT_SECONDS};
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) == 0 &&
        connect(fd, address->ai_addr, address->ai_addrlen) == 0)
        return fd;
    close(fd);
    return -1;
}

static int connect_to_daemon(const struct config *config)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *addresses;
    char port[8];
    int fd = -1;
    snprintf(port, sizeof(port), "%u", (unsigned)config->port);
    if (getaddrinfo(host_to_ask(config), port, &hints, &addresses) != 0)
        return -1;
    for (struct addrinfo *at = addresses; at && fd < 0; at = at->ai_next)
        fd = connect_to(at);
    freeaddrinfo(addresses);
    return fd;
}

/* The start of the answer; how many bytes of it came. */
static size_t ask_plainly(int fd, char *status)
{
    size_t n = 0;
    if (send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
        return 0;
    while (n < STATUS_BYTES) {
        ssize_t more = recv(fd, status + n, STATUS_BYTES - n, 0);
        if (more <= 0)
            break;
        n += (size_t)more;
    }
    return n;
}

static size_t ask_in_session(gnutls_session_t session, char *status)
{
    size_t n = 0;
    int result;
    do
        result = gnutls_handshake(session);
    while (result < 0 && gnutls_error_is_fatal(result) == 0);
    if (result < 0 || gnutls_record_send(session, request, strlen(request)) < 0)
        return 0;
    while (n < STATUS_BYTES) {
        ssize_t more = gnutls_record_recv(session, status + n, STATUS_BYTES - n);
        if (more <= 0)
            break;
        n += (size_t)more;
    }
    return n;
}

static size_t ask_with_tls(int fd, char *status)
{
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t session;
    size_t n = 0;
    if (gnutls_certificate_allocate_credentials(&credentials) < 0)
        return 0;
    if (gnutls_init(&session, GNUTLS_CLIENT) == 0) {
        if (gnutls_set_default_priority(session) == 0 &&
            gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials) == 0) {
            gnutls_transport_set_int(session, fd);
            gnutls_handshake_set_timeout(session, TIMEOUT_SECONDS * 1000U);
            n = ask_in_session(session, status);
        }
        gnutls_deinit(session);
    }
    gnutls_certificate_free_credentials(credentials);
    return n;
}

enum exit_code command_health(const struct config *config)
{
    char status[STATUS_BYTES + 1] = "";
    if (config->port == 0) {
        fputs("logitd: health: --listen must name the port of the daemon\n", stderr);
        return EXIT_CODE_USAGE;
    }
    int fd = connect_to_daemon(config);
    if (fd < 0) {
        puts("no daemon answers");
        return EXIT_CODE_NOT_SO;
    }
    size_t n =
        config->tls_certificate ? ask_with_tls(fd, status) : ask_plainly(fd, status);
    close(fd);
    bool is_ready = n == STATUS_BYTES && memcmp(status + 8, " 200", 4) == 0;
    puts(is_ready ? "ready" : "not ready");
    return is_ready ? EXIT_CODE_OK : EXIT_CODE_NOT_SO;
}
