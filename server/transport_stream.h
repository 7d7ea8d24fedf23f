/*
 * Answers that are made bit by bit (api/response.h): chunked, or up to the end of the
 * connection for HTTP/1.0.
 *
 * libmicrohttpd asks for bytes on the HTTP thread. Where there are none yet the
 * connection is suspended, and resumed by whoever has news, or by the reaper: for a sign
 * of life, where the peer seems to have gone, and when draining, which ends the stream
 * where it is. What the peer does not take ends the connection (server/reaper.h).
 */
#ifndef LOGITD_SERVER_TRANSPORT_STREAM_H
#define LOGITD_SERVER_TRANSPORT_STREAM_H

#include "server/transport_internal.h"

/* For a call whose response is a stream. NULL without memory. */
struct MHD_Response *transport_stream_make(struct transport_call *call);

/* The call is over: from now on nobody wakes it. Fine without a stream. */
void transport_stream_end(struct transport_call *call);

#endif
