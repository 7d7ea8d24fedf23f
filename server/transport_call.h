/*
 * One request, from its first line to its line in the log.
 *
 * Threads: an HTTP thread has the call, but for the time in which its connection is
 * suspended and while the executor works for its upload. libmicrohttpd never closes a
 * suspended connection, so that whoever works for one need not fear that it goes.
 */
#ifndef LOGITD_SERVER_TRANSPORT_CALL_H
#define LOGITD_SERVER_TRANSPORT_CALL_H

#include "server/transport_internal.h"

/* Callbacks of libmicrohttpd; their context is a struct transport_worker. */
void *transport_call_begin(void *worker, const char *target,
                           struct MHD_Connection *handle);
enum MHD_Result transport_call_step(void *worker, struct MHD_Connection *handle,
                                    const char *url, const char *method,
                                    const char *version, const char *bytes, size_t *n,
                                    void **call);
void transport_call_end(void *worker, struct MHD_Connection *handle, void **call,
                        enum MHD_RequestTerminationCode reason);

/* Nobody looks at the connection until transport_call_resume. Of the HTTP thread. False
 * if the transport ends, which leaves no time for that: close the connection. */
bool transport_call_suspend(struct transport_call *call) MUST_CHECK;
/* An HTTP thread sees the call again; fine where it was not suspended. */
void transport_call_awake(struct transport_call *call);
/* Of any thread, for a suspended one; the call may be gone when it returns. */
void transport_call_resume(struct transport_call *call);

/* Whoever has it last. */
void transport_call_free(struct transport_call *call);

#endif
