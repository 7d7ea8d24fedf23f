#include "api/job_event_stream.h"

#include <inttypes.h>
#include <string.h>

#include "api/job_event_json.h"
#include "api/service_internal.h"
#include "core/base/memory.h"
#include "core/jobs/jobs_follow.h"

/* What proxies and load balancers let a connection be silent is a minute, as a rule. */
#define QUIET_SECONDS 15.0
/* When a browser asks again after the connection broke. */
#define RETRY_MILLISECONDS 2000
/* So much is written at a time. */
#define PIECE_BYTES 8192U

struct job_event_stream {
    struct service *service;
    struct jobs_follower follower;
    uint64_t after;        /* the last event that was written */
    struct buffer pending; /* written and not yet sent, from `n_sent` on */
    size_t n_sent;
};

/* ---- writing ---- */

static bool write_event(void *context, const struct job_log_view *view)
{
    struct job_event_stream *stream = context;
    struct buffer *out = &stream->pending;
    const struct job_event *event = view->event;
    struct json_writer json;
    buffer_printf(out, "id: %" PRIu64 "\nevent: %s\ndata: ", event->id,
                  job_log_word(event->kind));
    json = json_write_start(out);
    job_event_json_write(&json, view);
    buffer_append_string(out, "\n\n");
    stream->after = event->id;
    return out->n_bytes < PIECE_BYTES;
}

static void write_more(struct job_event_stream *stream, bool is_due)
{
    buffer_clear(&stream->pending);
    stream->n_sent = 0;
    job_log_each(stream->follower.log, stream->after, write_event, stream);
    if (is_due && stream->pending.n_bytes == 0)
        buffer_append_string(&stream->pending, ":\n\n");
}

/* ---- the stream ---- */

static ptrdiff_t send_pending(struct job_event_stream *stream, char *bytes, size_t n_most)
{
    size_t n = stream->pending.n_bytes - stream->n_sent;
    n = n < n_most ? n : n_most;
    if (n > 0)
        memcpy(bytes, stream->pending.bytes + stream->n_sent, n);
    stream->n_sent += n;
    return (ptrdiff_t)n;
}

static ptrdiff_t read_more(void *state, char *bytes, size_t n, bool is_due)
{
    struct job_event_stream *stream = state;
    if (stream->n_sent == stream->pending.n_bytes) {
        if (job_log_is_over(stream->follower.log, stream->after))
            return RESPONSE_STREAM_END;
        write_more(stream, is_due);
    }
    return stream->pending.failed ? RESPONSE_STREAM_BROKEN
                                  : send_pending(stream, bytes, n);
}

static void watch(void *state, void (*wake)(void *context), void *context)
{
    struct job_event_stream *stream = state;
    stream->follower.wake = wake;
    stream->follower.context = context;
    jobs_follow_add(jobs_followers(stream->service->jobs), &stream->follower);
}

static void end(void *state)
{
    struct job_event_stream *stream = state;
    if (stream->follower.wake)
        jobs_follow_remove(jobs_followers(stream->service->jobs), &stream->follower);
    job_log_release(stream->follower.log);
    buffer_free(&stream->pending);
    memory_free(stream);
}

int job_event_stream_respond(struct service *service, struct job_log *log, uint64_t after,
                             struct response *response, struct error *err)
{
    struct job_event_stream *stream = memory_new(1, sizeof(*stream), err);
    if (!stream)
        return -1;
    stream->service = service;
    stream->follower.log = job_log_retain(log);
    stream->after = after;
    /* At once, so that the client sees that it is connected. */
    buffer_printf(&stream->pending, "retry: %d\n\n", RETRY_MILLISECONDS);
    response_start_stream(response, 200, JOB_EVENT_STREAM_TYPE,
                          &(struct response_stream){.read = read_more,
                                                    .watch = watch,
                                                    .close = end,
                                                    .state = stream,
                                                    .quiet_seconds = QUIET_SECONDS});
    response_header(response, "Cache-Control", "no-store");
    response_header(response, "X-Accel-Buffering", "no"); /* nginx would hold it back */
    return 0;
}
