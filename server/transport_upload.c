/*
 * `is_scheduled` says that a task of the upload is queued or runs; there is never more
 * than one. It works until nothing is left to do and then takes the flag back. Who finds
 * something to do while the flag is down submits the next.
 */
#include "server/transport_upload.h"

#include <string.h>

#include "core/base/memory.h"
#include "server/transport_call.h"
#include "server/transport_request.h"

#define PIECE_BYTES ((size_t)256 << 10)

struct transport_upload {
    struct transport_call *call;
    const struct route_stream *stream;
    struct executor_task task;
    size_t piece_bytes;

    /* Of the executor, and of the HTTP thread while the connection is suspended. */
    void *state; /* of the stream; NULL: refused, or over */
    char *writing;

    pthread_mutex_t lock; /* guards what follows */
    char *filling;
    size_t n_filled;
    bool is_scheduled;
    bool is_full;    /* the connection is suspended until there is room */
    bool is_ended;   /* the body is complete; the connection is suspended */
    bool is_refused; /* what still comes is thrown away */
    bool is_left;    /* the peer has gone */
};

static size_t piece_bytes(size_t content_length)
{
    if (content_length == 0)
        return 1; /* memory for nothing cannot be told from none */
    return content_length < PIECE_BYTES ? content_length : PIECE_BYTES;
}

size_t transport_upload_memory(size_t content_length)
{
    return 2 * piece_bytes(content_length);
}

/* ---- on the executor ---- */

static void abandon(struct transport_upload *upload)
{
    if (upload->state)
        upload->stream->abandon(upload->state);
    upload->state = NULL;
}

static void begin(void *context)
{
    struct transport_upload *upload = context;
    struct exchange *exchange = &upload->call->exchange;
    upload->state =
        upload->stream->begin(upload->call->transport->options.service, exchange);
    upload->is_refused = !upload->state;
    transport_call_resume(upload->call);
}

/* Under the lock, which is open while the stream writes. */
static void write_piece(struct transport_upload *upload)
{
    char *piece = upload->filling;
    size_t n = upload->n_filled;
    bool was_full = upload->is_full;
    upload->filling = upload->writing;
    upload->writing = piece;
    upload->n_filled = 0;
    upload->is_full = false;
    if (was_full)
        transport_call_resume(upload->call);
    pthread_mutex_unlock(&upload->lock);
    bool failed =
        upload->stream->write(upload->state, &upload->call->exchange, piece, n) < 0;
    if (failed)
        abandon(upload);
    pthread_mutex_lock(&upload->lock);
    upload->is_refused = upload->is_refused || failed;
}

/* The body is there and the connection suspended: nobody else has the upload. */
static void finish(struct transport_upload *upload)
{
    if (upload->state)
        upload->stream->finish(upload->state, &upload->call->exchange);
    upload->state = NULL;
    transport_call_resume(upload->call);
}

static void leave(struct transport_upload *upload)
{
    abandon(upload);
    transport_call_free(upload->call);
}

static void work(void *context)
{
    struct transport_upload *upload = context;
    pthread_mutex_lock(&upload->lock);
    while (upload->n_filled > 0 && !upload->is_refused && !upload->is_left)
        write_piece(upload);
    bool is_left = upload->is_left, is_ended = upload->is_ended;
    bool was_full = upload->is_full; /* and refused since */
    upload->is_full = false;
    upload->is_scheduled = false;
    if (was_full && !is_left)
        transport_call_resume(upload->call);
    pthread_mutex_unlock(&upload->lock);
    if (is_left)
        leave(upload);
    else if (is_ended)
        finish(upload);
}

/* Under the lock. */
static void schedule(struct transport_upload *upload)
{
    if (upload->is_scheduled)
        return;
    upload->is_scheduled = true;
    upload->task.run = work;
    executor_submit(upload->call->transport->executor, &upload->task);
}

/* ---- on the HTTP thread ---- */

static struct transport_upload *upload_new(struct transport_call *call, struct error *err)
{
    struct transport_upload *upload = memory_new(1, sizeof(*upload), err);
    if (!upload)
        return NULL;
    pthread_mutex_init(&upload->lock, NULL);
    upload->call = call;
    upload->stream = call->match.route->stream;
    upload->piece_bytes = piece_bytes(call->head.content_length);
    upload->filling = memory_resize(NULL, upload->piece_bytes, 1, err);
    if (upload->filling)
        upload->writing = memory_resize(NULL, upload->piece_bytes, 1, err);
    if (upload->writing && transport_request_own_head(call, err) == 0)
        return upload;
    memory_free(upload->filling);
    memory_free(upload->writing);
    pthread_mutex_destroy(&upload->lock);
    memory_free(upload);
    return NULL;
}

int transport_upload_open(struct transport_call *call, struct error *err)
{
    call->upload = upload_new(call, err);
    return call->upload ? 0 : -1;
}

bool transport_upload_begin(struct transport_upload *upload)
{
    upload->task = (struct executor_task){.run = begin, .context = upload};
    if (!transport_call_suspend(upload->call))
        return false;
    executor_submit(upload->call->transport->executor, &upload->task);
    return true;
}

bool transport_upload_is_refused(const struct transport_upload *upload)
{
    return upload->is_refused;
}

/* Under the lock. As many as fit. */
static size_t fill(struct transport_upload *upload, const char *bytes, size_t n)
{
    size_t room = upload->piece_bytes - upload->n_filled;
    size_t n_taken = n < room ? n : room;
    memcpy(upload->filling + upload->n_filled, bytes, n_taken);
    upload->n_filled += n_taken;
    schedule(upload);
    return n_taken;
}

bool transport_upload_take(struct transport_upload *upload, const char *bytes, size_t *n)
{
    bool goes_on = true;
    pthread_mutex_lock(&upload->lock);
    if (!upload->is_refused) {
        size_t n_taken = fill(upload, bytes, *n);
        if (n_taken < *n) {
            goes_on = transport_call_suspend(upload->call);
            upload->is_full = goes_on;
        }
        *n = n_taken;
    }
    pthread_mutex_unlock(&upload->lock);
    return goes_on;
}

bool transport_upload_finish(struct transport_upload *upload)
{
    pthread_mutex_lock(&upload->lock);
    upload->is_ended = transport_call_suspend(upload->call);
    if (upload->is_ended)
        schedule(upload);
    bool goes_on = upload->is_ended;
    pthread_mutex_unlock(&upload->lock);
    return goes_on;
}

bool transport_upload_leave(struct transport_upload *upload)
{
    pthread_mutex_lock(&upload->lock);
    bool goes_on = upload->is_scheduled || upload->state;
    upload->is_left = true;
    if (goes_on) {
        schedule(upload);
    }
    pthread_mutex_unlock(&upload->lock);
    return goes_on;
}

void transport_upload_free(struct transport_upload *upload)
{
    if (!upload)
        return;
    transport_request_free_head(upload->call);
    memory_free(upload->filling);
    memory_free(upload->writing);
    pthread_mutex_destroy(&upload->lock);
    memory_free(upload);
}
