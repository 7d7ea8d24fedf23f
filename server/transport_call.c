#include "server/transport_call.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "api/dispatch.h"
#include "api/problem.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "server/transport_admit.h"
#include "server/transport_answer.h"
#include "server/transport_request.h"
#include "server/transport_spare.h"
#include "server/transport_stream.h"
#include "server/transport_upload.h"
#include "server/transport_worker.h"

/* Of a refused request so much of the body is read to keep the connection; beyond it the
 * refusal goes out at once and the connection ends. */
#define MOST_SWALLOWED_BYTES 65536

/* A handler that is quick with a small body may take its time with a big one, in which
 * the other connections of the HTTP thread would wait. Where there is no other, one that
 * comes meanwhile would, for less long than another thread is worth. */
#define MOST_INLINE_BYTES 262144
#define MOST_INLINE_BYTES_ALONE ((size_t)1 << 20)

/* Body and answer of a request after which memory is given back. */
#define BIG_BYTES ((size_t)1 << 20)

/* What a writer has to manage, at the least. */
#define LEAST_BYTES_A_SECOND 65536.0
#define BODY_SECONDS 10.0

/* ---- suspending ---- */

/* transport_stop first says that it ends and then waits for the count to be 0, here it is
 * the other way round: one of both sees the other. */
bool transport_call_suspend(struct transport_call *call)
{
    struct transport *transport = call->transport;
    atomic_fetch_add(&transport->n_suspended, 1);
    if (atomic_load(&transport->is_ending)) {
        atomic_fetch_sub(&transport->n_suspended, 1);
        return false;
    }
    call->is_suspended = true;
    call->suspended_at = clock_seconds();
    reaper_never(call->connection->socket);
    MHD_suspend_connection(call->handle);
    return true;
}

void transport_call_resume(struct transport_call *call)
{
    transport_worker_resume(call->connection->worker, call->handle);
}

/* The time in which the peer had to wait is not the peer's. */
void transport_call_awake(struct transport_call *call)
{
    if (!call->is_suspended)
        return;
    call->is_suspended = false;
    atomic_fetch_sub(&call->transport->n_suspended, 1);
    if (call->body_until > 0) {
        call->body_until += clock_seconds() - call->suspended_at;
        reaper_body(call->connection->socket, call->body_until);
    }
}

/* ---- handlers ---- */

static void on_complete(struct exchange *exchange)
{
    struct transport_call *call = exchange->transport;
    /* In the other case the HTTP thread may free the call from here on. */
    if (atomic_exchange(&call->progress, CALL_PROGRESS_DONE) == CALL_PROGRESS_SUSPENDED)
        transport_call_resume(call);
}

static void run_handler(void *context)
{
    struct transport_call *call = context;
    dispatch(call->transport->options.service, call->match.route, &call->exchange);
}

/* For a handler that goes on while the transport ends: those who wait for something have
 * been answered by then, so that it will not be long. */
static enum MHD_Result wait_here(struct transport_call *call)
{
    const struct timespec pause = {.tv_nsec = 1000 * 1000};
    while (atomic_load(&call->progress) != CALL_PROGRESS_DONE)
        nanosleep(&pause, NULL);
    return transport_answer(call);
}

static enum MHD_Result run_here(struct transport_call *call)
{
    int here = CALL_PROGRESS_HERE;
    atomic_store(&call->progress, here);
    run_handler(call);
    if (atomic_load(&call->progress) == CALL_PROGRESS_DONE)
        return transport_answer(call);
    if (!transport_call_suspend(call))
        return wait_here(call);
    if (!atomic_compare_exchange_strong(&call->progress, &here, CALL_PROGRESS_SUSPENDED))
        transport_call_resume(call); /* completed in between */
    return MHD_YES;
}

