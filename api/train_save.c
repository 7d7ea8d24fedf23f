#include "api/train_save.h"

#include "api/job_checkpoint.h"
#include "api/model_publish.h"
#include "api/service_internal.h"
#include "core/base/memory.h"

static int save_record(struct service *service, const struct job_record *record,
                       struct error *err)
{
    struct buffer meta = BUFFER_EMPTY;
    job_record_pack(record, &meta);
    struct store_change changes[2] = {{.kind = STORE_JOB,
                                       .key = record->id,
                                       .meta = meta.bytes,
                                       .meta_bytes = meta.n_bytes,
                                       .condition = STORE_IF_PRESENT}};
    bool has_ended = record->state != JOB_QUEUED && record->state != JOB_RUNNING;
    size_t n = 1;
    if (has_ended)
        n += job_checkpoint_remove(service, record->id, &changes[n]);
    int result = buffer_check(&meta, err);
    if (result == 0)
        result = store_commit(service->store, changes, n, err);
    buffer_free(&meta);
    return result;
}

struct ending {
    struct service *service;
    struct job_record *record;
    struct buffer packed;
};

/* The job names the version that it made; its checkpoint goes with its end. */
static int add_job(void *context, const char *key, struct store_change *changes,
                   size_t *n_changes, struct error *err)
{
    struct ending *ending = context;
    struct job_record *record = ending->record;
    record->result = memory_copy_string(key, err);
    if (!record->result)
        return -1;
    job_record_pack(record, &ending->packed);
    changes[0] = (struct store_change){.kind = STORE_JOB,
                                       .key = record->id,
                                       .meta = ending->packed.bytes,
                                       .meta_bytes = ending->packed.n_bytes,
                                       .condition = STORE_IF_PRESENT};
    *n_changes = 1 + job_checkpoint_remove(ending->service, record->id, &changes[1]);
    return buffer_check(&ending->packed, err);
}

static int save_version(struct service *service, struct job_record *record,
                        const struct train_outcome *outcome, struct error *err)
{
    struct ending ending = {.service = service, .record = record};
    uint64_t version;
    int result = model_publish(service, outcome->name, outcome->model, add_job, &ending,
                               &version, err);
    if (result < 0) {
        memory_free(record->result);
        record->result = NULL;
    }
    buffer_free(&ending.packed);
    return result;
}

int train_save(struct service *service, struct job_record *record,
               const struct train_outcome *outcome, struct error *err)
{
    return outcome ? save_version(service, record, outcome, err)
                   : save_record(service, record, err);
}
