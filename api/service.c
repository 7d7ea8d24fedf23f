#include "api/service_internal.h"

#include <math.h>

#include "api/job_checkpoint.h"
#include "api/job_retention.h"
#include "api/openapi.h"
#include "api/openapi_text.h"
#include "api/train.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

#define TRAINING_NICE 10
#define RESTORE_AT_ONCE 256
#define ASKED_SECONDS 0.01 /* for which requests make fits give way */
#define SOON_SECONDS 0.005 /* after another one; one alone may be that for the fit */
#define WORK_SECONDS 3.0   /* for which a drain lets requests work on */

void service_log(struct service *service, int level, const char *event,
                 const char *detail)
{
    if (service->options.log)
        service->options.log(service->options.context, level, event, detail);
}

static void on_notice(void *context, const char *message)
{
    service_log(context, SERVICE_LOG_WARNING, "store", message);
}

static void on_failure(void *context, const struct error *why)
{
    struct service *service = context;
    service_log(service, SERVICE_LOG_ERROR, "store_failed", why->message);
    if (service->options.on_store_failure)
        service->options.on_store_failure(service->options.context, why);
}

/* ---- opening ---- */

static int open_rooms(struct service *service, struct error *err)
{
    const struct service_options *options = &service->options;
    const struct store_options store_options = {on_failure, on_notice, service};
    const struct jobs_options jobs_options = {.n_workers = options->n_jobs,
                                              .n_queued_most = options->n_queued_most,
                                              .nice_value = TRAINING_NICE};
    const struct jobs_hooks hooks = train_hooks(service);
    budget_start(&service->budget, options->memory_bytes);
    if (invocations_model_read(options->invocations_model, &service->invocations_model,
                               err) < 0 ||
        openapi_write_json(openapi_text, openapi_text_bytes, &service->openapi_json,
                           err) < 0 ||
        !(service->metrics = metrics_new(err)) ||
        !(service->store = store_open(options->data_directory, &store_options, err)) ||
        !(service->registry = registry_new(err)))
        return -1;
    if (registry_load(service->registry, service->store, on_notice, service, err) < 0)
        return -1;
    service->jobs = jobs_new(&jobs_options, &hooks, err);
    return service->jobs ? 0 : -1;
}

static int restore_job(struct service *service, const struct store_record *record,
                       struct error *err)
{
    struct job_record job = {0};
    struct error why = {0};
    if (job_record_unpack(&job, record->meta, record->meta_bytes, &why) < 0) {
        if (why.code == ERROR_NO_MEMORY)
            return error_copy(err, &why);
        service_log(service, SERVICE_LOG_ERROR, "job_unreadable", record->key);
        return 0;
    }
    bool is_live = job.state == JOB_QUEUED || job.state == JOB_RUNNING;
    int result = is_live ? jobs_restore(service->jobs, &job, err) : 0;
    job_record_free(&job);
    return result;
}

/* In order of creation, so that the queue is as it was. */
static int restore_jobs(struct service *service, struct error *err)
{
    const struct store_record *records[RESTORE_AT_ONCE];
    const struct store_record *last = NULL;
    bool has_more = true;
    int result = 0;
    while (has_more && result == 0) {
        const struct store_query query = {.kind = STORE_JOB,
                                          .after = last ? last->key : NULL};
        size_t n =
            store_list(service->store, &query, RESTORE_AT_ONCE, records, &has_more);
        store_release(last);
        last = n > 0 ? store_retain(records[n - 1]) : NULL;
        for (size_t i = 0; i < n; i++) {
            if (result == 0)
                result = restore_job(service, records[i], err);
            store_release(records[i]);
        }
    }
    store_release(last);
    return result;
}

/* A full disk must not keep the daemon down. */
static int remove_leftovers(struct service *service, struct error *err)
{
    struct error why = {0};
    if (job_checkpoint_purge(service, &why) == 0)
        return 0;
    service_log(service, SERVICE_LOG_WARNING, "checkpoints_left", why.message);
    return why.code == ERROR_NO_MEMORY ? error_copy(err, &why) : 0;
}

