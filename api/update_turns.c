#include "api/update_turns.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "api/problem.h"
#include "api/service_internal.h"
#include "core/base/memory.h"

struct update_turn {
    char model[ROUTER_MAX_PARAM_BYTES]; /* outlives the exchange */
    struct exchange *exchange;
    route_fn *run;
    struct update_turn *next;
};

void update_turns_start(struct update_turns *turns)
{
    pthread_mutex_init(&turns->lock, NULL);
    turns->running = turns->first = turns->last = NULL;
}

void update_turns_end(struct update_turns *turns)
{
    assert(!turns->running && !turns->first);
    pthread_mutex_destroy(&turns->lock);
}

/* The place of the first of a list that is of the model; its NULL where none is. */
static struct update_turn **find(struct update_turn **at, const char *model)
{
    while (*at && strcmp((*at)->model, model) != 0)
        at = &(*at)->next;
    return at;
}

static void start(struct update_turns *turns, struct update_turn *turn)
{
    turn->next = turns->running;
    turns->running = turn;
}

/* False: it waits. */
static bool begin(struct update_turns *turns, struct update_turn *turn)
{
    pthread_mutex_lock(&turns->lock);
    bool is_free = *find(&turns->running, turn->model) == NULL;
    if (is_free) {
        start(turns, turn);
    } else {
        *(turns->first ? &turns->last->next : &turns->first) = turn;
        turns->last = turn;
    }
    pthread_mutex_unlock(&turns->lock);
    return is_free;
}

/* Takes out of those that wait. */
static void take(struct update_turns *turns, struct update_turn **at)
{
    struct update_turn *taken = *at;
    *at = taken->next;
    if (turns->last == taken) {
        turns->last = turns->first;
        while (turns->last && turns->last->next)
            turns->last = turns->last->next;
    }
}

/* The next one of the model, which is running now; NULL: there is none. */
static struct update_turn *end(struct update_turns *turns, struct update_turn *turn)
{
    pthread_mutex_lock(&turns->lock);
    struct update_turn **running = find(&turns->running, turn->model);
    struct update_turn **waiting = find(&turns->first, turn->model);
    struct update_turn *next = *waiting;
    *running = turn->next;
    if (next) {
        take(turns, waiting);
        start(turns, next);
    }
    pthread_mutex_unlock(&turns->lock);
    memory_free(turn);
    return next;
}

void update_turns_run(struct service *service, struct exchange *exchange, route_fn *run)
{
    struct error err = {0};
    struct update_turn *turn = memory_new(1, sizeof(*turn), &err);
    if (!turn) {
        problem_respond(exchange, &err);
        exchange_complete(exchange);
        return;
    }
    snprintf(turn->model, sizeof(turn->model), "%s", exchange->request.params[0]);
    turn->exchange = exchange;
    turn->run = run;
    if (!begin(&service->turns, turn))
        return;
    for (; turn; turn = end(&service->turns, turn))
        turn->run(service, turn->exchange);
}
