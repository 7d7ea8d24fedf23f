#include "api/job_retention.h"

#include "api/service_internal.h"
#include "core/base/clock.h"
#include "core/jobs/job_record.h"

#define AT_ONCE 64U
#define DAY_MICROSECONDS (INT64_C(24) * 60 * 60 * 1000000)

struct sweep {
    size_t n_most;    /* 0: all are kept */
    int64_t earliest; /* when they may have ended */
    size_t n_ended;   /* seen in this pass, the newest first */
};

static bool is_to_go(void *context, const struct store_record *stored)
{
    struct sweep *sweep = context;
    struct job_record record = {0};
    if (job_record_unpack(&record, stored->meta, stored->meta_bytes, NULL) < 0)
        return false;
    bool has_ended = record.state != JOB_QUEUED && record.state != JOB_RUNNING;
    bool is_old = record.finished_at < sweep->earliest;
    job_record_free(&record);
    sweep->n_ended += has_ended;
    return has_ended && (is_old || (sweep->n_most > 0 && sweep->n_ended > sweep->n_most));
}

static int forget(struct service *service, const struct store_record *const *records,
                  size_t n, struct error *err)
{
    struct store_change changes[AT_ONCE];
    for (size_t i = 0; i < n; i++)
        changes[i] = (struct store_change){.deletes = true,
                                           .kind = STORE_JOB,
                                           .key = records[i]->key,
                                           .condition = STORE_IF_REVISION,
                                           .revision = records[i]->revision};
    return n > 0 ? store_commit(service->store, changes, n, err) : 0;
}

/* True if there may be more. */
static bool sweep_some(struct service *service, struct sweep *sweep)
{
    const struct store_record *records[AT_ONCE];
    const struct store_query query = {
        .kind = STORE_JOB, .newest_first = true, .accept = is_to_go, .context = sweep};
    struct error why = {0};
    bool has_more;
    sweep->n_ended = 0;
    size_t n = store_list(service->store, &query, AT_ONCE, records, &has_more);
    int result = forget(service, records, n, &why);
    for (size_t i = 0; i < n; i++)
        store_release(records[i]);
    if (result < 0 && why.code != ERROR_CONFLICT) /* that one was deleted meanwhile */
        service_log(service, SERVICE_LOG_WARNING, "jobs_not_forgotten", why.message);
    return result == 0 && has_more;
}

void job_retention_sweep(struct service *service)
{
    const struct service_options *options = &service->options;
    struct sweep sweep = {.n_most = options->n_jobs_kept, .earliest = INT64_MIN};
    if (options->n_days_kept > 0)
        sweep.earliest =
            clock_wall_microseconds() - (int64_t)options->n_days_kept * DAY_MICROSECONDS;
    if (sweep.n_most == 0 && options->n_days_kept == 0)
        return;
    while (sweep_some(service, &sweep))
        ;
}
