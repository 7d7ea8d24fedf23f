/*
 * Two tasks work on the pieces, each on all of them in their order: one writes them to
 * the stream, the other has them digested. A task is submitted when a piece is complete,
 * or the body, and works until nothing is left to do; who finds something to do after
 * that submits it again. What comes then is up to the task that ends last.
 */
#include "server/transport_upload.h"

#include <string.h>

#include "core/base/memory.h"
#include "server/transport_call.h"
#include "server/transport_request.h"

#define PIECE_BYTES ((size_t)256 << 10)
#define MOST_PIECES 4U
#define N_TASKS 2U

typedef int piece_fn(struct transport_upload *upload, const char *bytes, size_t n);

struct upload_task {
    struct transport_upload *upload;
    piece_fn *take;
    uint64_t n_done; /* pieces */
    bool is_scheduled;
    struct executor_task task;
};

struct transport_upload {
    struct transport_call *call;
    const struct route_stream *stream;
    struct executor_task opening;
    size_t piece_bytes, n_pieces;
    char *pieces; /* [n_pieces × piece_bytes], filled in turn */

    /* Of the tasks, and of the HTTP thread while the connection is suspended. */
    void *state; /* of the stream; NULL: refused, or over */

    pthread_mutex_t lock; /* guards what follows */
    struct upload_task tasks[N_TASKS];
    size_t n_bytes[MOST_PIECES]; /* in each */
    uint64_t n_complete;         /* pieces, in all */
    size_t n_filled;             /* bytes of the one behind them */
    bool is_full;                /* the connection is suspended until there is room */
    bool is_ended;               /* the body is complete; the connection is suspended */
    bool is_refused;             /* what still comes is thrown away */
    bool is_left;                /* the peer has gone */
};

static size_t piece_bytes(size_t content_length)
{
    if (content_length == 0)
        return 1; /* memory for nothing cannot be told from none */
    return content_length < PIECE_BYTES ? content_length : PIECE_BYTES;
}

static size_t count_pieces(size_t content_length)
{
    size_t n = content_length / PIECE_BYTES + 1;
    return n < MOST_PIECES ? n : MOST_PIECES;
}

size_t transport_upload_memory(size_t content_length)
{
    return count_pieces(content_length) * piece_bytes(content_length);
}

/* ---- on the executor ---- */

static void begin(void *context)
{
    struct transport_upload *upload = context;
    struct exchange *exchange = &upload->call->exchange;
    upload->state =
        upload->stream->begin(upload->call->transport->options.service, exchange);
    upload->is_refused = !upload->state;
    transport_call_resume(upload->call);
}

static int write_piece(struct transport_upload *upload, const char *bytes, size_t n)
{
    return upload->stream->write(upload->state, &upload->call->exchange, bytes, n);
}

static int digest_piece(struct transport_upload *upload, const char *bytes, size_t n)
{
    upload->stream->digest(upload->state, bytes, n);
    return 0;
}

/* Under the lock. Pieces that may be filled, the one that is being filled included. */
static size_t count_free(const struct transport_upload *upload)
{
    uint64_t n_done = upload->n_complete;
    for (size_t i = 0; i < N_TASKS; i++)
        n_done = upload->tasks[i].n_done < n_done ? upload->tasks[i].n_done : n_done;
    return upload->n_pieces - (size_t)(upload->n_complete - n_done);
}

/* Under the lock. The peer waits until there is room that is worth waking up for. */
static void go_on(struct transport_upload *upload)
{
    if (!upload->is_full ||
        (!upload->is_refused && 2 * count_free(upload) < upload->n_pieces))
        return;
    upload->is_full = false;
    transport_call_resume(upload->call);
}

/* Under the lock, which is open while the piece is looked at. */
static void take_piece(struct upload_task *task)
{
    struct transport_upload *upload = task->upload;
    size_t slot = task->n_done % upload->n_pieces, n = upload->n_bytes[slot];
    pthread_mutex_unlock(&upload->lock);
    bool failed = task->take(upload, upload->pieces + slot * upload->piece_bytes, n) < 0;
    pthread_mutex_lock(&upload->lock);
    upload->is_refused = upload->is_refused || failed;
    task->n_done++;
    go_on(upload);
}

/* Under the lock. */
static bool is_idle(const struct transport_upload *upload)
{
    for (size_t i = 0; i < N_TASKS; i++)
        if (upload->tasks[i].is_scheduled)
            return false;
    return true;
}

/* The body is there and the connection suspended: nobody else has the upload. */
static void finish(struct transport_upload *upload)
{
    if (upload->state)
        upload->stream->finish(upload->state, &upload->call->exchange);
    upload->state = NULL;
    transport_call_resume(upload->call);
}

