#include "api/train_watch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "api/job_checkpoint.h"
#include "api/service_internal.h"
#include "core/base/clock.h"

#define SMALLEST_GRADIENT 1e-10 /* where progress counts as done */

void train_watch_open(struct train_watch *watch, struct service *service, struct job *job,
                      const struct job_request *request)
{
    watch->service = service;
    watch->job = job;
    watch->request = request;
    watch->kept_seconds = clock_seconds();
    atomic_init(&watch->is_kept, false);
    if (request->time_limit_seconds > 0)
        job_set_time_limit(job, request->time_limit_seconds);
    job_checkpoint_open(service, job_id(job), &watch->state);
}

void train_watch_close(struct train_watch *watch)
{
    store_blob_close(&watch->state);
}

/* ---- how far it is ---- */

/* A guess: how far the gradient has come on its way to nothing, in orders of magnitude.
 */
static double fraction_done(const struct train_watch *watch,
                            const struct solver_step *step)
{
    double whole = log(watch->first_gradient_norm / SMALLEST_GRADIENT);
    double done = log(watch->first_gradient_norm / step->gradient_norm);
    double fraction = whole > 0 && isfinite(done) ? done / whole : 0;
    return fmin(fmax(fraction, 0), 0.99);
}

static void log_resumed(const struct train_watch *watch, const struct solver_step *step)
{
    char text[JOB_ID_BYTES + 64];
    snprintf(text, sizeof(text), "%s goes on from iteration %" PRIu64, job_id(watch->job),
             step->iteration);
    service_log(watch->service, SERVICE_LOG_INFO, "job_resumed", text);
}

static void begin(struct train_watch *watch, const struct solver_step *step)
{
    watch->first_gradient_norm = step->gradient_norm;
    if (step->iteration > 0)
        log_resumed(watch, step);
}

static int on_step(void *context, const struct solver_step *step)
{
    struct train_watch *watch = context;
    if (watch->first_gradient_norm == 0)
        begin(watch, step);
    double fraction = fraction_done(watch, step);
    const struct job_progress progress = {
        .fraction = fraction,
        .iteration = step->iteration,
        .objective = step->objective,
        .gradient_norm = step->gradient_norm,
        .eta_seconds =
            fraction > 0 ? step->seconds * (1 - fraction) / fraction : (double)NAN};
    job_report(watch->job, &progress);
    return train_watch_is_over(watch);
}

/* ---- when it stops ---- */

bool train_watch_is_over(void *context)
{
    struct train_watch *watch = context;
    return !atomic_load(&watch->is_kept) && job_stop_reason(watch->job) != JOB_GO_ON;
}

/* A job that goes back to the queue leaves its checkpoint alone. */
static const char *kept_as(void *context)
{
    struct train_watch *watch = context;
    const struct job_request *request = watch->request;
    enum job_stop stop = job_stop_reason(watch->job);
    const char *reason = NULL;
    if (stop == JOB_STOP_CANCELLED && request->publish_on_cancel)
        reason = "cancelled";
    else if (stop == JOB_STOP_TIME_LIMIT && request->keep_on_time_limit)
        reason = "time_limit";
    atomic_store(&watch->is_kept, reason != NULL);
    return reason;
}

/* ---- checkpoints ---- */

static bool wants_state(void *context)
{
    const struct train_watch *watch = context;
    double interval = (double)watch->service->options.checkpoint_seconds;
    return clock_seconds() >= watch->kept_seconds + interval;
}

/* A fit goes on without one: a later one may find room. */
static void keep_state(void *context, const void *state, size_t n_bytes)
{
    struct train_watch *watch = context;
    struct error why = {0};
    if (job_checkpoint_save(watch->service, job_id(watch->job), state, n_bytes, &why) < 0)
        service_log(watch->service, SERVICE_LOG_WARNING, "checkpoint_failed",
                    why.message);
    watch->kept_seconds = clock_seconds();
}

struct solver_watch train_watch_solver(struct train_watch *watch)
{
    return (struct solver_watch){.on_step = on_step,
                                 .context = watch,
                                 .is_over = train_watch_is_over,
                                 .wants_state = wants_state,
                                 .keep_state = keep_state,
                                 .state = watch->state.bytes,
                                 .state_bytes = watch->state.n_bytes,
                                 .kept_as = kept_as};
}
