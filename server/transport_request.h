/*
 * From what libmicrohttpd tells of a head to the gate and to struct request.
 */
#ifndef LOGITD_SERVER_TRANSPORT_REQUEST_H
#define LOGITD_SERVER_TRANSPORT_REQUEST_H

#include "server/transport_internal.h"

/* Keeps the target as it was sent, when the first line is there. */
void transport_request_keep_target(struct transport_call *call, const char *target);

/* An id of our own, for when the request brings none. */
void transport_request_make_id(struct transport_call *call);

/* Takes the head to the gate, and request id, method, path and header fields into the
 * request. The fields are borrowed from libmicrohttpd. */
enum gate_reason transport_request_read_head(struct transport_call *call,
                                             const char *method, const char *place,
                                             const char *version);

/* Decodes the query; false with the answer made if that is not possible. */
bool transport_request_read_query(struct transport_call *call);

/* Copies the header fields, for requests that outlive their connection. */
int transport_request_own_head(struct transport_call *call, struct error *err) MUST_CHECK;
/* Frees that copy. */
void transport_request_free_head(struct transport_call *call);

#endif