static enum MHD_Result run_on_executor(struct transport_call *call)
{
    atomic_store(&call->progress, CALL_PROGRESS_SUSPENDED);
    call->task = (struct executor_task){.run = run_handler, .context = call};
    if (!transport_call_suspend(call))
        return MHD_NO;
    executor_submit(call->transport->executor, &call->task);
    return MHD_YES;
}

static bool is_quick(const struct transport_call *call)
{
    size_t most = call->connection->worker->n_connections == 1 ? MOST_INLINE_BYTES_ALONE
                                                               : MOST_INLINE_BYTES;
    return call->match.route->thread == ROUTE_INLINE && call->n_body_bytes <= most;
}

static enum MHD_Result run(struct transport_call *call)
{
    call->phase = CALL_RUNNING;
    call->body_until = 0;
    if (call->body) {
        call->body[call->n_body_bytes] = '\0';
        call->exchange.request.body = call->body;
        call->exchange.request.body_bytes = call->n_body_bytes;
    }
    return is_quick(call) ? run_here(call) : run_on_executor(call);
}

/* ---- the head is there ---- */

static void expect_body(struct transport_call *call, enum call_phase phase)
{
    size_t n = call->head.content_length;
    call->phase = phase;
    if (n == 0)
        return;
    call->body_until = clock_seconds() + BODY_SECONDS + (double)n / LEAST_BYTES_A_SECOND;
    reaper_body(call->connection->socket, call->body_until);
}

/* The answer is made. libmicrohttpd keeps a connection only if all of the request was
 * read before. */
static enum MHD_Result refuse(struct transport_call *call)
{
    if (call->head.content_length > MOST_SWALLOWED_BYTES || call->head.expects_continue ||
        call->exchange.response.closes)
        return transport_answer(call);
    expect_body(call, CALL_REFUSED);
    return MHD_YES;
}

/* The parser may have another idea of where this request ends than the next server has:
 * nothing behind it is read. */
static enum MHD_Result refuse_at_gate(struct transport_call *call,
                                      enum gate_reason reason)
{
    atomic_fetch_add(&call->transport->n_refused[reason], 1);
    problem_respond_status(&call->exchange, gate_status(reason), gate_code(reason), "%s",
                           gate_detail(reason));
    call->exchange.response.closes = true;
    return transport_answer(call);
}

static enum MHD_Result open_whole_body(struct transport_call *call)
{
    struct error err = {0};
    size_t n = call->head.content_length;
    if (n > 0 && !(call->body = transport_spare_body(call, n, &err))) {
        problem_respond(&call->exchange, &err);
        return refuse(call);
    }
    expect_body(call, CALL_BODY);
    return MHD_YES;
}

static enum MHD_Result open_stream(struct transport_call *call)
{
    struct error err = {0};
    call->phase = CALL_OPENING;
    if (transport_upload_open(call, &err) == 0)
        return transport_upload_begin(call->upload) ? MHD_YES : MHD_NO;
    problem_respond(&call->exchange, &err);
    return refuse(call);
}

static enum MHD_Result on_head(struct transport_call *call, const char *method,
                               const char *place, const char *version)
{
    enum gate_reason reason = transport_request_read_head(call, method, place, version);
    if (reason != GATE_PASSED)
        return refuse_at_gate(call, reason);
    if (!transport_admit(call))
        return refuse(call);
    return call->match.route->body == ROUTE_BODY_STREAM ? open_stream(call)
                                                        : open_whole_body(call);
}

static enum MHD_Result on_opened(struct transport_call *call)
{
    if (transport_upload_is_refused(call->upload))
        return refuse(call);
    expect_body(call, CALL_BODY);
    return MHD_YES;
}

/* ---- the body ---- */

static enum MHD_Result on_bytes(struct transport_call *call, const char *bytes, size_t *n)
{
    size_t n_taken = *n;
    if (call->phase == CALL_BODY && call->upload) {
        if (!transport_upload_take(call->upload, bytes, &n_taken))
            return MHD_NO;
    } else if (call->phase == CALL_BODY) {
        assert(call->n_body_bytes + *n <= call->head.content_length);
        memcpy(call->body + call->n_body_bytes, bytes, *n);
    }
    call->n_body_bytes += n_taken;
    *n -= n_taken;
    return MHD_YES;
}

