/*
 * A streamed body on its way from the HTTP thread to the executor: a few pieces of
 * bounded size, some being filled while others are written and digested. When all are
 * full the connection is suspended, so that the peer has to wait and memory stays small.
 * Less than a piece waits for more, or for the end of the body.
 */
#ifndef LOGITD_SERVER_TRANSPORT_UPLOAD_H
#define LOGITD_SERVER_TRANSPORT_UPLOAD_H

#include "server/transport_internal.h"

/* What an upload of so many bytes takes of memory. */
size_t transport_upload_memory(size_t content_length);

/* Makes the call's upload. */
int transport_upload_open(struct transport_call *call, struct error *err) MUST_CHECK;

/* The next three suspend the connection where they must wait for the executor; false if
 * that is not possible any more (transport_call_suspend). */

/* Begins the stream; suspended until that is done. */
bool transport_upload_begin(struct transport_upload *upload) MUST_CHECK;
/* Takes bytes of the body; *n becomes how many. If not all, the connection is suspended
 * until there is room. */
bool transport_upload_take(struct transport_upload *upload, const char *bytes,
                           size_t *n) MUST_CHECK;
/* The body is complete; suspended until the answer is made. */
bool transport_upload_finish(struct transport_upload *upload) MUST_CHECK;

/* Was it refused (the answer is made)? After it was begun. */
bool transport_upload_is_refused(const struct transport_upload *upload);

/* The peer has gone. False: the caller frees the call; true: the executor will. */
bool transport_upload_leave(struct transport_upload *upload);
/* Nobody works for it any more; the stream was finished or abandoned. NULL is fine. */
void transport_upload_free(struct transport_upload *upload);

#endif