/* The last task has ended; the lock is held, and then open. What is taken out under it is
 * this thread's, as the next task may begin, or the call be over, as soon as it is open.
 */
static void settle(struct transport_upload *upload)
{
    const struct route_stream *stream = upload->stream;
    bool is_left = upload->is_left, is_ended = upload->is_ended;
    void *abandoned = is_left || upload->is_refused ? upload->state : NULL;
    if (abandoned)
        upload->state = NULL;
    pthread_mutex_unlock(&upload->lock);
    if (abandoned)
        stream->abandon(abandoned);
    if (is_left)
        transport_call_free(upload->call);
    else if (is_ended)
        finish(upload);
}

static void work(void *context)
{
    struct upload_task *task = context;
    struct transport_upload *upload = task->upload;
    pthread_mutex_lock(&upload->lock);
    while (task->n_done < upload->n_complete && !upload->is_refused && !upload->is_left)
        take_piece(task);
    task->is_scheduled = false;
    if (is_idle(upload))
        settle(upload);
    else
        pthread_mutex_unlock(&upload->lock);
}

/* Under the lock. */
static void schedule(struct transport_upload *upload)
{
    for (size_t i = 0; i < N_TASKS; i++) {
        struct upload_task *task = &upload->tasks[i];
        if (task->is_scheduled)
            continue;
        task->is_scheduled = true;
        executor_submit(upload->call->transport->executor, &task->task);
    }
}

/* ---- on the HTTP thread ---- */

static void start_tasks(struct transport_upload *upload)
{
    static piece_fn *const takes[N_TASKS] = {write_piece, digest_piece};
    for (size_t i = 0; i < N_TASKS; i++) {
        struct upload_task *task = &upload->tasks[i];
        *task = (struct upload_task){.upload = upload, .take = takes[i]};
        task->task = (struct executor_task){.run = work, .context = task};
    }
}

static struct transport_upload *upload_new(struct transport_call *call, struct error *err)
{
    struct transport_upload *upload = memory_new(1, sizeof(*upload), err);
    if (!upload)
        return NULL;
    pthread_mutex_init(&upload->lock, NULL);
    upload->call = call;
    upload->stream = call->match.route->stream;
    upload->piece_bytes = piece_bytes(call->head.content_length);
    upload->n_pieces = count_pieces(call->head.content_length);
    start_tasks(upload);
    upload->pieces = memory_resize(NULL, upload->n_pieces, upload->piece_bytes, err);
    if (upload->pieces && transport_request_own_head(call, err) == 0)
        return upload;
    memory_free(upload->pieces);
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
    upload->opening = (struct executor_task){.run = begin, .context = upload};
    if (!transport_call_suspend(upload->call))
        return false;
    executor_submit(upload->call->transport->executor, &upload->opening);
    return true;
}

bool transport_upload_is_refused(const struct transport_upload *upload)
{
    return upload->is_refused;
}

/* Under the lock. */
static void complete_piece(struct transport_upload *upload)
{
    upload->n_bytes[upload->n_complete % upload->n_pieces] = upload->n_filled;
    upload->n_complete++;
    upload->n_filled = 0;
    schedule(upload);
}

/* Under the lock. As many as fit. */
static size_t fill(struct transport_upload *upload, const char *bytes, size_t n)
{
    size_t n_taken = 0;
    while (n_taken < n && count_free(upload) > 0) {
        size_t slot = upload->n_complete % upload->n_pieces;
        char *to = upload->pieces + slot * upload->piece_bytes + upload->n_filled;
        size_t room = upload->piece_bytes - upload->n_filled, left = n - n_taken;
        size_t taken = left < room ? left : room;
        memcpy(to, bytes + n_taken, taken);
        n_taken += taken;
        upload->n_filled += taken;
        if (upload->n_filled == upload->piece_bytes)
            complete_piece(upload);
    }
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
    bool goes_on = upload->is_ended;
    if (goes_on && upload->n_filled > 0)
        complete_piece(upload);
    if (goes_on)
        schedule(upload);
    pthread_mutex_unlock(&upload->lock);
    return goes_on;
}

bool transport_upload_leave(struct transport_upload *upload)
{
    pthread_mutex_lock(&upload->lock);
    bool goes_on = !is_idle(upload) || upload->state;
    upload->is_left = true;
    if (goes_on && is_idle(upload))
        schedule(upload);
    pthread_mutex_unlock(&upload->lock);
    return goes_on;
}

void transport_upload_free(struct transport_upload *upload)
{
    if (!upload)
        return;
    transport_request_free_head(upload->call);
    memory_free(upload->pieces);
    pthread_mutex_destroy(&upload->lock);
    memory_free(upload);
}