static enum MHD_Result on_end(struct transport_call *call)
{
    if (!call->upload)
        return run(call);
    call->phase = CALL_RUNNING;
    call->body_until = 0;
    return transport_upload_finish(call->upload) ? MHD_YES : MHD_NO;
}

/* ---- what libmicrohttpd calls ---- */

static struct transport_connection *connection_of(struct MHD_Connection *handle)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* The query is ours to decode. Cut off here it costs libmicrohttpd nothing; more than 600
 * parameters would exhaust its pool, and the peer would get no answer. The text is in the
 * connection's own memory, where libmicrohttpd is about to cut it up at the same place.
 */
static void hide_query(const char *target)
{
    char *query = strchr((char *)(uintptr_t)target, '?');
    if (query && query[1])
        query[1] = '\0';
}

void *transport_call_begin(void *worker, const char *target,
                           struct MHD_Connection *handle)
{
    struct transport *transport = ((struct transport_worker *)worker)->transport;
    struct transport_connection *connection = connection_of(handle);
    struct transport_call *call = connection ? transport_spare_take(worker) : NULL;
    if (!call)
        return NULL;
    call->transport = transport;
    call->worker = worker;
    call->handle = handle;
    call->connection = connection;
    call->exchange.complete = on_complete;
    call->exchange.transport = call;
    call->started_at = clock_seconds();
    service_note_request(transport->options.service, call->started_at);
    reaper_head(connection->socket, call->started_at);
    atomic_fetch_add(&transport->n_calls, 1);
    transport_request_make_id(call);
    transport_request_keep_target(call, target);
    hide_query(target);
    return call;
}

enum MHD_Result transport_call_step(void *worker, struct MHD_Connection *handle,
                                    const char *url, const char *method,
                                    const char *version, const char *bytes, size_t *n,
                                    void **slot)
{
    struct transport_call *call = *slot;
    if (!call)
        return transport_answer_no_memory(((struct transport_worker *)worker)->transport,
                                          handle);
    transport_call_awake(call);
    if (call->phase == CALL_HEAD)
        return on_head(call, method, url, version);
    if (call->phase == CALL_OPENING)
        return on_opened(call);
    if (*n > 0)
        return on_bytes(call, bytes, n);
    return call->phase == CALL_BODY ? on_end(call) : transport_answer(call);
}

/* What it holds, but for its spare memory. What a big one leaves between blocks that are
 * kept goes back to the kernel: the threshold in main.c is for the end of a heap alone.
 */
static void release(struct transport_call *call)
{
    struct transport *transport = call->transport;
    size_t n_bytes = call->n_body_bytes + call->exchange.response.body.capacity;
    transport_upload_free(call->upload);
    transport_spare_take_back(call);
    response_free(&call->exchange.response);
    keys_release(&call->grant);
    if (call->n_admitted_bytes > 0)
        service_release(transport->options.service, call->n_admitted_bytes);
    if (n_bytes > BIG_BYTES)
        memory_give_back();
    atomic_fetch_sub(&transport->n_calls, 1);
}

void transport_call_end(void *worker, struct MHD_Connection *handle, void **slot,
                        enum MHD_RequestTerminationCode reason)
{
    struct transport_call *call = *slot;
    (void)handle;
    (void)reason;
    if (!call)
        return;
    *slot = NULL;
    transport_call_awake(call);
    transport_stream_end(call);
    double now = clock_seconds();
    reaper_idle(call->connection->socket, now);
    transport_answer_log(call, now);
    if (call->upload && transport_upload_leave(call->upload))
        return; /* the executor has it */
    release(call);
    transport_spare_give(worker, call);
}

void transport_call_free(struct transport_call *call)
{
    release(call);
    transport_spare_free(call);
}
