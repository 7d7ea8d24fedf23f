#include "api/train_watch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "api/job_checkpoint.h"
#include "api/service_internal.h"
#include "core/base/clock.h"

#define MOST_FRACTION 0.99

void train_watch_open(struct train_watch *watch, struct service *service, struct job *job,
                      const struct job_request *request, const struct dataset_table *data)
{
    watch->service = service;
    watch->job = job;
    watch->request = request;
    watch->data = data;
    watch->kept_seconds = watch->began_at = clock_seconds();
    train_eta_start(&watch->eta, &request->fit);
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

/* Never backwards, and the whole only in the end. */
static double fraction_done(struct train_watch *watch, double eta_seconds, double now)
{
    double spent = now - watch->began_at;
    double fraction = isnan(eta_seconds) ? 0 : spent / (spent + eta_seconds);
    watch->fraction = fmin(fmax(fraction, watch->fraction), MOST_FRACTION);
    return watch->fraction;
}

static void log_resumed(const struct train_watch *watch, const struct solver_step *step)
{
    char text[JOB_ID_BYTES + 64];
    snprintf(text, sizeof(text), "%s goes on from iteration %" PRIu64, job_id(watch->job),
             step->iteration);
    service_log(watch->service, SERVICE_LOG_INFO, "job_resumed", text);
}

static void report(struct train_watch *watch, const struct solver_step *step,
                   double eta_seconds, double now)
{
    const struct job_progress progress = {.fraction =
                                              fraction_done(watch, eta_seconds, now),
                                          .iteration = step->iteration,
                                          .objective = step->objective,
                                          .gradient_norm = step->gradient_norm,
                                          .eta_seconds = eta_seconds};
    job_report(watch->job, &progress);
}

static void tell(struct train_watch *watch, const struct solver_step *step,
                 double eta_seconds)
{
    const struct job_step told = {.iteration = step->iteration,
                                  .epoch = step->in_epochs ? step->iteration : 0,
                                  .objective = step->objective,
                                  .gradient_norm = step->gradient_norm,
                                  .step = step->step,
                                  .validation_loss = step->validation_loss,
                                  .seconds = step->seconds,
                                  .eta_seconds = eta_seconds};
    job_tell_step(watch->job, &told);
}

static int on_step(void *context, const struct solver_step *step)
{
    struct train_watch *watch = context;
    double now = clock_seconds();
    if (!watch->has_begun && step->iteration > 0)
        log_resumed(watch, step);
    watch->has_begun = true;
    double eta_seconds = train_eta_step(&watch->eta, step, now);
    report(watch, step, eta_seconds, now);
    tell(watch, step, eta_seconds);
    return train_watch_is_over(watch);
}

static void on_stage(void *context, const char *stage, size_t part, size_t n_parts)
{
    struct train_watch *watch = context;
    train_eta_stage(&watch->eta, stage, part, n_parts, clock_seconds());
    job_tell_stage(watch->job, stage, part, n_parts);
}

/* ---- when it stops ---- */

/* Nobody wants what a fit makes of data that cannot be read. */
static bool has_failed(const struct train_watch *watch)
{
    return mapping_has_failed(watch->data->blob.guard) ||
           mapping_has_failed(watch->request->validation_data.blob.guard);
}

int train_watch_check_data(const struct train_watch *watch, struct error *err)
{
    if (dataset_table_check(watch->data, "the dataset", err) < 0 ||
        dataset_table_check(&watch->request->validation_data, "the dataset to judge by",
                            err) < 0)
        return -1;
    return store_blob_check(&watch->state, "the checkpoint", err);
}

bool train_watch_is_over(void *context)
{
    struct train_watch *watch = context;
    return has_failed(watch) ||
           (!atomic_load(&watch->is_kept) && job_stop_reason(watch->job) != JOB_GO_ON);
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
                                 .on_stage = on_stage,
                                 .context = watch,
                                 .is_over = train_watch_is_over,
                                 .wants_state = wants_state,
                                 .keep_state = keep_state,
                                 .state = watch->state.bytes,
                                 .state_bytes = watch->state.n_bytes,
                                 .kept_as = kept_as};
}
