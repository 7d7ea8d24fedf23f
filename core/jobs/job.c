/* What a job's `run` sees of it. */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/jobs/jobs_internal.h"

const char *job_id(const struct job *job)
{
    return job->record.id;
}

const void *job_request(const struct job *job, size_t *n_bytes)
{
    *n_bytes = job->record.request_bytes;
    return job->record.request;
}

enum job_stop job_stop_reason(struct job *job)
{
    enum job_stop stop = (enum job_stop)atomic_load(&job->stop);
    if (stop == JOB_STOP_CANCELLED)
        atomic_store(&job->knows, true);
    if (stop == JOB_GO_ON && clock_seconds() >= atomic_load(&job->deadline))
        stop = JOB_STOP_TIME_LIMIT;
    return stop;
}

void job_set_time_limit(struct job *job, double seconds)
{
    atomic_store(&job->deadline, clock_seconds() + seconds);
}

void job_report(struct job *job, const struct job_progress *progress)
{
    struct job_progress next = *progress;
    pthread_mutex_lock(&job->jobs->lock);
    memcpy(next.stage, job->record.progress.stage, sizeof(next.stage));
    job->record.progress = next;
    job->reported_seconds = clock_seconds();
    pthread_mutex_unlock(&job->jobs->lock);
}

/* ---- the log ---- */

static void tell(struct job *job, struct job_event event)
{
    event.attempt = job->record.attempt;
    job_log_append(job->log, &event);
    jobs_follow_tell(job->jobs->follow);
}

void job_tell_stage(struct job *job, const char *stage, uint64_t part, uint64_t n_parts)
{
    struct job_progress *progress = &job->record.progress;
    pthread_mutex_lock(&job->jobs->lock);
    snprintf(progress->stage, sizeof(progress->stage), "%s", stage);
    pthread_mutex_unlock(&job->jobs->lock);
    tell(job,
         (struct job_event){
             .kind = JOB_EVENT_STAGE, .word = stage, .part = part, .n_parts = n_parts});
}

void job_tell_step(struct job *job, const struct job_step *step)
{
    tell(job, (struct job_event){.kind = JOB_EVENT_ITERATION, .step = *step});
}

void job_tell_warning(struct job *job, const char *code, const char *detail)
{
    tell(job,
         (struct job_event){.kind = JOB_EVENT_WARNING, .word = code, .detail = detail});
}
