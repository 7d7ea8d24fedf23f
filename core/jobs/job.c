/* What a job's `run` sees of it. */
#include <math.h>

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
    pthread_mutex_lock(&job->jobs->lock);
    job->record.progress = *progress;
    pthread_mutex_unlock(&job->jobs->lock);
}
