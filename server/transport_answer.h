/*
 * From struct response to libmicrohttpd.
 */
#ifndef LOGITD_SERVER_TRANSPORT_ANSWER_H
#define LOGITD_SERVER_TRANSPORT_ANSWER_H

#include "server/transport_internal.h"

/* Hands the call's response over. Before the body was read the connection closes after
 * it, whatever is left to read. */
enum MHD_Result transport_answer(struct transport_call *call);

/* Answers without a call, for there is no memory for one; the connection closes. */
enum MHD_Result transport_answer_no_memory(struct transport *transport,
                                           struct MHD_Connection *handle);
/* NULL without memory. */
struct MHD_Response *transport_answer_make_no_memory(void);

/* What the call came to, when it is over, now: its line in the log. */
void transport_answer_log(struct transport_call *call, double now);

#endif
