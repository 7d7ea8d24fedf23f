#include "server/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024 /* the kernel's own limit may be lower */

static int fail(int number, const char *host, uint16_t port, struct error *err)
{
    switch (number) {
    case EADDRINUSE:
        return error_set(err, ERROR_LOCKED,
                         "port %u is in use: stop what listens there, or choose another "
                         "(0 picks a free one)",
                         (unsigned)port);
    case EACCES:
    case EPERM:
        return error_set(err, ERROR_LOCKED,
                         "this user may not listen on port %u: choose one from 1024 on",
                         (unsigned)port);
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return error_set(err, ERROR_INVALID,
                         "\"%.100s\" is not an address of this machine: choose one that "
                         "is, 127.0.0.1 or 0.0.0.0",
                         host);
    default:
        return error_errno(err, number, "listen");
    }
}

/* Returns the descriptor, or -1 with errno. */
static int open_at(const struct addrinfo *address)
{
    const int yes = 1, no = 0;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0)
        return -1;
    /* After a restart the port is free at once. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (address->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int number = errno;
    close(fd);
    errno = number;
    return -1;
}

int listener_open(const char *host, uint16_t port, struct error *err)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *addresses = NULL;
    char service[8];
    snprintf(service, sizeof(service), "%u", (unsigned)port);
    if (getaddrinfo(host, service, &hints, &addresses) != 0)
        return error_set(err, ERROR_INVALID,
                         "\"%.100s\" is neither an address nor a name that can be looked "
                         "up: choose an address of this machine, such as 127.0.0.1",
                         host);
    int fd = -1, number = EADDRNOTAVAIL;
    for (struct addrinfo *a = addresses; a && fd < 0; a = a->ai_next) {
        fd = open_at(a);
        number = errno;
    }
    freeaddrinfo(addresses);
    return fd >= 0 ? fd : fail(number, host, port, err);
}

uint16_t listener_port(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof(address);
    getsockname(fd, (struct sockaddr *)&address, &size);
    if (address.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address)->sin6_port);
    return ntohs(((const struct sockaddr_in *)&address)->sin_port);
}
