#include "api/job_checkpoint.h"

#include "api/service_internal.h"

int job_checkpoint_save(struct service *service, const char *id, const void *state,
                        size_t n_bytes, struct error *err)
{
    struct store_blob_writer *blob =
        store_blob_begin(service->store, STORE_CHECKPOINT, STORE_DIGEST_BLOCKS, err);
    const struct store_change change = {
        .kind = STORE_CHECKPOINT, .key = id, .blob = blob};
    if (blob && store_blob_write(blob, state, n_bytes, err) == 0 &&
        store_blob_seal(blob, id, NULL, 0, err) == 0 &&
        store_commit(service->store, &change, 1, err) == 0)
        return 0;
    store_blob_abandon(blob);
    return -1;
}

void job_checkpoint_open(struct service *service, const char *id,
                         struct store_blob *state)
{
    const struct store_record *stored = store_find(service->store, STORE_CHECKPOINT, id);
    struct error why = {0};
    if (stored && store_blob_open(service->store, stored, state, &why) < 0)
        service_log(service, SERVICE_LOG_WARNING, "checkpoint_lost", why.message);
    store_release(stored);
}

size_t job_checkpoint_remove(struct service *service, const char *id,
                             struct store_change *change)
{
    const struct store_record *stored = store_find(service->store, STORE_CHECKPOINT, id);
    if (!stored)
        return 0;
    store_release(stored);
    *change = (struct store_change){.deletes = true, .kind = STORE_CHECKPOINT, .key = id};
    return 1;
}

/* ---- left over ---- */

static bool is_orphan(void *context, const struct store_record *record)
{
    struct service *service = context;
    struct job_record job = {0};
    struct error ignored = {0};
    int found = jobs_find(service->jobs, record->key, &job, &ignored);
    job_record_free(&job);
    return found == 0;
}

int job_checkpoint_purge(struct service *service, struct error *err)
{
    const struct store_query query = {
        .kind = STORE_CHECKPOINT, .accept = is_orphan, .context = service};
    const struct store_record *record;
    bool has_more;
    while (store_list(service->store, &query, 1, &record, &has_more) == 1) {
        const struct store_change change = {
            .deletes = true, .kind = STORE_CHECKPOINT, .key = record->key};
        int result = store_commit(service->store, &change, 1, err);
        store_release(record);
        if (result < 0)
            return -1;
    }
    return 0;
}
