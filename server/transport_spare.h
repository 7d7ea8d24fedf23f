/*
 * Calls that are over, kept by the HTTP thread for the next requests with the memory that
 * they have: most requests are small, and asking for memory again would take longer than
 * reading them. Of the HTTP thread alone.
 */
#ifndef LOGITD_SERVER_TRANSPORT_SPARE_H
#define LOGITD_SERVER_TRANSPORT_SPARE_H

#include "server/transport_internal.h"

/* As described at struct transport_call; NULL without memory. */
struct transport_call *transport_spare_take(struct transport_worker *worker);
/* Of one that holds nothing any more but its spare memory. */
void transport_spare_give(struct transport_worker *worker, struct transport_call *call);
/* Frees such a call; all that the worker keeps. */
void transport_spare_free(struct transport_call *call);
void transport_spare_free_all(struct transport_worker *worker);

/* Where a body of n bytes and a NUL goes; NULL without memory. */
char *transport_spare_body(struct transport_call *call, size_t n,
                           struct error *err) MUST_CHECK;
/* Takes such a body, and the answer's, back. */
void transport_spare_take_back(struct transport_call *call);

#endif
