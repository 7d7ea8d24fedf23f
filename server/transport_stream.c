#include "server/transport_stream.h"

#include "core/base/clock.h"
#include "server/transport_call.h"

/* libmicrohttpd asks for so many at a time of a body that is not chunked. */
#define PIECE_BYTES 4096

/* Between the HTTP thread that finds nothing to send and those who have news. */
enum stream_news {
    STREAM_READS, /* the HTTP thread is looking */
    STREAM_WAITS, /* it has found nothing, and whoever has news resumes the connection */
    STREAM_WOKEN, /* there are news, and it will look */
};

static void wake(struct transport_call *call)
{
    if (atomic_exchange(&call->news, STREAM_WOKEN) == STREAM_WAITS)
        transport_call_resume(call);
}

static void on_news(void *context)
{
    wake(context);
}

static void on_due(void *context)
{
    struct transport_call *call = context;
    atomic_store(&call->is_due, true);
    wake(call);
}

/* Suspends the connection until there are news; draining, the stream ends here. */
static ssize_t wait_for_news(struct transport_call *call)
{
    int reads = STREAM_READS;
    double quiet_seconds = call->exchange.response.stream.quiet_seconds;
    if (atomic_load(&call->transport->is_draining) || !transport_call_suspend(call))
        return MHD_CONTENT_READER_END_OF_STREAM;
    reaper_wait(call->connection->socket, clock_seconds() + quiet_seconds);
    if (!atomic_compare_exchange_strong(&call->news, &reads, STREAM_WAITS))
        transport_call_resume(call); /* there were some in between */
    return 0;
}

static ssize_t read_more(void *context, uint64_t position, char *bytes, size_t n_most)
{
    struct transport_call *call = context;
    const struct response_stream *stream = &call->exchange.response.stream;
    (void)position;
    transport_call_awake(call);
    atomic_store(&call->news, STREAM_READS);
    ptrdiff_t n =
        stream->read(stream->state, bytes, n_most, atomic_exchange(&call->is_due, false));
    if (n == 0)
        return wait_for_news(call);
    reaper_flow(call->connection->socket, clock_seconds());
    if (n < 0)
        return n == RESPONSE_STREAM_END ? MHD_CONTENT_READER_END_OF_STREAM
                                        : MHD_CONTENT_READER_END_WITH_ERROR;
    call->n_streamed_bytes += (size_t)n;
    return n;
}

struct MHD_Response *transport_stream_make(struct transport_call *call)
{
    const struct response_stream *stream = &call->exchange.response.stream;
    struct MHD_Response *made = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, PIECE_BYTES, read_more, call, NULL);
    if (!made)
        return NULL;
    reaper_begin_stream(call->connection->socket, on_due, call);
    stream->watch(stream->state, on_news, call);
    return made;
}

void transport_stream_end(struct transport_call *call)
{
    if (call->phase != CALL_ANSWERED || !response_is_stream(&call->exchange.response))
        return;
    reaper_end_stream(call->connection->socket);
    response_end_stream(&call->exchange.response);
}
