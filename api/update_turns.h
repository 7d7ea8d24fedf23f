/*
 * Whose turn it is: what changes a model's working copy, or deletes what that may stand
 * on, is done one after the other for a model, in the order in which it came, and side by
 * side for different ones. Who waits holds no thread: who is at work goes on with the
 * next. Thread-safe.
 */
#ifndef LOGITD_API_UPDATE_TURNS_H
#define LOGITD_API_UPDATE_TURNS_H

#include <pthread.h>

#include "api/router.h"

struct update_turn;

struct update_turns {
    pthread_mutex_t lock;
    struct update_turn *running;      /* one of a model at most */
    struct update_turn *first, *last; /* that wait, of models of which one is running */
};

void update_turns_start(struct update_turns *turns);
void update_turns_end(struct update_turns *turns); /* none may be left */

/* Runs the handler, which completes the exchange, once it is the turn of the model that
 * the path names: on this thread, or later on the one that has it now. Without memory the
 * answer is 503. */
void update_turns_run(struct service *service, struct exchange *exchange, route_fn *run);

#endif
