#include "server/transport_spare.h"

#include <stddef.h>
#include <string.h>

#include "core/base/memory.h"

#define MOST_SPARES 64
#define SMALL_BODY_BYTES 4096
#define SMALL_ANSWER_BYTES 16384

/* ---- calls ---- */

struct transport_call *transport_spare_take(struct transport_worker *worker)
{
    struct transport_call *call = worker->spares;
    if (!call)
        return memory_new(1, sizeof(*call), NULL);
    worker->spares = call->next_spare;
    worker->n_spares--;
    memset(call, 0, offsetof(struct transport_call, exchange.response.headers));
    call->match.route = NULL;
    call->exchange.response.body = call->spare_answer;
    call->spare_answer = BUFFER_EMPTY;
    return call;
}

void transport_spare_give(struct transport_worker *worker, struct transport_call *call)
{
    if (worker->n_spares == MOST_SPARES) {
        transport_spare_free(call);
        return;
    }
    call->next_spare = worker->spares;
    worker->spares = call;
    worker->n_spares++;
}

void transport_spare_free(struct transport_call *call)
{
    buffer_free(&call->spare_body);
    buffer_free(&call->spare_answer);
    memory_free(call);
}

void transport_spare_free_all(struct transport_worker *worker)
{
    while (worker->spares) {
        struct transport_call *call = worker->spares;
        worker->spares = call->next_spare;
        transport_spare_free(call);
    }
    worker->n_spares = 0;
}

/* ---- bodies and answers ---- */

char *transport_spare_body(struct transport_call *call, size_t n, struct error *err)
{
    if (n >= SMALL_BODY_BYTES)
        return memory_resize(NULL, n + 1, 1, err);
    char *body = buffer_reserve(&call->spare_body, SMALL_BODY_BYTES - 1);
    if (!body)
        error_no_memory(err, SMALL_BODY_BYTES);
    return body;
}

void transport_spare_take_back(struct transport_call *call)
{
    struct buffer *answer = &call->exchange.response.body;
    if (call->body != call->spare_body.bytes)
        memory_free(call->body);
    call->body = NULL;
    buffer_clear(&call->spare_body);
    if (answer->capacity > SMALL_ANSWER_BYTES)
        return;
    buffer_clear(answer);
    call->spare_answer = *answer;
    *answer = BUFFER_EMPTY;
}
