#include "api/job_history.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/registry.h"
#include "api/service_internal.h"

struct history {
    struct job_log *log;
    const struct job_record *record;
    const struct report *report; /* NULL: there is none */
};

static size_t count(const struct history *history)
{
    const struct report *report = history->report;
    size_t n = history->record->started_at > 0 ? 3 : 2; /* queued, started, ended */
    return n + (report ? report->n_steps + report->n_warnings : 0);
}

static void add(const struct history *history, struct job_event event)
{
    event.attempt = history->record->attempt;
    job_log_append(history->log, &event);
}

/* The search began at the start of the job, as far as is known. */
static void add_steps(const struct history *history, int64_t began_at)
{
    const struct report *report = history->report;
    for (size_t i = 0; i < report->n_steps; i++) {
        const struct report_step *step = &report->trace[i];
        add(history, (struct job_event){.kind = JOB_EVENT_ITERATION,
                                        .at = began_at + (int64_t)(step->seconds * 1e6),
                                        .step = {.iteration = step->iteration,
                                                 .objective = step->objective,
                                                 .gradient_norm = step->gradient_norm,
                                                 .step = step->step,
                                                 .validation_loss = step->validation_loss,
                                                 .seconds = step->seconds,
                                                 .eta_seconds = (double)NAN}});
    }
}

static void add_warnings(const struct history *history)
{
    const struct report *report = history->report;
    for (size_t i = 0; i < report->n_warnings; i++)
        add(history, (struct job_event){.kind = JOB_EVENT_WARNING,
                                        .at = history->record->finished_at,
                                        .word = report->warnings[i].code,
                                        .detail = report->warnings[i].detail});
}

static void add_end(const struct history *history)
{
    const struct job_record *record = history->record;
    if (record->state == JOB_QUEUED || record->state == JOB_RUNNING) {
        job_log_close(history->log); /* it cannot be read back into the queue */
        return;
    }
    const struct job_event event = {
        .at = record->finished_at,
        .kind = record->state == JOB_SUCCEEDED ? JOB_EVENT_SUCCEEDED
                : record->state == JOB_FAILED  ? JOB_EVENT_FAILED
                                               : JOB_EVENT_CANCELLED,
        .attempt = record->attempt};
    job_log_end(history->log, &event, &record->error, record->result);
}

static void add_all(const struct history *history)
{
    const struct job_record *record = history->record;
    const struct report *report = history->report;
    job_log_append(history->log, &(struct job_event){.kind = JOB_EVENT_QUEUED,
                                                     .at = record->created_at});
    if (record->started_at > 0)
        add(history,
            (struct job_event){.kind = JOB_EVENT_STARTED, .at = record->started_at});
    if (report) {
        double read = report->read_seconds > 0 ? report->read_seconds : 0;
        add_steps(history, record->started_at + (int64_t)(read * 1e6));
        add_warnings(history);
    }
    add_end(history);
}

/* The version that the job made, if it is still there; one reference is the caller's. */
static struct model *find_model(struct service *service, const struct job_record *record)
{
    char name[REGISTRY_NAME_BYTES];
    struct registry_found found = {0};
    const char *slash = record->result ? strrchr(record->result, '/') : NULL;
    if (!slash || (size_t)(slash - record->result) >= sizeof(name))
        return NULL;
    snprintf(name, sizeof(name), "%.*s", (int)(slash - record->result), record->result);
    uint64_t version = registry_parse_version(slash + 1);
    return registry_find_version(service->registry, name, version, &found, NULL) == 0
               ? found.model
               : NULL;
}

struct job_log *job_history_make(struct service *service, const struct job_record *record,
                                 struct error *err)
{
    struct model *model = find_model(service, record);
    struct history history = {.record = record, .report = model ? &model->report : NULL};
    uint64_t n = count(&history);
    uint64_t first = record->last_event >= n ? record->last_event - n + 1 : 1;
    history.log = job_log_new(first, err);
    if (history.log)
        add_all(&history);
    model_release(model);
    return history.log;
}