struct service *service_open(const struct service_options *options, struct error *err)
{
    struct service *service = memory_new(1, sizeof(*service), err);
    if (!service)
        return NULL;
    service->options = *options;
    service->opened_microseconds = clock_wall_microseconds();
    atomic_store(&service->work_ends_at, INFINITY);
    pthread_mutex_init(&service->catalogue, NULL);
    pthread_rwlock_init(&service->datasets, NULL);
    update_turns_start(&service->turns);
    pthread_mutex_init(&service->owners, NULL);
    if (open_rooms(service, err) < 0 || restore_jobs(service, err) < 0 ||
        remove_leftovers(service, err) < 0) {
        service_close(service);
        return NULL;
    }
    return service;
}

void service_start(struct service *service)
{
    job_retention_sweep(service);
    jobs_start(service->jobs);
}

/* ---- ending ---- */

bool service_is_ready(struct service *service)
{
    return !atomic_load(&service->is_draining) && store_is_healthy(service->store);
}

void service_drain(struct service *service)
{
    if (!atomic_exchange(&service->is_draining, true))
        atomic_store(&service->work_ends_at, clock_seconds() + WORK_SECONDS);
}

static bool is_work_over(void *context)
{
    struct service *service = context;
    return clock_seconds() > atomic_load(&service->work_ends_at);
}

struct stop service_work_stop(struct service *service)
{
    return (struct stop){is_work_over, service};
}

int service_tell_stop(const struct error *why, struct error *err)
{
    return why->code == ERROR_CANCELLED
               ? error_set(err, ERROR_BUSY, "the service is stopping; try again later")
               : error_copy(err, why);
}

bool service_stop(struct service *service, double timeout_seconds)
{
    service_drain(service);
    return jobs_stop(service->jobs, timeout_seconds);
}

void service_close(struct service *service)
{
    if (!service)
        return;
    jobs_free(service->jobs);
    registry_free(service->registry);
    if (service->store)
        store_close(service->store);
    metrics_free(service->metrics);
    buffer_free(&service->openapi_json);
    pthread_mutex_destroy(&service->owners);
    update_turns_end(&service->turns);
    pthread_rwlock_destroy(&service->datasets);
    pthread_mutex_destroy(&service->catalogue);
    memory_free(service);
}

/* ---- who asks ---- */

/* Written seldom, as all HTTP threads share it. */
void service_note_request(struct service *service, double now)
{
    double last = atomic_load_explicit(&service->asked_at, memory_order_relaxed);
    if (now <= last + ASKED_SECONDS / 8)
        return;
    if (now < last + SOON_SECONDS)
        atomic_store_explicit(&service->pressed_at, now, memory_order_relaxed);
    atomic_store_explicit(&service->asked_at, now, memory_order_relaxed);
}

bool service_is_asked(void *service)
{
    struct service *of = service;
    return clock_seconds() <
           atomic_load_explicit(&of->pressed_at, memory_order_relaxed) + ASKED_SECONDS;
}

/* ---- counting ---- */

void service_observe(struct service *service, const struct route *route, int status,
                     double seconds)
{
    metrics_observe(service->metrics, route, status, seconds);
}

bool service_admit(struct service *service, size_t body_bytes)
{
    return budget_reserve(&service->budget, body_bytes, NULL) == 0;
}

void service_release(struct service *service, size_t body_bytes)
{
    budget_release(&service->budget, body_bytes);
}

/* ---- fits ---- */

static int make_scratch_file(void *context, struct error *err)
{
    return store_scratch_file(context, err);
}

struct fit_room service_fit_room(struct service *service)
{
    return (struct fit_room){.budget = &service->budget,
                             .scratch_file = make_scratch_file,
                             .context = service->store};
}
