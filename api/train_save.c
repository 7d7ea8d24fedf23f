#include "api/train_save.h"

#include <stdio.h>

#include "api/job_checkpoint.h"
#include "api/model_record.h"
#include "api/service_internal.h"
#include "core/base/memory.h"
#include "core/model/model_file.h"

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

/* The next number is above every one that was ever given, and above those that are there
 * even if the model's record was lost. */
static int next_version(struct service *service, const char *name, uint64_t *version,
                        struct error *err)
{
    struct registry_listing listing = {0};
    struct error why = {0};
    uint64_t highest = model_record_highest(service->store, name);
    if (registry_list(service->registry, name, &listing, &why) < 0 &&
        why.code != ERROR_NOT_FOUND)
        return error_copy(err, &why);
    if (listing.n_versions > 0 && listing.versions[listing.n_versions - 1] > highest)
        highest = listing.versions[listing.n_versions - 1];
    registry_listing_free(&listing);
    *version = highest + 1;
    return 0;
}

static struct store_blob_writer *seal_model(struct service *service,
                                            const struct model *model, const char *key,
                                            struct error *err)
{
    struct buffer bytes = BUFFER_EMPTY;
    struct store_blob_writer *blob = NULL;
    model_file_write(model, &bytes);
    if (buffer_check(&bytes, err) == 0)
        blob = store_blob_begin(service->store, STORE_VERSION, err);
    if (blob && (store_blob_write(blob, bytes.bytes, bytes.n_bytes, err) < 0 ||
                 store_blob_seal(blob, key, NULL, 0, err) < 0)) {
        store_blob_abandon(blob);
        blob = NULL;
    }
    buffer_free(&bytes);
    return blob;
}

/* Version, model and job in one transaction; the job's checkpoint goes with it. */
static int commit_version(struct service *service, const struct train_outcome *outcome,
                          uint64_t version, const struct job_record *record,
                          struct store_blob_writer *blob, struct error *err)
{
    struct buffer job = BUFFER_EMPTY, highest = BUFFER_EMPTY;
    job_record_pack(record, &job);
    model_record_pack(version, &highest);
    struct store_change changes[4] = {
        {.kind = STORE_VERSION,
         .key = record->result,
         .blob = blob,
         .condition = STORE_IF_ABSENT},
        {.kind = STORE_MODEL,
         .key = outcome->name,
         .meta = highest.bytes,
         .meta_bytes = highest.n_bytes},
        {.kind = STORE_JOB,
         .key = record->id,
         .meta = job.bytes,
         .meta_bytes = job.n_bytes,
         .condition = STORE_IF_PRESENT},
    };
    size_t n = 3 + job_checkpoint_remove(service, record->id, &changes[3]);
    int result = buffer_check(&job, err);
    if (result == 0)
        result = buffer_check(&highest, err);
    if (result == 0)
        result = store_commit(service->store, changes, n, err);
    buffer_free(&job);
    buffer_free(&highest);
    return result;
}

/* With the catalogue held. */
static int keep_version(struct service *service, const struct train_outcome *outcome,
                        struct job_record *record, struct error *err)
{
    char key[REGISTRY_NAME_BYTES + 24];
    uint64_t version = 0;
    if (next_version(service, outcome->name, &version, err) < 0 ||
        registry_reserve(service->registry, outcome->name, err) < 0)
        return -1;
    snprintf(key, sizeof(key), "%s/%llu", outcome->name, (unsigned long long)version);
    struct store_blob_writer *blob = seal_model(service, outcome->model, key, err);
    record->result = blob ? memory_copy_string(key, err) : NULL;
    if (!record->result ||
        commit_version(service, outcome, version, record, blob, err) < 0) {
        store_blob_abandon(blob);
        memory_free(record->result);
        record->result = NULL;
        return -1;
    }
    registry_publish(service->registry, outcome->name, version, outcome->model);
    return 0;
}

int train_save(struct service *service, struct job_record *record,
               const struct train_outcome *outcome, struct error *err)
{
    if (!outcome)
        return save_record(service, record, err);
    pthread_mutex_lock(&service->catalogue);
    int result = keep_version(service, outcome, record, err);
    pthread_mutex_unlock(&service->catalogue);
    return result;
}
