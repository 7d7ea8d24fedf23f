/*
 * The socket that peers connect to.
 */
#ifndef LOGITD_SERVER_LISTENER_H
#define LOGITD_SERVER_LISTENER_H

#include <stdint.h>

#include "core/base/error.h"

/* A listening descriptor on host (an address or a name of this machine; an IPv6 address
 * without brackets; "::" is all addresses of both kinds) and port (0: a free one), or -1:
 * ERROR_INVALID for a host that is not this machine's, ERROR_LOCKED for a port in use or
 * one that this user may not have. */
int listener_open(const char *host, uint16_t port, struct error *err) MUST_CHECK;
uint16_t listener_port(int fd);

#endif
