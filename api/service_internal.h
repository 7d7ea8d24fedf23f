/*
 * What is inside the service: for the handlers and the runner of jobs alone.
 */
#ifndef LOGITD_API_SERVICE_INTERNAL_H
#define LOGITD_API_SERVICE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/dialect/invocations_model.h"
#include "api/metrics.h"
#include "api/registry.h"
#include "api/service.h"
#include "api/update_turns.h"
#include "core/base/budget.h"
#include "core/base/latency.h"
#include "core/base/stop.h"
#include "core/jobs/jobs.h"
#include "core/model/fit_room.h"
#include "core/store/store.h"

struct service {
    struct service_options options;
    struct store *store;
    struct registry *registry;
    struct jobs *jobs;
    struct metrics *metrics;
    struct buffer openapi_json; /* openapi.yaml as JSON */
    struct budget budget;
    struct invocations_model invocations_model; /* constant */

    /* Held from before a commit that changes models, versions or aliases until the
     * registry has followed; makes version numbers unique and keeps both in the same
     * order. */
    pthread_mutex_t catalogue;
    /* Of who changes a model's working copy, or deletes a version on which it may stand;
     * begun before the catalogue is held. */
    struct update_turns turns;
    /* Held for reading from finding a dataset until the job that needs it is durable, for
     * writing while a dataset is deleted: so no live job loses its data. */
    pthread_rwlock_t datasets;

    /* Held while the live jobs of a caller with a limit are counted and one more becomes
     * durable. */
    pthread_mutex_t owners;

    int64_t opened_microseconds; /* wall clock */
    struct latency fits;         /* that succeeded: how long they took */
    atomic_uint n_shadows;       /* requests whose rows wait for a shadow, or are in it */

    _Atomic double asked_at;   /* the last request, or one soon before it */
    _Atomic double pressed_at; /* the last that came soon after another */
    atomic_bool is_draining;
    _Atomic double work_ends_at; /* by clock_seconds(); INFINITY unless it is draining */
};

/* A line for the log; levels as in struct service_options. */
#define SERVICE_LOG_INFO 1
#define SERVICE_LOG_WARNING 2
#define SERVICE_LOG_ERROR 3
void service_log(struct service *service, int level, const char *event,
                 const char *detail);

/* Do requests come in one soon after the other? Of a struct service, of any thread. */
bool service_is_asked(void *service);

/* For what takes long within a request: asked once a drain has gone on for so long that
 * the rest of it would not be answered. */
struct stop service_work_stop(struct service *service);
/* Of work that was stopped, ERROR_CANCELLED: ERROR_BUSY in its place, which is a 503; of
 * other errors these themselves. -1. */
int service_tell_stop(const struct error *why, struct error *err);

/* What its fits may take. */
struct fit_room service_fit_room(struct service *service);

#endif
