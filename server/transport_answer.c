#include "server/transport_answer.h"

#include "core/base/clock.h"
#include "server/transport_call.h"
#include "server/transport_stream.h"

/* What a reader has to manage, at the least. */
#define LEAST_BYTES_A_SECOND 65536.0
#define SEND_SECONDS 10.0

/* The peer went before there was an answer: not a status of HTTP, but a common one in
 * logs. */
#define STATUS_PEER_GONE 499

static const char no_memory[] =
    "{\"type\":\"urn:logitd:problem:out_of_memory\",\"title\":\"not enough memory\","
    "\"status\":503,\"code\":\"out_of_memory\",\"detail\":\"not enough memory to answer; "
    "try again later\",\"request_id\":null,\"errors\":[]}";

/* ---- making ---- */

/* Of bytes that stay until the answer is sent. */
static struct MHD_Response *make_body(const void *bytes, size_t n)
{
    /* libmicrohttpd only reads them. */
    return MHD_create_response_from_buffer(n, (void *)(uintptr_t)(n > 0 ? bytes : ""),
                                           MHD_RESPMEM_PERSISTENT);
}

static bool add(struct MHD_Response *made, const char *name, const char *value)
{
    return MHD_add_response_header(made, name, value) == MHD_YES;
}

static bool add_headers(const struct transport_call *call, bool closes,
                        struct MHD_Response *made)
{
    const struct response *response = &call->exchange.response;
    bool fits = add(made, "X-Request-Id", call->id);
    if (response->content_type)
        fits = fits && add(made, "Content-Type", response->content_type);
    for (size_t i = 0; i < response->n_headers; i++)
        fits = fits && add(made, response->headers[i].name, response->headers[i].value);
    if (closes)
        fits = fits && add(made, "Connection", "close");
    return fits;
}

/* libmicrohttpd closes the file, also where the peer goes before it was sent. */
static struct MHD_Response *make_file(struct response *response)
{
    struct MHD_Response *made =
        MHD_create_response_from_fd64(response->file_bytes, response->file);
    if (made)
        response->file = -1;
    return made;
}

static struct MHD_Response *make_content(struct transport_call *call)
{
    struct response *response = &call->exchange.response;
    if (response_is_stream(response))
        return transport_stream_make(call);
    if (response->has_file)
        return make_file(response);
    return make_body(response->static_body ? response->static_body : response->body.bytes,
                     (size_t)response_body_bytes(response));
}

/* NULL without memory. */
static struct MHD_Response *make(struct transport_call *call, bool closes)
{
    struct MHD_Response *made = make_content(call);
    if (made && !add_headers(call, closes, made)) {
        MHD_destroy_response(made);
        return NULL;
    }
    return made;
}

struct MHD_Response *transport_answer_make_no_memory(void)
{
    struct MHD_Response *made = make_body(no_memory, sizeof(no_memory) - 1);
    if (made && add(made, "Content-Type", "application/problem+json") &&
        add(made, "Retry-After", "1") && add(made, "Connection", "close"))
        return made;
    if (made)
        MHD_destroy_response(made);
    return NULL;
}

/* ---- handing over ---- */

enum MHD_Result transport_answer(struct transport_call *call)
{
    exchange_settle(&call->exchange);
    const struct response *response = &call->exchange.response;
    bool is_early = call->phase == CALL_HEAD || call->phase == CALL_OPENING;
    double now = clock_seconds();
    double send_seconds =
        SEND_SECONDS + (double)response_body_bytes(response) / LEAST_BYTES_A_SECOND;
    bool closes = response->closes || atomic_load(&call->transport->is_draining);
    struct MHD_Response *made = make(call, closes);
    if (!made)
        return transport_answer_no_memory(call->transport, call->handle);
    call->phase = CALL_ANSWERED;
    call->connection->lingers = is_early || closes;
    reaper_answer(call->connection->socket, now + send_seconds);
    service_observe(call->transport->options.service, call->match.route, response->status,
                    now - call->started_at);
    enum MHD_Result result =
        MHD_queue_response(call->handle, (unsigned)response->status, made);
    MHD_destroy_response(made);
    return result;
}

enum MHD_Result transport_answer_no_memory(struct transport *transport,
                                           struct MHD_Connection *handle)
{
    service_observe(transport->options.service, NULL, 503, 0);
    return MHD_queue_response(handle, 503, transport->no_memory);
}

/* ---- the log ---- */

static int answered_status(const struct transport_call *call)
{
    if (call->phase == CALL_ANSWERED)
        return call->exchange.response.status;
    /* libmicrohttpd answers some malformed heads by itself. */
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(call->handle, MHD_CONNECTION_INFO_HTTP_STATUS);
    return info ? (int)info->http_status : STATUS_PEER_GONE;
}

void transport_answer_log(struct transport_call *call, double now)
{
    /* Without an answer of ours the executor may still be at the response. */
    bool is_answered = call->phase == CALL_ANSWERED;
    size_t n_bytes = call->n_streamed_bytes;
    const struct exchange *exchange = &call->exchange;
    const struct route *route = call->match.route;
    double seconds = now - call->started_at;
    int status = answered_status(call);
    if (!is_answered)
        service_observe(call->transport->options.service, route, status, seconds);
    const struct log_request entry = {
        .request_id = call->id,
        .method = call->head.path ? request_method_word(call->head.method) : NULL,
        .route = route ? route->name : NULL,
        .principal = exchange->request.principal.name,
        .status = status,
        .seconds = seconds,
        .request_bytes = call->n_head_bytes + call->n_body_bytes,
        .response_bytes =
            is_answered ? n_bytes + (size_t)response_body_bytes(&exchange->response) : 0,
        .fault = is_answered && error_is_set(&exchange->fault) ? &exchange->fault : NULL};
    log_answer(call->transport->options.log, &entry);
}
